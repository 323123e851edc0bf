"""Samples of /proc (docker/guest/look.py) as values. Sampled: what began and ended between two of them is not seen.

Pure. What comes from a container is not trusted: a line that is no sample raises ProtocolError, every string becomes
printable.
"""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from typing import Any, Literal

from proclab.errors import ProtocolError
from proclab.logs import printable

VERSION = 1
Way = Literal["read", "write", "both"]
_WAYS: tuple[Way, Way, Way] = ("read", "write", "both")  # O_RDONLY, O_WRONLY, O_RDWR
O_CLOEXEC = 0o2000000
O_NONBLOCK = 0o4000
LIBRARYS = frozenset({32, 33})  # the C library's own signals: it handles them in every program with threads
OURS = "/usr/lib/proclab/"


@dataclass(frozen=True)
class Signals:
    """Sets of signals, by number."""

    pending: frozenset[int] = frozenset()
    blocked: frozenset[int] = frozenset()
    ignored: frozenset[int] = frozenset()
    caught: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Thread:
    """A thread: its state (one letter, proc_pid_stat(5)), and the system call it stands in, where that may be read."""

    tid: int
    name: str
    state: str
    signals: Signals = Signals()
    syscall: tuple[int, ...] = ()  # number, arguments
    wchan: str = ""
    tracer: int = 0
    switches: int | None = None  # how often it has left a processor; None: not told


@dataclass(frozen=True)
class Descriptor:
    """An entry of a descriptor table. `key` is the same for all that lead to the same pipe, FIFO or socket."""

    fd: int
    link: str
    way: Way | None = None
    key: str = ""  # "pipe:[12]", "fifo:[5:12]", "socket:[34]"; empty: a file, a device …
    cloexec: bool = False
    nonblock: bool = False

    @property
    def inode(self) -> int:
        """Of a socket."""
        return int(self.key[8:-1]) if self.key.startswith("socket:") else 0


@dataclass(frozen=True)
class Process:
    """A process. `fds` is None where they may not be read (and a zombie has none)."""

    pid: int
    ppid: int
    name: str
    state: str
    start: int  # clock ticks since boot: with the pid, an identity
    argv: tuple[str, ...] = ()
    threads: tuple[Thread, ...] = ()
    fds: tuple[Descriptor, ...] | None = None
    status: int | None = None  # of a zombie, as wait(2) will tell it

    @property
    def zombie(self) -> bool:
        """Ended, and nobody has asked how. A main thread that has ended before others is no such thing."""
        return self.state == "Z" and all(thread.state in "ZX" for thread in self.threads)

    @property
    def command(self) -> str:
        """What it was started as; a zombie has only its name left."""
        return " ".join(self.argv) or self.name


def own(process: Process) -> bool:
    """Proclab's own: the container's init, the parent of a user's program, the conductor of a guided run."""
    return (process.pid == 1 and "init" in process.name) or any(word.startswith(OURS) for word in process.argv[:4])


@dataclass(frozen=True)
class Inet:
    """A TCP or UDP socket of the kernel's table."""

    inode: int
    kind: str
    state: int
    local: str
    remote: str


@dataclass(frozen=True)
class Unix:
    """A Unix socket of the kernel's table."""

    inode: int
    path: str = ""
    peer: int = 0
    listens: bool = False


@dataclass(frozen=True)
class Sample:
    """One container at one moment."""

    box: str
    t: int  # nanoseconds since the epoch
    machine: str
    processes: tuple[Process, ...]
    inet: tuple[Inet, ...] = ()
    unix: tuple[Unix, ...] = ()


def numbers(mask: int) -> frozenset[int]:
    """The signals of a mask of /proc/PID/status.

    >>> sorted(numbers(0x4002))
    [2, 15]
    """
    return frozenset(bit + 1 for bit in range(mask.bit_length()) if mask >> bit & 1)


def parse(line: str) -> Sample:
    """A line of the sampler's."""
    try:
        fact = json.loads(line)
        if fact["v"] != VERSION:
            raise ProtocolError(f"a sample of version {fact['v']}; this proclab knows {VERSION}")
        return Sample(
            box=printable(str(fact["box"])),
            t=int(fact["t"]),
            machine=str(fact.get("machine", "")),
            processes=tuple(p for p in map(_process, fact["procs"]) if not _looks(p)),
            inet=tuple(map(_inet, fact.get("inet", ()))),
            unix=tuple(map(_unix, fact.get("unix", ()))),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ProtocolError(f"this is no sample of /proc: {printable(line[:60])!r} ({error})") from error


def _looks(process: Process) -> bool:
    """Another look at the same container."""
    return process.argv[2:3] == (OURS + "look.py",)


def _process(fact: dict[str, Any]) -> Process:
    fds = fact.get("fds")
    return Process(
        pid=int(fact["pid"]),
        ppid=int(fact["ppid"]),
        name=printable(fact["name"]),
        state=_letter(fact["state"]),
        start=int(fact.get("start", 0)),
        argv=tuple(printable(word).replace("\n", "\\n") for word in fact.get("argv", ())),
        threads=tuple(map(_thread, fact.get("threads", ()))),
        fds=None if fds is None else tuple(map(_descriptor, fds)),
        status=None if fact.get("exit") is None else int(fact["exit"]),
    )


def _letter(state: Any) -> str:
    return printable(str(state))[:1]


def _thread(fact: dict[str, Any]) -> Thread:
    mask = {name: numbers(int(fact.get(name, 0))) for name in ("pending", "shared", "blocked", "ignored", "caught")}
    signals = Signals(mask["pending"] | mask["shared"], mask["blocked"], mask["ignored"], mask["caught"] - LIBRARYS)
    return Thread(
        tid=int(fact["tid"]),
        name=printable(fact["name"]),
        state=_letter(fact["state"]),
        signals=signals,
        syscall=tuple(int(word) for word in fact.get("syscall", ())),
        wchan=printable(fact.get("wchan", "")),
        tracer=int(fact.get("tracer", 0)),
        switches=None if fact.get("switches") is None else int(fact["switches"]),
    )


def _descriptor(fact: dict[str, Any]) -> Descriptor:
    link = printable(fact["link"]).replace("\n", "\\n")
    flags = fact.get("flags")
    mode = 3 if flags is None else int(flags) & 3
    return Descriptor(
        fd=int(fact["fd"]),
        link=link,
        way=_WAYS[mode] if mode < 3 else None,
        key=_key(link, fact),
        cloexec=bool((flags or 0) & O_CLOEXEC),
        nonblock=bool((flags or 0) & O_NONBLOCK),
    )


def _key(link: str, fact: dict[str, Any]) -> str:
    if link.startswith("/"):
        return f"fifo:[{fact['dev']}:{fact['ino']}]" if fact.get("type") == stat.S_IFIFO else ""
    kind, _, number = link.partition(":")
    if kind in ("pipe", "socket") and number[1:-1].isdecimal():
        return f"{kind}:[{int(number[1:-1])}]"
    return ""


def _inet(fact: dict[str, Any]) -> Inet:
    local, remote = printable(fact["local"]), printable(fact["remote"])
    return Inet(int(fact["ino"]), printable(fact["kind"]), int(fact["state"]), local, remote)


def _unix(fact: dict[str, Any]) -> Unix:
    path = printable(fact.get("path", "")).replace("\n", "\\n")
    return Unix(int(fact["ino"]), path, int(fact.get("peer", 0)), bool(fact.get("listens")))
