"""Who, where and when: tasks, lines, descriptors, and the fields that every event has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

VERSION = 2
Source = Literal["strace", "proc", "mark"]


class Task(NamedTuple):
    """A thread, or a process by its main thread. The incarnation tells a reused pid from its former owner.

    A tuple, because tasks are looked up a dozen times for each event, and tuples hash fastest.
    """

    pid: int
    incarnation: int = 1

    def __str__(self) -> str:
        return f"{self.pid}.{self.incarnation}"


@dataclass(frozen=True)
class Line:
    """A line of the student's own source."""

    file: str
    number: int
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.number}"


@dataclass(frozen=True)
class Fd:
    """A new entry of a file descriptor table: the number, and the open file description that it refers to."""

    fd: int
    of: str
    cloexec: bool = False


@dataclass(frozen=True, kw_only=True)
class Event:
    """The header of every event."""

    kind: ClassVar[str] = ""

    seq: int = 0  # place in the causal order
    t: int  # when it began: nanoseconds since the epoch, CLOCK_REALTIME
    dur: int | None = 0  # nanoseconds until it was over; None: it never returned
    box: str = ""  # the container; pids, open file descriptions and objects are those of one box
    task: Task  # the thread
    proc: Task  # its process: the main thread; a main thread has task == proc
    exact: bool = True  # False: sampled or inferred, not seen as it happened
    src: Source = "strace"
    cause: tuple[int, ...] = ()  # seq of the events without which this one could not have been
    line: Line | None = None
    fault: str = ""  # what a fault plan did to the call: error, value, delay, short, signal
    own: bool = True  # False: done by the interpreter or the loader (imports, start-up), not by the program

    @property
    def end(self) -> int:
        """When it was over, as far as is known."""
        return self.t + (self.dur or 0)


@dataclass(frozen=True, kw_only=True)
class Call(Event):
    """An event that is a system call: which, and how it failed. A failed call has changed nothing."""

    call: str = ""
    error: str = ""  # "EPIPE"; an interrupted call has "EINTR" or "ERESTARTSYS" and the like (then it is re-entered)
    block: int | None = None  # seq of the Block that this event ends
