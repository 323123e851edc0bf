"""Outcome: what became of a run. Facts about the program, never an exception and never a verdict."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field

from proclab.facts import Leftover
from proclab.logs import Output


@dataclass(frozen=True)
class Aftermath:
    """What a session's run left behind when it was closed."""

    leftovers: tuple[Leftover, ...] = ()  # processes still there; killed by now
    leftover_count: int = 0  # all of them, also those not listed
    litter: tuple[str, ...] = ()  # files outside the run's folder, System V objects; removed by now
    clean: bool = False  # proven: no process, file or object of the run is left for the next one
    oom_kills: int = 0
    pids_hits: int = 0
    broken: str | None = None  # why the session ended under the run; the next run gets a new one


@dataclass(frozen=True)
class Outcome:
    """How a run ended and what it left.

    A container under an init reports a killed program as exit code 128 + n, as shells do; `exit(137)` looks
    the same there. A run in a session is told exactly.
    """

    exit_code: int | None = None  # None: it was killed by a signal, or never ended by itself
    signal: str | None = None  # "SIGKILL"
    timeout: str | None = None  # "wall", "cpu" or "output": the limit that ended it
    oom_kills: int = 0  # processes that the kernel killed for want of memory
    pids_hits: int = 0  # forks that failed at the pids limit
    wall: float = 0.0  # seconds
    user: float = 0.0  # CPU seconds, own code
    system: float = 0.0  # CPU seconds, kernel
    max_rss: int = 0  # bytes, the largest process
    stdout: Output = field(default_factory=Output)
    stderr: Output = field(default_factory=Output)
    unread_input: int = 0  # bytes of scripted input that the program never took
    failed: str | None = None  # "ENOENT": the program could not be started at all
    after: Aftermath | None = None  # of the run, when it was one in a session

    @property
    def ok(self) -> bool:
        """Ended by itself with exit code 0, and nothing was killed on the way."""
        return self.exit_code == 0 and not (self.timeout or self.oom_kills)

    def told(self) -> str:
        """The end in words: "exit code 3", "killed by SIGTERM"."""
        if self.failed:
            return f"could not be started: {self.failed}"
        if self.timeout:
            return {
                "wall": "stopped: time is up",
                "cpu": "stopped: its CPU time is up",
                "output": "stopped: it printed too much",
            }[self.timeout]
        if self.oom_kills:
            return "out of memory"
        return f"killed by {self.signal}" if self.signal else f"exit code {self.exit_code}"


def signal_name(number: int) -> str:
    """15 -> "SIGTERM"; real-time signals and unknown numbers by number."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def shell_status(status: int) -> tuple[int | None, str | None]:
    """A container's status -> (exit code, signal): above 128 it stands for a signal, as in a shell.

    >>> shell_status(143)
    (None, 'SIGTERM')
    """
    return (None, signal_name(status - 128)) if 128 < status < 128 + signal.NSIG else (status, None)
