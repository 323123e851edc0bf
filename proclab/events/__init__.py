"""The event types: what processes did, one frozen dataclass per kind of event.

Recorder, sampler and marker all speak these, and everything downstream (state, views, checks) reads nothing else.
Every event has the header of `Event`; one that is a system call has that of `Call` too. proclab/events/log.py turns
events into JSON Lines and back; docs/events.md describes both.

Laws. A list of events is in causal order and `seq` counts it without holes. An event has its place where its effect
was: a read where it returned, a fork where the child came to be. Every string is printable: control characters and
bytes that are no UTF-8 are written as in a Python literal (`\\n`, `\\x80`), and a backslash is doubled.
"""

from __future__ import annotations

from collections.abc import Iterator

from proclab.events.evidence import STOPS, Doubt, Evidence
from proclab.events.files import (
    Accept,
    Bind,
    Close,
    Connect,
    Dup,
    FdFlags,
    Inherit,
    Listen,
    MakeFifo,
    Open,
    Pipe,
    Read,
    Shutdown,
    Socket,
    SocketPair,
    What,
    Write,
)
from proclab.events.header import VERSION, Call, Event, Fd, Line, Source, Task
from proclab.events.processes import Exec, Exit, Fork, Killed, Orphan, Start, Stopped, Thread, ThreadExit, Wait
from proclab.events.signals import SigDeliver, SigHandler, SigMask, SigSend, SigTake
from proclab.events.waiting import (
    Block,
    EndCode,
    Gap,
    GapCode,
    How,
    LockFailed,
    LockGot,
    LockMade,
    LockReleased,
    LockWait,
    Note,
    NoteCode,
    Other,
    Run,
)


def _kinds(base: type[Event]) -> Iterator[type[Event]]:
    for sub in base.__subclasses__():
        if sub.kind:
            yield sub
        yield from _kinds(sub)


KINDS: dict[str, type[Event]] = {cls.kind: cls for cls in _kinds(Event)}

__all__ = [
    "KINDS", "STOPS", "VERSION", "Accept", "Bind", "Block", "Call", "Close", "Connect", "Doubt", "Dup", "EndCode",
    "Event", "Evidence", "Exec", "Exit", "Fd", "FdFlags", "Fork", "Gap", "GapCode", "How", "Inherit", "Killed", "Line",
    "Listen",
    "LockFailed", "LockGot", "LockMade", "LockReleased", "LockWait", "MakeFifo", "Note", "NoteCode", "Open", "Orphan",
    "Other", "Pipe", "Read", "Run", "Shutdown", "SigDeliver", "SigHandler", "SigMask", "SigSend", "SigTake",
    "Socket", "SocketPair", "Source", "Start", "Stopped", "Task", "Thread", "ThreadExit", "Wait", "What",
    "Write",
]  # fmt: skip
