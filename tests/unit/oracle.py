"""What the events say of every descriptor against what `strace -yy` printed of it in the same run."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from proclab.events import (
    Accept,
    Block,
    Close,
    Dup,
    Event,
    Exec,
    Exit,
    Fork,
    Inherit,
    Killed,
    Open,
    Pipe,
    Read,
    Socket,
    SocketPair,
)
from proclab.strace import terminal
from proclab.strace.lines import Record, parse
from proclab.strace.steps import Clock
from proclab.strace.tokens import DECORATION

FD = re.compile(rf"(?<![\w.\-])(\d+)({DECORATION})")
CONNECTED = re.compile(r"\d+<TCP(?:v6)?:\[(.*)->.*\]>$")


# strace gives these a name, no number.
UNNUMBERED = ("file", "dir", "device", "tty", "unknown", "epoll", "pidfd", "memfd")


WORDS: dict[str, str | tuple[str, ...]] = {
    "pipe": "pipe:",
    "sock": ("UNIX", "TCP", "UDP", "NETLINK", "socket"),
    "memfd": "/memfd:",
    "eventfd": "eventfd",
    "epoll": "anon_inode:[eventpoll]",
    "pidfd": ("pid:", "anon_inode:[pidfd]"),
    "other": "",
    "unknown": "",
}


class Tables:
    """Who has which descriptor, from events alone."""

    def __init__(self) -> None:
        self.of_process: dict[str, dict[int, str]] = defaultdict(dict)
        self.object_of: dict[str, str] = {}

    def apply(self, event: Event) -> None:
        """What this event does to the tables."""
        mine = self.of_process[str(event.proc)]
        match event:
            case Inherit(fd=fd, obj=obj) | Open(fd=fd, obj=obj, error="") | Socket(fd=fd, obj=obj, error=""):
                self._enter(mine, fd, obj)
            case Pipe(read=a, write=b, obj=obj, error=""):
                self._enter(mine, a, obj)
                self._enter(mine, b, obj)
            case SocketPair(a=a, b=b, error=""):
                self._enter(mine, a, event.obj_a)
                self._enter(mine, b, event.obj_b)
            case Dup(to=to, obj=obj, error=""):
                self._enter(mine, to, obj)
            case Accept(new=new, obj=obj, error=""):
                self._enter(mine, new, obj)
            case Read(fds=fds) if fds:
                for fd in fds:
                    mine[fd.fd] = fd.of
            case Close(fd=fd, error=""):
                del mine[fd]
            case Fork(child=child, files=files) if child:
                self.of_process[str(child)] = mine if files else dict(mine)
            case Exec(closed=closed, error=""):
                for fd in closed:
                    del mine[fd]
            case Exit() | Killed():
                self.of_process[str(event.proc)] = {}

    def _enter(self, mine: dict[int, str], fd, obj: str) -> None:
        if fd is not None:
            mine[fd.fd] = fd.of
            self.object_of[fd.of] = obj

    def object(self, event: Event, fd: int) -> str | None:
        of = self.of_process[str(event.proc)].get(fd)
        return self.object_of.get(of) if of else None


Said = dict[tuple[int, int], Record]  # thread, time → line


def said_by_strace(logs: Mapping[int, str]) -> Said:
    """Every line of a recording by -ff."""
    return {
        (tid, int(record.time.replace(".", ""))): record
        for tid, text in logs.items()
        for record in map(parse, text.splitlines())
    }


def said_in_one_log(text: str) -> Said:
    """Every line of a log by -f. Of a call that was torn in two its beginning, where the descriptors are."""
    clock, found = Clock(), Said()
    for number, tid, record in terminal.lines(text, None):
        begun = record.kind == "unfinished"
        found.setdefault((tid, clock.read(record.time, number)), parse(f"{record.text}) = ?") if begun else record)
    return found


def identity(decoration: str) -> str:
    """What a decoration says that stays the same as long as the open file lives."""
    name = decoration.removesuffix("(deleted)")[1:-1]
    if found := re.match(r"(pipe|UNIX[\w-]*|TCPv?6?|UDPv?6?|socket):\[(\d+)", name):
        return f"{found[1].split('-')[0]}:{found[2]}" if "." not in name else ""  # a TCP connection has lost its number
    if name.startswith(("{eventfd", "anon_inode:[eventfd")):
        return "eventfd:" + "".join(re.findall(r"eventfd-id=(\d+)", name))
    return "" if name.startswith("NETLINK:") else name.partition("<")[0]  # a port, which is used again


def of_one_kind(obj: str, said: str) -> bool:
    """Whether an object can be what strace says it is."""
    kind = re.match(r"[a-z]+", obj)
    assert kind
    path = obj.partition(":")[2]
    if kind[0] in ("file", "dir", "device", "tty", "fifo"):
        last = posixpath.basename(path.rstrip("/").replace("\\\\", "\\"))
        theirs = re.sub(r"\\(76|74|n)", lambda m: {"76": ">", "74": "<", "n": "\\n"}[m[1]], said)
        name = posixpath.basename(theirs.rstrip("/"))
        return not path or name == last or path.startswith(("/proc/self", "/dev/", "/lib/", "/etc/")) or ".so" in name
    return said.startswith(WORDS[kind[0]])


def disagreements(lines: Said, events: Iterable[Event]) -> tuple[list[tuple[Any, ...]], int]:
    """Where the events and the decorations in the lines tell different things, and how many were compared."""
    tables = Tables()
    objects: dict[str, str] = {}  # strace's identity → our object
    wrong: list[tuple[Any, ...]] = []
    asked = 0
    for event in events:
        record = lines.get((event.task.pid, event.t))
        args = record.args[:1] if record and isinstance(event, Block) else record.args if record else ()
        told = FD.findall(", ".join(args)) if not isinstance(event, Inherit) else []
        tables_before = {fd: tables.object(event, int(fd)) for fd, _ in told}
        tables.apply(event)
        for fd, decoration in told:
            ours = tables_before[fd] or tables.object(event, int(fd))
            if (record and record.name == "close_range") or (isinstance(event, Read) and event.fds):
                ours = tables.object(event, int(fd)) or ours
            said, asked = identity(decoration), asked + 1
            if ours is None or not of_one_kind(ours, said or "TCP"):
                wrong.append((event.seq, fd, decoration, ours, record))
            elif said and not ours.startswith(UNNUMBERED) and objects.setdefault(said, ours) != ours:
                wrong.append((event.seq, fd, decoration, ours, "was", objects[said], record))
        if record and record.decoration and record.ret.isdigit():
            ours, asked = tables.object(event, int(record.ret)), asked + 1
            if isinstance(event, Open | Socket | Dup | Accept) and (
                ours is None or not of_one_kind(ours, identity(record.decoration) or "TCP")
            ):
                wrong.append((event.seq, "result", record.decoration, ours, record))
    return wrong, asked


def exchanged(lines: Said, events: Iterable[Event]) -> tuple[list[tuple[Any, ...]], int]:
    """Accepts whose peer has another address than strace says, and how many were compared. (TCP only.)"""
    said, accepts = defaultdict[str, set[str]](set), []
    for event in events:
        record = lines.get((event.task.pid, event.t))
        found = CONNECTED.match(record.args[0]) if record and record.args else None
        if isinstance(event, Accept):
            accepts.append(event)
        elif found:
            said[getattr(event, "obj", "")].add(found[1])
    wrong = [
        (accept.seq, accept.addr, said[accept.peer])
        for accept in accepts
        if said[accept.peer] and said[accept.peer] != {accept.addr}
    ]
    return wrong, sum(bool(said[accept.peer]) for accept in accepts)
