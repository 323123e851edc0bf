"""A small language for hand-made event lists: what processes do, one line each, by pid and fd.

`Script` fills in what follows by itself: seq, times (a millisecond each), which open file description and object a
descriptor means. It takes every step as told, sense or nonsense.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import MISSING, fields
from typing import Any

from proclab import events as ev
from proclab.events import Event, Fd, Line, Task
from proclab.findings import Deadlock, Finding, derive
from proclab.state.records import Holder, Object

MS = 1_000_000


class Script:
    """Event lists by hand."""

    def __init__(self, *pids: int, box: str = "") -> None:
        self.events: list[Event] = []
        self.box, self.now = box, 0
        self.procs: dict[int, int] = {}  # thread → process
        self.tables: dict[int, dict[int, tuple[str, str]]] = {}  # pid → fd → description, object
        self.counts: dict[str, int] = {}
        self.lives: dict[int, int] = {}  # pid → incarnation
        self.blocks: dict[int, int] = {}  # thread → seq of its Block
        for pid in pids:
            self.lives[pid], self.procs[pid], self.tables[pid] = 1, pid, {}
            self.add(ev.Start, pid)

    def task(self, pid: int) -> Task:
        return Task(pid, self.lives.get(pid, 1))

    def name(self, kind: str) -> str:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return f"{kind}{self.counts[kind]}"

    def add(self, cls: Any, pid: int, /, **values: Any) -> int:
        """Any event; gives its seq."""
        self.now += values.pop("after", MS)
        proc = self.task(self.procs.get(pid, pid))
        if issubclass(cls, (ev.Call, ev.LockGot)) and pid in self.blocks:
            values.setdefault("block", self.blocks.pop(pid))
        if isinstance(values.get("line"), int):
            values["line"] = Line("a.py", values["line"])
        event: Event = cls(
            **{"seq": len(self.events), "t": self.now, "box": self.box, "task": self.task(pid), "proc": proc, **values}
        )
        self.events.append(event)
        return event.seq

    def of(self, pid: int, fd: int) -> dict[str, Any]:
        of, obj = self.tables.get(self.procs.get(pid, pid), {}).get(fd, ("", ""))
        return {"fd": fd, "of": of, "obj": obj}

    def enter(self, pid: int, fd: int, obj: str, cloexec: bool = False, of: str = "") -> Fd:
        made = of or self.name("o")
        self.tables.setdefault(self.procs.get(pid, pid), {})[fd] = (made, obj)
        return Fd(fd, made, cloexec)

    # --- processes ---

    def fork(self, pid: int, child: int, **values: Any) -> int:
        self.lives[child] = self.lives.get(child, 0) + 1
        self.procs[child] = child
        table = self.tables.get(self.procs.get(pid, pid), {})
        self.tables[child] = table if values.get("files") else dict(table)  # CLONE_FILES: one table for both
        return self.add(ev.Fork, pid, call="clone", child=self.task(child), **values)

    def thread(self, pid: int, tid: int) -> int:
        self.lives[tid] = self.lives.get(tid, 0) + 1
        self.procs[tid] = self.procs.get(pid, pid)
        return self.add(ev.Thread, pid, call="clone", child=self.task(tid))

    def exec(self, pid: int, path: str, closed: tuple[int, ...] = (), **values: Any) -> int:
        table = self.tables[self.procs[pid]] = dict(self.tables[self.procs[pid]])  # shared no longer, execve(2)
        for fd in closed:
            table.pop(fd, None)
        return self.add(ev.Exec, pid, call="execve", path=path, argv=(path,), closed=closed, **values)

    def exit(self, pid: int, code: int = 0, **values: Any) -> int:
        self.tables.pop(self.procs.get(pid, pid), None)
        return self.add(ev.Exit, pid, code=code, **values)

    def killed(self, pid: int, sig: str = "SIGKILL") -> int:
        self.tables.pop(self.procs.get(pid, pid), None)
        return self.add(ev.Killed, pid, sig=sig)

    def wait(self, pid: int, child: int | None = None, **values: Any) -> int:
        known = {"child": self.task(child), "pid": child, "how": "exited", "code": 0, "reaped": True} if child else {}
        told = {**known, **values}
        if child and told["reaped"]:
            self.tables.pop(child, None)
        return self.add(ev.Wait, pid, call="wait4", **told)

    # --- descriptors ---

    def pipe(self, pid: int, read: int, write: int, cloexec: bool = False, **values: Any) -> str:
        obj = self.name("pipe")
        ends = {"read": self.enter(pid, read, obj, cloexec), "write": self.enter(pid, write, obj, cloexec)}
        self.add(ev.Pipe, pid, call="pipe2", obj=obj, **ends, **values)
        return obj

    def open(self, pid: int, fd: int, path: str, flags: str = "O_RDONLY", what: str = "file", **values: Any) -> int:
        cloexec = "O_CLOEXEC" in flags
        made = self.enter(pid, fd, f"{what}:{path}", cloexec)
        return self.add(
            ev.Open, pid, call="openat", path=path, flags=flags, fd=made, obj=f"{what}:{path}", what=what, **values
        )

    def inherit(self, pid: int, fd: int, obj: str, what: str = "tty", flags: str = "O_RDWR") -> int:
        return self.add(ev.Inherit, pid, fd=self.enter(pid, fd, obj), obj=obj, what=what, flags=flags)

    def dup(self, pid: int, fd: int, to: int) -> int:
        known = self.of(pid, fd)
        return self.add(
            ev.Dup, pid, call="dup2", fd=fd, obj=known["obj"], to=self.enter(pid, to, known["obj"], of=known["of"])
        )

    def close(self, pid: int, *fds: int) -> int:
        seq = -1
        for fd in fds:
            known = self.of(pid, fd)
            self.tables.get(self.procs.get(pid, pid), {}).pop(fd, None)
            seq = self.add(ev.Close, pid, call="close", **known)
        return seq

    def read(self, pid: int, fd: int, n: int | None = None, **values: Any) -> int:
        return self.add(ev.Read, pid, call="read", n=n, eof=n == 0, **self.of(pid, fd), **values)

    def write(self, pid: int, fd: int, n: int | None = None, **values: Any) -> int:
        return self.add(ev.Write, pid, call="write", n=n, **self.of(pid, fd), **values)

    # --- sockets ---

    def socketpair(self, pid: int, a: int, b: int) -> tuple[str, str]:
        one, two = self.name("sock"), self.name("sock")
        self.add(
            ev.SocketPair,
            pid,
            call="socketpair",
            family="AF_UNIX",
            a=self.enter(pid, a, one),
            b=self.enter(pid, b, two),
            obj_a=one,
            obj_b=two,
        )
        return one, two

    def socket(self, pid: int, fd: int) -> str:
        obj = self.name("sock")
        self.add(ev.Socket, pid, call="socket", family="AF_INET", fd=self.enter(pid, fd, obj), obj=obj)
        return obj

    def connect(self, pid: int, fd: int, addr: str, **values: Any) -> int:
        return self.add(ev.Connect, pid, call="connect", addr=addr, **self.of(pid, fd), **values)

    def accept(self, pid: int, fd: int, new: int, peer: str, peer_box: str = "") -> str:
        known, obj = self.of(pid, fd), self.name("sock")
        made = self.enter(pid, new, obj)
        self.add(
            ev.Accept,
            pid,
            call="accept4",
            fd=fd,
            of=known["of"],
            listener=known["obj"],
            new=made,
            obj=obj,
            peer=peer,
            peer_box=peer_box,
        )
        return obj

    # --- waiting ---

    def block(self, pid: int, call: str, fd: int | None = None, **values: Any) -> int:
        """Stand still in read, write, wait4, clock_nanosleep, pause, futex, flock."""
        on = {"wait4": "task", "clock_nanosleep": "sleep", "pause": "signal", "futex": "futex"}.get(call, "fd")
        known = self.of(pid, fd) if fd is not None else {}
        place = {"fds": (fd,), "of": known["of"], "obj": known["obj"]} if known else {}
        if call == "flock":
            on, place["name"] = "lock", known["obj"]
        seq = self.add(ev.Block, pid, call=call, on=on, **place, **values)
        self.blocks[pid] = seq
        return seq

    def want(self, tid: int, lock: str, what: str = "lock", **values: Any) -> int:
        return self.add(ev.LockWait, tid, lock=lock, what=what, src="mark", **values)

    def got(self, tid: int, lock: str, what: str = "lock", **values: Any) -> int:
        return self.add(ev.LockGot, tid, lock=lock, what=what, src="mark", **values)

    def flock(self, pid: int, fd: int, cls: type[ev.Event] = ev.LockGot) -> int:
        """A lock of an open file, as the recorder tells it."""
        known = self.of(pid, fd)
        return self.add(cls, pid, lock=known["obj"], what="flock", how="flock", of=known["of"])

    def free(self, tid: int, lock: str, what: str = "lock", **values: Any) -> int:
        return self.add(ev.LockReleased, tid, lock=lock, what=what, src="mark", **values)

    def lock_failed(self, tid: int, lock: str, what: str = "lock") -> int:
        return self.add(ev.LockFailed, tid, lock=lock, what=what, src="mark")

    # --- signals ---

    def handler(self, pid: int, sig: str, action: str = "handler") -> int:
        return self.add(ev.SigHandler, pid, call="rt_sigaction", sig=sig, action=action)

    def mask(self, pid: int, *sigs: str) -> int:
        return self.add(ev.SigMask, pid, call="rt_sigprocmask", blocked=sigs)

    def kill(self, pid: int, target: int, sig: str) -> int:
        return self.add(ev.SigSend, pid, call="kill", sig=sig, target=target, to=self.task(target))

    def deliver(self, pid: int, sig: str, action: str = "handler", **values: Any) -> int:
        return self.add(ev.SigDeliver, pid, sig=sig, action=action, **values)


# --- families of processes, and what is found of them ---


def family() -> Script:
    """A parent and its child."""
    s = Script(8)
    s.fork(8, 9)
    return s


def piped() -> Script:
    """Parent 8 reads, child 9 writes and has closed what it doesn't need; the parent still has both ends."""
    s = Script(8)
    s.pipe(8, 3, 4)
    s.fork(8, 9)
    s.close(9, 3)
    return s


def findings(script: Script, *kinds: str) -> list[Finding]:
    """The findings of these kinds, or of all."""
    return [finding for finding in derive(script.events) if not kinds or finding.kind in kinds]


def shown(script: Script, *kinds: str) -> list[dict[str, Any]]:
    """The findings with what they say: the fields that are not as by default, without time and place."""
    return [plain(finding) for finding in findings(script, *kinds)]


def circles(found: Iterable[Finding]) -> list[list[tuple[int, str, int]]]:
    """Each deadlock's threads with what they wait at and who would have to act."""
    return [
        [(want.task.pid, want.name or want.thing.id or want.on, want.who.pid) for want in finding.wants]
        for finding in found
        if isinstance(finding, Deadlock)
    ]


def plain(record: Any) -> dict[str, Any]:
    """A record as a dict: a task by its pid, an object by its name."""
    values = {each.name: _plain(getattr(record, each.name)) for each in fields(record) if _tells(record, each)}
    return {"kind": record.kind, **values} if isinstance(record, Finding) else values


def _tells(record: Any, each: Any) -> bool:
    header = each.name in ("seq", "until", "line", "box")
    return not header and (each.default is MISSING or getattr(record, each.name) != each.default)


def _plain(value: Any) -> Any:
    if isinstance(value, Task):
        return value.pid
    if isinstance(value, Object):
        return value.id
    if isinstance(value, Holder):
        return value.proc.pid, value.fd
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return plain(value) if hasattr(value, "__dataclass_fields__") else value
