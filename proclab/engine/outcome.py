"""Outcome: what became of a run. Facts about the program, never an exception and never a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from proclab.engine.framing import Output
from proclab.engine.messages import Leftover
from proclab.text import RTMAX, signal_name


@dataclass(frozen=True)
class Aftermath:
    """What a session's run left behind when it was closed."""

    leftovers: tuple[Leftover, ...] = ()  # processes still there; killed by now
    leftover_count: int = 0  # all of them, also those not listed
    litter: tuple[str, ...] = ()  # files outside the run's folder, System V objects; removed by now
    clean: bool = False  # proven: no process, file, object or socket of the run is left for the next one
    doubts: tuple[str, ...] = ()  # why it is not clean; the next run gets a new container
    oom_kills: int = 0
    pids_hits: int = 0
    broken: str | None = None  # why the session ended under the run; the next run gets a new one
    recording: Mapping[str, str] = field(default_factory=dict)  # its files: "1/t.12", "end.json"
    files: Mapping[str, str] = field(default_factory=dict)  # those of the run's folder that were asked for
    names: tuple[str, ...] = ()  # what else lay there, if any was asked for


@dataclass(frozen=True)
class Outcome:
    """How a run ended and what it left.

    A container under an init reports a killed program as exit code 128 + n, as shells do; `exit(137)` looks
    the same there. Of a run in a session the agent reports which of the two it was.
    """

    exit_code: int | None = None  # None: it was killed by a signal, or never ended by itself
    signal: str | None = None  # "SIGKILL"
    timeout: str | None = (
        None  # "wall", "idle", "quiet", "cpu", "pids", "output" or "recording": the limit that ended it
    )
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
    broken: str | None = None  # why its end is not known: the session was lost under it. Says nothing about the program
    after: Aftermath | None = None  # of the run, when it was one in a session

    @property
    def ok(self) -> bool:
        """Known to have ended by itself with exit code 0, and nothing was killed on the way."""
        return self.exit_code == 0 and not (self.timeout or self.oom_kills)

    def in_words(self) -> str:
        """The end in words: "exit code 3", "killed by SIGTERM"."""
        if self.broken and not self.oom_kills:  # of memory the run itself had the last: nothing else takes any
            return f"not known: {self.broken}"
        if self.failed:
            return f"could not be started: {self.failed}"
        if self.timeout:
            return {
                "wall": "stopped: time is up",
                "cpu": "stopped: its CPU time is up",
                "idle": "stopped: it only waited",
                "quiet": "stopped: it waited, and that was to be seen",
                "pids": "stopped: it made too many processes",
                "recording": "stopped: it made more system calls than a recording holds",
                "output": "stopped: it printed too much",
            }[self.timeout]
        if self.oom_kills:
            return "out of memory"
        return f"killed by {self.signal}" if self.signal else f"exit code {self.exit_code}"


def shell_status(status: int) -> tuple[int | None, str | None]:
    """A container's status -> (exit code, signal): above 128 it means a signal, as in a shell.

    >>> shell_status(143)
    (None, 'SIGTERM')
    """
    return (None, signal_name(status - 128)) if 128 < status <= 128 + RTMAX else (status, None)
