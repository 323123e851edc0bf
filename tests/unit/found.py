"""A finding of each kind, and of each branch of its sentence, under its kind and what sets it apart."""

from __future__ import annotations

from typing import Any

from proclab.events import Doubt, Line, Task
from proclab.findings import (
    BrokenPipe,
    BusyWait,
    Coalesced,
    Deadlock,
    FdLeak,
    FifoAlone,
    Finding,
    Held,
    Interrupted,
    LeakedIntoExec,
    Link,
    NoEof,
    NoReader,
    NotWhole,
    OpenFifo,
    Orphaned,
    PeerClosed,
    Refused,
    Standstill,
    ThreadsLeft,
    Unreaped,
    Want,
    WasZombie,
)
from proclab.state.records import Closed, Holder, Object

MS = 1_000_000
P7, P8, P9, T12, T13 = map(Task, (7, 8, 9, 12, 13))
PIPE, PIPE2 = Object("pipe1", "pipe"), Object("pipe2", "pipe")
SOCKET, FIFO, FILE = (
    Object("sock1", "socket", addr="db:5000"),
    Object("fifo:/f", "fifo", "/f"),
    Object("f", "file", "/a"),
)
TTY = Object("tty:/dev/pts/0", "tty", "/dev/pts/0")
EIGHT, NINE = Holder(P8, 4, "o1"), Holder(P9, 5, "o2")


def unreaped(**more: Any) -> Finding:
    return Unreaped(seq=0, proc=P9, parent=P8, ns=100 * MS, **{"parent_ended": False, **more})


def no_eof(*holders: Holder, ever: bool = False, eof: bool = False) -> Finding:
    return NoEof(seq=0, task=P8, proc=P8, fd=3, thing=PIPE, holders=holders, ever=ever, eof=eof)


def broken_pipe(**more: Any) -> Finding:
    return BrokenPipe(seq=0, task=T12, proc=P8, fd=4, thing=PIPE, **more)


def want(on: str, what: str = "", thing: Object = PIPE, reads: bool = False) -> Finding:
    """Two threads that wait for each other just so."""
    first = Want(P8, P8, on, thing, "a#1", what, P9, P9, reads)
    second = Want(P9, P9, on, thing, "a#1", what, P8, P8, reads)
    return Deadlock(seq=0, wants=(first, second))


def standstill(*links: Link, outside: bool = False) -> Finding:
    return Standstill(seq=0, links=links, outside=outside)


def link(on: str, call: str = "", *holders: Holder, thing: Object = PIPE, **more: Any) -> Link:
    return Link(P8, P8, on, call, 3, thing, holders, **more)


def coalesced(sig: str, sent: int, delivered: bool) -> Finding:
    return Coalesced(seq=0, proc=P8, sig=sig, sent=sent, delivered=delivered)


def refused(times: int, connected: bool) -> Finding:
    return Refused(seq=0, proc=P8, addr="db:5000", times=times, connected=connected)


def peer_closed(error: str = "", closer: Closed | None = None) -> Finding:
    return PeerClosed(seq=0, box="web", task=P8, proc=P8, fd=3, thing=SOCKET, error=error, closer=closer)


def fd_leak(count: int, closed: int, line: Line | None = None) -> Finding:
    return FdLeak(seq=0, line=line, proc=P8, count=count, closed=closed, call="openat")


def not_whole(*doubts: Doubt, silent: bool) -> Finding:
    return NotWhole(seq=0, doubts=doubts, silent=silent)


FOUND: dict[str, Finding] = {
    "not_whole": not_whole(Doubt("incomplete", "lab", ("1/t.7",)), Doubt("lost"), silent=True),
    "not_whole, many": not_whole(Doubt("unlogged", "lab", tuple("123456")), silent=True),
    "not_whole, stopped": not_whole(Doubt("seconds"), silent=False),
    "zombie": WasZombie(seq=0, proc=Task(9, 2), parent=P8, ns=250 * MS),
    "unreaped": unreaped(),
    "unreaped, now": unreaped(now=True),
    "unreaped, parent ended": unreaped(parent_ended=True),
    "orphan": Orphaned(seq=0, proc=P9, parent=P8, new=P7),
    "orphan, of init": Orphaned(seq=0, proc=P9, parent=P8),
    "orphan, parent unseen": Orphaned(seq=0, proc=P9, parent=None, new=P7),
    "threads_left": ThreadsLeft(seq=0, proc=P8, threads=(T12,)),
    "threads_left, many": ThreadsLeft(seq=0, proc=P8, threads=(T12, T13)),
    "no_eof": no_eof(NINE, ever=True),
    "no_eof, own": no_eof(EIGHT, ever=True),
    "no_eof, idle": no_eof(NINE),
    "no_eof, two": no_eof(EIGHT, NINE),
    "no_eof, it came": no_eof(EIGHT, eof=True),
    "no_eof, it came from two": no_eof(EIGHT, NINE, eof=True),
    "broken_pipe": broken_pipe(),
    "broken_pipe, closed": broken_pipe(closer=Closed(P9, 1)),
    "broken_pipe, ended": broken_pipe(killed=True, closer=Closed(P9, 1, ended=True)),
    "no_reader": NoReader(seq=0, proc=P8, fd=4, thing=PIPE),
    "fifo_alone": FifoAlone(seq=0, task=T12, proc=P8, thing=FIFO),
    "open_fifo": OpenFifo(seq=0, proc=P8, fd=3, thing=FIFO),
    "fd_leak_exec": LeakedIntoExec(seq=0, proc=P9, fd=5, thing=FILE, program="cat"),
    "fd_leak": fd_leak(12, 0, Line("a.py", 5)),
    "fd_leak, some closed": fd_leak(21, 2),
    "deadlock": want("fd", reads=True),
    "deadlock, full pipes": want("fd"),
    "deadlock, children": want("task"),
    "deadlock, joins": want("lock", "thread"),
    "deadlock, locks": want("lock", "lock"),
    "deadlock, events": want("lock", "event"),
    "deadlock, futexes": want("futex"),
    "busy_wait": BusyWait(seq=0, task=P8, proc=P8, call="wait4", count=21, ns=19_000),
    "standstill": standstill(link("fd", "write", NINE), link("task", child=P9), link("task")),
    "standstill, held by itself": standstill(link("fd", "read", EIGHT), link("fd", "read", EIGHT, NINE)),
    "standstill, input": standstill(link("fd", "read", NINE), link("fd", "read", thing=TTY), outside=True),
    "standstill, alone": standstill(link("futex", thing=Object(""))),
    "standstill, threads": standstill(link("futex", thing=Object(""), others=(T12, T13))),
    "standstill, many": standstill(link("futex", others=tuple(map(Task, range(20, 30)))), *[link("task")] * 6),
    "signal_held": Held(seq=0, proc=P8, sigs=("SIGUSR1",)),
    "signal_held, many": Held(seq=0, proc=P8, sigs=("SIGINT", "SIGUSR1", "SIGUSR2")),
    "signal_coalesced": coalesced("SIGUSR1", 3, delivered=True),
    "signal_coalesced, pending": coalesced("SIGUSR1", 2, delivered=False),
    "signal_coalesced, children": coalesced("SIGCHLD", 10, delivered=True),
    "signal_coalesced, children, pending": coalesced("SIGCHLD", 22, delivered=False),
    "signal_interrupted": Interrupted(seq=0, task=T12, proc=P8, sig="SIGINT", call="read"),
    "signal_interrupted, by": Interrupted(seq=0, task=P8, proc=P8, sig="SIGUSR1", call="read", by=P9),
    "refused": refused(1, connected=False),
    "refused, in vain": refused(5, connected=False),
    "refused, then connected": refused(2, connected=True),
    "peer_closed": peer_closed(closer=Closed(P9, 1, box="web")),
    "peer_closed, unseen": peer_closed("EPIPE"),
    "peer_closed, elsewhere": peer_closed("ECONNRESET", Closed(P9, 1, ended=True, box="db")),
}
