"""Locks and blocking; and what no other kind tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from proclab.events.header import Call, Event

How = Literal["marker", "futex", "flock"]
# What is to be noted, and what is missing: codes, whose sentences stand in proclab/words under note.CODE and gap.CODE.
NoteCode = Literal["untimed", "unmarked", "unknown"]
EndCode = Literal["seconds", "bytes", "lines", "logs", "full", "user"]  # why the recording was ended
GapCode = Literal[EndCode, "ended", "garbled", "incomplete", "exec", "lost", "cut"]


@dataclass(frozen=True, kw_only=True)
class LockWait(Event):
    """A thread wants a lock (condition, queue, event …) and doesn't have it yet."""

    kind: ClassVar[str] = "lock_wait"
    lock: str = ""
    what: str = "lock"  # lock, rlock, semaphore, condition, event, queue, barrier; thread: a join, `lock` is the tid
    how: How = "marker"


@dataclass(frozen=True, kw_only=True)
class LockGot(Event):
    """A thread has got a lock."""

    kind: ClassVar[str] = "lock_got"
    lock: str = ""
    what: str = "lock"
    how: How = "marker"
    of: str = ""  # flock: the open file description that has it now
    block: int | None = None


@dataclass(frozen=True, kw_only=True)
class LockReleased(Event):
    """A lock was released."""

    kind: ClassVar[str] = "lock_rel"
    lock: str = ""
    what: str = "lock"
    how: How = "marker"
    of: str = ""  # flock: the open file description that had it


@dataclass(frozen=True, kw_only=True)
class LockFailed(Event):
    """A thread did not get a lock: it did not wait, or not long enough."""

    kind: ClassVar[str] = "lock_fail"
    lock: str = ""
    what: str = "lock"
    how: How = "marker"


@dataclass(frozen=True, kw_only=True)
class LockMade(Event):
    """A lock came to be, free."""

    kind: ClassVar[str] = "lock_new"
    lock: str = ""
    what: str = "lock"
    how: How = "marker"


@dataclass(frozen=True, kw_only=True)
class Block(Event):
    """From here on the thread stands still in `call`; the event whose `block` is this one's seq ends it."""

    kind: ClassVar[str] = "block"
    call: str = ""
    on: Literal["fd", "fds", "task", "futex", "sleep", "signal", "lock", "other"] = "other"
    fds: tuple[int, ...] = ()
    of: str = ""
    obj: str = ""
    target: int | None = None  # of a wait, as in waitpid(2)
    name: str = ""  # of a futex, a lock, a FIFO


@dataclass(frozen=True, kw_only=True)
class Run(Call):
    """A blocked call returned that has no event of its own: a sleep, poll, futex, pause; `ready` descriptors."""

    kind: ClassVar[str] = "run"
    ready: tuple[int, ...] = ()


# --- everything else ---


@dataclass(frozen=True, kw_only=True)
class Other(Call):
    """A system call that no other kind tells, as strace wrote it."""

    kind: ClassVar[str] = "other"
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Note(Event):
    """A word for the reader of the recording.

    untimed: its log has no times · unmarked: from here on a process tells its lines no more · unknown: an event of a
    kind that this proclab doesn't know.
    """

    kind: ClassVar[str] = "note"
    code: NoteCode = "unknown"
    what: str = ""  # unknown: the kind


@dataclass(frozen=True, kw_only=True)
class Gap(Event):
    """Something is missing here, and why: `lost` lines (0: nobody knows how many).

    seconds, bytes, lines, logs: a limit ended the recording · full: there was no room · user: somebody stopped it ·
    ended: it was ended for a reason that only `what` says · garbled: a file of the recorder's makes no sense ·
    incomplete: logs break off before the end of their threads · exec: strace loses the first call after an exec from a
    thread · lost: a line makes no sense · cut: the event log itself breaks off.
    """

    kind: ClassVar[str] = "gap"
    code: GapCode = "lost"
    what: tuple[str, ...] = ()  # the file, the threads, the line
    lost: int = 0
