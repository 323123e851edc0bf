"""What a state is made of: processes, threads, descriptors, objects, waits, locks, each as a frozen record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from proclab.events import Line, Task, What

Status = Literal["running", "stopped", "zombie", "gone"]
End = Literal["read", "write"]


@dataclass(frozen=True)
class Process:
    """A process. `gone`: it has ended and no parent in the recording can reap it any more (or one has)."""

    task: Task
    parent: Task | None = None  # now; None: not in the recording
    maker: Task | None = None  # the process that forked it
    status: Status = "running"
    path: str = ""
    argv: tuple[str, ...] = ()
    born: int | None = None  # seq of its fork or start; None: not seen
    ended: int | None = None  # seq
    ended_at: int | None = None  # nanoseconds since the epoch
    code: int | None = None
    sig: str = ""
    reaper: Task | None = None
    reaped: int | None = None  # seq
    reaped_at: int | None = None
    orphaned: int | None = None  # seq of its first parent's end
    table: int = 0  # number of its descriptor table; several processes may share one (CLONE_FILES)

    @property
    def alive(self) -> bool:
        return self.status in ("running", "stopped")


@dataclass(frozen=True)
class Thread:
    """A thread; the main thread's task is its process's."""

    task: Task
    proc: Task
    born: int | None = None
    ended: int | None = None
    blocked: tuple[str, ...] = ()  # its signal mask
    inverted: bool = False  # the mask is all but these

    def blocks(self, sig: str) -> bool:
        """Whether the mask holds back this signal."""
        return (sig in self.blocked) != self.inverted and sig not in ("SIGKILL", "SIGSTOP")


@dataclass(frozen=True)
class Entry:
    """A descriptor: an entry of a descriptor table."""

    of: str
    cloexec: bool = False
    made: int = 0  # seq of the event that entered it
    maker: Task | None = None  # the thread that entered it; None: inherited from outside the recording
    own: bool = True


@dataclass(frozen=True)
class Description:
    """An open file description."""

    id: str
    obj: str
    reads: bool = True
    writes: bool = True
    nonblock: bool = False
    flags: str = ""


@dataclass(frozen=True)
class Object:
    """What open file descriptions lead to: a file, a pipe, a FIFO, one socket."""

    id: str
    what: What = "unknown"
    path: str = ""
    peer: str = ""  # the other socket
    peer_box: str = ""  # … if it is an object of another container
    addr: str = ""  # bound or connected to
    local: str = ""
    family: str = ""
    listening: bool = False
    made: int | None = None  # seq
    maker: Task | None = None  # the thread that made it
    outside: bool = False  # it was there before: others, not in the recording, may hold it


@dataclass(frozen=True)
class Wait:
    """A thread waits: since when, in which call, for what."""

    task: Task
    proc: Task
    seq: int
    t: int
    call: str
    on: str  # as in events.Block
    fds: tuple[int, ...] = ()
    of: str = ""
    obj: str = ""
    target: int | None = None
    name: str = ""
    what: str = ""  # kind of lock
    line: Line | None = None


@dataclass(frozen=True)
class Lock:
    """A lock and who has it (a semaphore: several; a re-entrant one: one several times)."""

    name: str
    proc: Task | None  # whose lock it is; None: a file lock, anybody's
    what: str = ""
    owners: tuple[Task, ...] = ()
    ofs: tuple[str, ...] = ()  # a file lock: the open file descriptions that have it, in any process


@dataclass(frozen=True)
class Holder:
    """A descriptor that keeps an end of something open."""

    proc: Task
    fd: int
    of: str


@dataclass(frozen=True)
class Closed:
    """Who closed the last descriptor of an end, when; `ended`: by ending."""

    proc: Task
    seq: int
    ended: bool = False
    box: str = ""


Place = tuple[int, int]  # table, fd
LockKey = tuple[Task | None, str]
