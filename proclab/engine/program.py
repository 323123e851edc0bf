"""A program inside a session, as the host sees it: its limits, its input, its lines, its end."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from proclab.clock import Deadline
from proclab.engine.outcome import Outcome
from proclab.engine.stream import Transcript
from proclab.text import SIGNAL_NUMBERS, signal_name

GRACE = 15.0  # seconds beyond a run's own limits after which a silent agent counts as lost: we end its container


class Orders(Protocol):
    """The way to the agent."""

    def order(self, **order: Any) -> None:
        """Send an order. Returns at once."""

    def wait_until(self, holds: Callable[[], Any], seconds: float) -> bool:
        """Wait for a message; False if the session ended or the time is up."""

    def lost(self) -> str:
        """Why no message comes any more. From here on the container is given up."""


@dataclass(frozen=True)
class Limits:
    """What one program may use. Zero: no limit of its own, the container's hold."""

    wall: float = 10.0  # seconds
    idle: float = 0.0  # seconds with nothing runnable in the container: load of the machine doesn't count
    quiet: float = 0.0  # seconds of sleep without a break: the program is ended, it waits
    used: float = 0.0  # CPU seconds of all that runs in the container meanwhile
    cpu: int = 0  # seconds of a process (RLIMIT_CPU)
    fsize: int = 0  # bytes of a file
    nofile: int = 0
    nproc: int = 0  # the uid is its container's own, so this counts the container's processes, the agent not among them
    output: int = 0  # bytes of one stream; beyond it the program is killed
    head: int = 256 * 1024  # bytes of a stream that are kept from its beginning
    tail: int = 64 * 1024  # and from its end

    def order(self) -> dict[str, Any]:
        """As the agent wants them."""
        limits = {name: value for name in ("cpu", "fsize", "nofile", "nproc") if (value := getattr(self, name))}
        amounts = {name: value for name in ("idle", "quiet", "used") if (value := getattr(self, name))}
        return {
            **amounts,
            "wall": self.wall,
            "output": self.output,
            "head": self.head,
            "tail": self.tail,
            "rlimits": limits,
        }


class Program:
    """A program that was started in a run."""

    def __init__(self, orders: Orders, number: int, limits: Limits) -> None:
        self.pid = 0
        self.end: dict[str, Any] | None = None  # the agent's last message about it
        self.transcript = Transcript(limits.head, limits.tail)
        self.quiets = 0  # how often it was quiet when that was awaited
        self._orders = orders
        self._number = number
        self._limits = limits
        self._sent = 0

    def send(self, data: bytes | str) -> None:
        """Input for the program. Returns at once."""
        text = data if isinstance(data, str) else data.decode("utf-8", "surrogateescape")
        self._sent += len(text.encode("utf-8", "surrogateescape"))
        self._orders.order(do="input", id=self._number, data=text)

    def send_line(self, line: str = "") -> None:
        """One line of input, as if typed."""
        self.send(line + "\n")

    def end_input(self) -> None:
        """End of input: the pipe is closed, on a terminal ^D is typed."""
        self._orders.order(do="eof", id=self._number)

    def signal(self, name: str, group: bool = False) -> None:
        """kill(2) the program, or its whole process group."""
        self._orders.order(do="signal", id=self._number, signal=SIGNAL_NUMBERS[f"SIG{name}"], group=group)

    def wait_for_line(self, pattern: str, seconds: float = 10) -> re.Match[str] | None:
        """The next output line that the pattern is found in, or None if none comes in time."""
        return self.transcript.wait_for_line(pattern, Deadline.after(seconds))

    def wait_until_quiet(self, seconds: float, at_most: float) -> bool:
        """Wait until all of its run has slept for so long without a break; False if it has ended before, or time is up.

        Load of the machine doesn't count: who is to run and gets no processor doesn't sleep.
        """
        before = self.quiets
        self._orders.order(do="quiet", id=self._number, seconds=seconds)
        self._orders.wait_until(lambda: self.quiets > before or self.end is not None, at_most)
        return self.quiets > before

    def wait(self) -> Outcome:
        """The outcome. Its own limits end the program; a session that is lost meanwhile is an outcome too."""
        if self._orders.wait_until(lambda: self.end is not None, self._limits.wall + GRACE):
            return self._outcome(self.end or {})
        return self._outcome({}, self._orders.lost())

    def file(self, found: dict[str, Any]) -> None:
        """Take a message (on the pump's thread)."""
        match found["event"]:
            case "started":
                self.pid = found["pid"]
            case "output" if found["stream"] in ("stdout", "stderr"):
                self.transcript.feed(found["stream"], found["data"].encode("utf-8", "surrogateescape"))
            case "quiet":
                self.quiets += 1
            case "exit" | "failed":
                for stream, rest in found["streams"].items() if found["event"] == "exit" else ():
                    self.transcript.skip(stream, rest["cut"])
                    self.transcript.feed(stream, rest["tail"].encode("utf-8", "surrogateescape"))
                self.end = found
                self.transcript.close()

    def _outcome(self, end: dict[str, Any], broken: str | None = None) -> Outcome:
        number = end.get("signal")
        return Outcome(
            exit_code=end.get("code"),
            signal=signal_name(number) if number else None,
            timeout=end.get("timeout"),
            wall=end.get("wall", 0.0),
            user=end.get("user", 0.0),
            system=end.get("system", 0.0),
            max_rss=end.get("max_rss", 0),
            unread_input=max(0, self._sent - end.get("taken", self._sent)),
            failed=end.get("errno"),
            broken=broken,
            stdout=self.transcript.output("stdout"),
            stderr=self.transcript.output("stderr"),
        )
