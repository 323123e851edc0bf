"""Hand-made event lists for the tests of the views: a pipe to a child, threads and a lock, two boxes and a socket."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from proclab.events import (
    Accept,
    Bind,
    Block,
    Close,
    Connect,
    Dup,
    Event,
    Exec,
    Exit,
    Fd,
    Fork,
    Inherit,
    Killed,
    Line,
    Listen,
    LockGot,
    LockReleased,
    LockWait,
    Open,
    Pipe,
    Read,
    Run,
    SigDeliver,
    SigHandler,
    SigSend,
    Socket,
    Start,
    Task,
    Thread,
    ThreadExit,
    Wait,
    Write,
)

EPOCH = 1_795_399_442_000_000_000


class Maker:
    """Numbers events and gives them times, a millisecond apart."""

    def __init__(self, box: str = "lab") -> None:
        self.events: list[Event] = []
        self.box = box

    def __call__(
        self, cls: Any, who: int | tuple[int, int], /, *, dur: int | None = 1000, at: int = 0, **fields: Any
    ) -> int:
        """Add an event of process `who` (or of thread (pid, tid)); `at` is its source line. Returns its seq."""
        proc, task = who if isinstance(who, tuple) else (who, who)
        seq = len(self.events)
        line = Line("demo.py", at, f"line {at} of the program") if at else None
        fields.setdefault("box", self.box)
        event = cls(seq=seq, t=EPOCH + seq * 1_000_000, dur=dur, task=Task(task), proc=Task(proc), line=line, **fields)
        self.events.append(event)
        return seq


def piped() -> list[Event]:
    """A parent reads from its child until end of file and reaps it."""
    add = Maker()
    add(Start, 9, ppid=8)
    add(Inherit, 9, fd=Fd(0, "o0"), obj="tty:/dev/pts/0", what="tty", flags="O_RDWR")
    add(Inherit, 9, fd=Fd(1, "o0"), obj="tty:/dev/pts/0", what="tty", flags="O_RDWR")
    add(Inherit, 9, fd=Fd(2, "o0"), obj="tty:/dev/pts/0", what="tty", flags="O_RDWR")
    add(Exec, 9, path="/usr/bin/python3", argv=("python", "demo.py"), own=False)
    add(SigHandler, 9, call="rt_sigaction", sig="SIGCHLD", action="handler", at=3)
    add(Pipe, 9, call="pipe2", obj="pipe1", read=Fd(3, "o1", True), write=Fd(4, "o2", True), at=5)
    fork = add(Fork, 9, call="clone", child=Task(18), at=6)
    add(Close, 18, call="close", fd=3, of="o1", obj="pipe1", cause=(fork,), at=8)
    add(Close, 9, call="close", fd=4, of="o2", obj="pipe1", at=12)
    block = add(Block, 9, dur=None, call="read", on="fd", fds=(3,), of="o1", obj="pipe1", at=13)
    write = add(Write, 18, call="write", fd=4, of="o2", obj="pipe1", n=6, data="hello\\n", at=9)
    add(Read, 9, call="read", fd=3, of="o1", obj="pipe1", n=6, data="hello\\n", cause=(write,), block=block, at=13)
    block = add(Block, 9, dur=None, call="read", on="fd", fds=(3,), of="o1", obj="pipe1", at=13)
    end = add(Exit, 18, code=3, at=10)
    add(Read, 9, call="read", fd=3, of="o1", obj="pipe1", n=0, eof=True, cause=(end,), block=block, at=13)
    add(SigDeliver, 9, sig="SIGCHLD", code="CLD_EXITED", sender=18, by=Task(18), action="handler", cause=(end,))
    add(Write, 9, call="write", fd=1, of="o0", obj="tty:/dev/pts/0", n=4, data="end\\n", at=14)
    add(
        Wait, 9, call="wait4", target=18, child=Task(18), pid=18, how="exited", code=3, reaped=True, cause=(end,), at=15
    )
    add(Exit, 9, code=0)
    return add.events


def threaded() -> list[Event]:
    """Two threads and a lock; then a child that is killed and never reaped."""
    add = Maker()
    add(Start, 9, ppid=8)
    add(Exec, 9, path="/usr/bin/python3", argv=("python", "lock.py"), own=False)
    add(LockGot, 9, lock="lock#1", at=4)
    thread = add(Thread, 9, call="clone", child=Task(10), at=5)
    want = add(LockWait, (9, 10), lock="lock#1", cause=(thread,), at=8)
    block = add(Block, (9, 10), dur=None, call="futex", on="lock", name="lock#1", at=8)
    free = add(LockReleased, 9, lock="lock#1", at=6)
    add(LockGot, (9, 10), lock="lock#1", block=block, cause=(want, free), at=8)
    add(
        Open,
        (9, 10),
        call="openat",
        path="/work/out.txt",
        flags="O_WRONLY|O_CREAT",
        fd=Fd(3, "o1"),
        obj="file:/work/out.txt",
        at=9,
    )
    add(Dup, (9, 10), call="dup2", fd=3, to=Fd(1, "o1"), obj="file:/work/out.txt", at=10)
    fork = add(Fork, 9, call="clone", child=Task(11), at=11)
    add(Block, 11, dur=None, call="pause", on="signal", cause=(fork,), at=12)
    send = add(SigSend, 9, call="kill", sig="SIGTERM", target=11, to=Task(11), at=13)
    add(SigDeliver, 11, sig="SIGTERM", code="SI_USER", sender=9, by=Task(9), action="default", cause=(send,))
    add(Killed, 11, sig="SIGTERM")
    block = add(Block, 9, dur=None, call="clock_nanosleep", on="sleep", at=14)
    add(ThreadExit, (9, 10))
    add(Run, 9, call="clock_nanosleep", block=block, at=14)
    add(Exit, 9, code=0)
    return add.events


def boxed() -> list[Event]:
    """A server and a client, each in a box of its own, both pid 9."""
    add = Maker("server")
    add(Start, 9, ppid=8)
    add(Start, 9, ppid=8, box="client")
    add(Socket, 9, call="socket", family="AF_INET", socktype="SOCK_STREAM", fd=Fd(3, "o1", True), obj="sock1")
    add(Bind, 9, call="bind", fd=3, of="o1", obj="sock1", addr="0.0.0.0:5000")
    add(Listen, 9, call="listen", fd=3, of="o1", obj="sock1", backlog=5)
    block = add(Block, 9, dur=None, call="accept4", on="fd", fds=(3,), of="o1", obj="sock1")
    add(
        Socket,
        9,
        call="socket",
        family="AF_INET",
        socktype="SOCK_STREAM",
        fd=Fd(3, "o1", True),
        obj="sock1",
        box="client",
    )
    connect = add(Connect, 9, call="connect", fd=3, of="o1", obj="sock1", addr="172.18.0.2:5000", box="client")
    add(
        Accept,
        9,
        call="accept4",
        fd=3,
        of="o1",
        listener="sock1",
        new=Fd(4, "o2", True),
        obj="sock2",
        addr="172.18.0.3:40000",
        block=block,
        cause=(connect,),
    )
    write = add(Write, 9, call="sendto", fd=3, of="o1", obj="sock1", n=5, data="hello", box="client")
    add(Read, 9, call="recvfrom", fd=4, of="o2", obj="sock2", n=5, data="hello", cause=(write,))
    add(Exit, 9, code=0, box="client")
    add(Read, 9, call="recvfrom", fd=4, of="o2", obj="sock2", n=0, eof=True)
    add(Exit, 9, code=0)
    return add.events


ALL = {"piped": piped, "threaded": threaded, "boxed": boxed}


def numbered(log: list[Event]) -> list[Event]:
    """The same events with numbers from 0 on, as a log has them; causes point backwards."""
    return [
        replace(event, seq=seq, cause=tuple(one % (seq or 1) for one in event.cause)) for seq, event in enumerate(log)
    ]


NASTY = "</script></style></title></svg>]]><!--<img src=x onerror=alert(1)>\"'&\x00\x1b[2J\ud800\u2028{{@@DATA@@"


def hostile() -> list[Event]:
    """Every text that a program can choose is an attack."""
    line = Line(NASTY, 1, NASTY)
    who: dict[str, Any] = {"task": Task(9), "proc": Task(9), "box": NASTY, "line": line}
    return numbered(
        [
            Exec(t=1, path=NASTY, argv=(NASTY, NASTY), **who),
            Write(t=2, fd=1, of=NASTY, obj=NASTY, n=3, data=NASTY, call=NASTY, **who),
            *piped(),
        ]
    )


def many(count: int) -> list[Event]:
    """A child that writes byte after byte, and its parent reads them."""
    log = piped()[:11]
    for number in range(count):
        write = Write(t=EPOCH, task=Task(18), proc=Task(18), fd=4, of="o2", obj="pipe1", n=1, data=str(number % 10))
        log += [write, replace(write, fd=5)] if number % 50 == 49 else [write]
    return numbered(log)
