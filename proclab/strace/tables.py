"""Descriptor tables, open file descriptions and the objects behind them: what each fd is."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field

from proclab.events import What
from proclab.strace.ancestry import Lifetime


@dataclass(eq=False)
class Object:
    """What an open file description leads to: a pipe, a FIFO, a file, one socket."""

    id: str
    what: What
    path: str = ""
    home: str = ""  # the box that it is an object of
    peer: Object | None = None  # the other socket
    chunks: deque[Chunk] = field(default_factory=deque)  # written (of sockets: to be read here) and not read yet
    debts: deque[Chunk] = field(default_factory=deque)  # read before they were written, as the clocks have it
    unexplained: list[int] = field(default_factory=list)  # drafts that saw end of file before there was one
    broken: list[int] = field(default_factory=list)  # … or EPIPE
    readers: int = 0  # open file descriptions for reading, of pipes and FIFOs
    writers: int = 0
    ended: int | None = None  # draft that closed the last write end (of sockets: the peer's last, or its shutdown)
    unread: int | None = None  # draft that closed the last read end
    address: str = ""
    box: str = ""  # of a socket with an address
    pending: int | None = None  # draft that connects this socket
    queue: deque[Object] = field(default_factory=deque)  # of a listening socket: connected and not accepted yet
    style: str = ""  # of a socket: SOCK_STREAM …
    local: str = ""  # address of a connected socket
    listener: Object | None = None  # in whose queue it is, or was
    listens: int | None = None  # draft of listen(2)
    closing: int | None = None  # draft that closed its sending direction
    early: deque[Chunk] = field(default_factory=deque)  # sent before it was accepted
    drafts: list[int] = field(default_factory=list)  # of a socket: what made and connected it
    used: bool = False  # bytes went through it, or it was bound; otherwise the C library may have looked something up
    quiet: bool = False  # it was meant for nscd(8)
    rights: deque[Description] = field(default_factory=deque)  # descriptors on their way to this socket
    early_rights: deque[Description] = field(default_factory=deque)  # sent before it was accepted
    waiting: dict[str, int] = field(default_factory=dict)  # mode → draft of the last open, of FIFOs
    asked: str = ""  # the address that it was to be connected to
    caller: tuple[Lifetime, int, int] | None = None  # the task that connects it, when, by which descriptor
    queued_at: int = 0  # nanoseconds: when it came into the listener's queue
    flocks: dict[str, bool] = field(default_factory=dict)  # id of a description that has it locked → exclusively


@dataclass
class Chunk:
    """Bytes on their way, and the draft that wrote them."""

    n: int
    draft: int


@dataclass(eq=False)
class Description:
    """An open file description: made by one call, shared by dup, fork and SCM_RIGHTS."""

    id: str
    object: Object
    reads: bool = True
    writes: bool = True
    own: bool = True
    nonblock: bool = False  # O_NONBLOCK: no call waits at it
    refs: int = 0  # descriptors in all tables, and those on their way through a socket


@dataclass
class Entry:
    """One descriptor."""

    of: Description
    cloexec: bool = False


@dataclass(eq=False)
class Table:
    """A descriptor table; threads share one, and so do processes made with CLONE_FILES."""

    entries: dict[int, Entry] = field(default_factory=dict)
    users: int = 1

    def copy(self) -> Table:
        """What fork(2) gives the child."""
        for entry in self.entries.values():
            entry.of.refs += 1
        return Table({fd: Entry(entry.of, entry.cloexec) for fd, entry in self.entries.items()})

    def put(self, fd: int, of: Description, cloexec: bool = False) -> Description | None:
        """Enter a descriptor; gives back what had to go for it, if its last descriptor is gone with that."""
        old = self.entries.get(fd)
        of.refs += 1
        self.entries[fd] = Entry(of, cloexec)
        return _released(old.of) if old else None

    def take(self, fd: int) -> Description | None:
        """Close a descriptor; gives back its open file description if that was the last descriptor of it."""
        entry = self.entries.pop(fd, None)
        return _released(entry.of) if entry else None

    def any_own(self, fds: Collection[int]) -> bool:
        """Whether one of these is the program's own affair and not the C library's, as far as is known."""
        entries = [self.entries.get(fd) for fd in fds]
        return not entries or any(entry is None or entry.of.own for entry in entries)


def _released(of: Description) -> Description | None:
    of.refs -= 1
    return of if of.refs <= 0 else None


def ends(of: Description) -> bool:
    """Whether reader and writer are counted: an object with a read and a write end."""
    return of.object.what in ("pipe", "fifo")


def opened(of: Description) -> None:
    """Count a new open file description at its object."""
    if ends(of):
        of.object.readers += of.reads
        of.object.writers += of.writes
        if of.writes:
            of.object.ended = None
        if of.reads:
            of.object.unread = None


def closed(of: Description, draft: int) -> list[int]:
    """The last descriptor of it is gone, which others learn by EOF or EPIPE.

    Gives back the drafts that have learnt of it already: the clocks disagree.
    """
    thing = of.object
    if ends(of):
        thing.readers -= of.reads
        thing.writers -= of.writes
        early = unread(thing, draft) if of.reads and thing.readers <= 0 else []
        return early + (finished(thing, draft) if of.writes and thing.writers <= 0 else [])
    thing.closing = draft
    if thing.flocks.pop(of.id, None) is not None:
        thing.ended = draft
    return unread(thing.peer, draft) + finished(thing.peer, draft) if thing.peer else []


def lockable(of: Description, exclusively: bool) -> bool:
    """Whether flock(2) can lock a file that others may have locked."""
    return not any(exclusively or exclusive for other, exclusive in of.object.flocks.items() if other != of.id)


def unread(thing: Object, draft: int) -> list[int]:
    """Nobody will read what is written to it any more; gives back the drafts that have seen that already."""
    early, thing.broken = thing.broken, []
    thing.unread = draft
    if thing.what != "socket":
        thing.chunks.clear()
    return early


def finished(thing: Object, draft: int) -> list[int]:
    """Nobody will write to it any more; gives back the drafts that have seen that already."""
    early, thing.unexplained = thing.unexplained, []
    thing.ended = draft
    return early


def sent(thing: Object, n: int, draft: int) -> list[int]:
    """Bytes went in at this object; gives back the drafts that have read them already."""
    if n <= 0 or thing.what not in ("pipe", "fifo", "socket"):
        return []
    if thing.what == "socket" and thing.peer is None:
        thing.early.append(Chunk(n, draft))
        return []
    into = thing.peer if thing.peer is not None else thing
    early, n = _taken(into.debts, n)
    if n:
        into.chunks.append(Chunk(n, draft))
    return early


def received(thing: Object, n: int, draft: int) -> list[int]:
    """Bytes came out; the drafts that wrote them."""
    causes, n = _taken(thing.chunks, n)
    known = thing.peer is not None or (thing.what in ("pipe", "fifo") and thing.writers > 0)
    if n and known:
        thing.debts.append(Chunk(n, draft))
    return causes


def _taken(chunks: deque[Chunk], n: int) -> tuple[list[int], int]:
    """Take n bytes off; the drafts that they are from, and how many were lacking."""
    drafts: list[int] = []
    while n > 0 and chunks:
        chunk = chunks[0]
        drafts.append(chunk.draft)
        part = min(n, chunk.n)
        chunk.n -= part
        n -= part
        if not chunk.n:
            chunks.popleft()
    return drafts, n
