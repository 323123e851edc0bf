"""Samples of /proc (docker/guest/look.py) as values. Sampled: what began and ended between two of them is not seen.

Pure. What comes from a container is not trusted: a line that is no sample raises ProtocolError, every string becomes
printable.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass, replace
from typing import Any, Literal

from proclab import peer
from proclab.errors import ProtocolError
from proclab.peer import string, whole
from proclab.text import LIBRARYS_NUMBERS

VERSION = 1
Way = Literal["read", "write", "both"]
_WAYS: tuple[Way, Way, Way] = ("read", "write", "both")  # O_RDONLY, O_WRONLY, O_RDWR
O_CLOEXEC = 0o2000000
O_NONBLOCK = 0o4000
OURS = "/usr/lib/proclab/"
RECORDING = "/tmp/proclab-recording/"  # docker/guest/record.py keeps it there
# A sample's bounds: of what a kernel can tell, and of what a picture bears. compose.yaml allows a container 256 tasks.
PIDS = (1 << 31) - 1
WORD = (1 << 64) - 1  # a register, an inode, a set of signals
PROCESSES, THREADS, FDS, ARGUMENTS, SOCKETS = 1024, 1024, 1 << 16, 1 << 12, 1 << 16
DEEP = 300  # generations


@dataclass(frozen=True)
class Signals:
    """Sets of signals, by number."""

    pending: frozenset[int] = frozenset()
    blocked: frozenset[int] = frozenset()
    ignored: frozenset[int] = frozenset()
    caught: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Thread:
    """A thread: its state (one letter, proc_pid_stat(5)), and the system call it is in, where that may be read."""

    tid: int
    name: str
    state: str
    signals: Signals = Signals()
    syscall: tuple[int, ...] = ()  # number, arguments
    wchan: str = ""
    tracer: int = 0
    switches: int | None = None  # how often it has left a processor; None: not in the sample


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
    def short(self) -> str:
        """Its name in one word: of a Python program the script's."""
        words = [word for word in self.argv if not word.startswith("-")]
        if words and words[0].rpartition("/")[2].startswith("python"):
            scripts = [word for word in words[1:] if word.endswith(".py")]
            return (scripts[:1] or words)[0].rpartition("/")[2].removesuffix(".py")
        return words[0].rpartition("/")[2] if words else self.name

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


def quiet(sample: Sample) -> Sample:
    """Without proclab's own processes: the picture is of the student's."""
    return replace(sample, processes=tuple(process for process in sample.processes if not _ours(process)))


def _ours(process: Process) -> bool:
    """Also the recorder, and what is about to become the program that `docker exec` starts."""
    recorder = process.name == "strace" and any(word.startswith(RECORDING) for word in process.argv)
    return own(process) or recorder or process.argv[:2] == ("runc", "init")


def numbers(mask: int) -> frozenset[int]:
    """The signals of a mask of /proc/PID/status.

    >>> sorted(numbers(0x4002))
    [2, 15]
    """
    return frozenset(bit + 1 for bit in range(mask.bit_length()) if mask >> bit & 1)


def parse(line: str) -> Sample:
    """A line of the sampler's."""
    fact = peer.mapping(line)
    if fact.get("v") != VERSION:
        raise ProtocolError(f"a sample of version {peer.shown(fact.get('v'))}; this proclab knows {VERSION}")
    processes = tuple(p for p in map(_process, _some(fact.get("procs"), PROCESSES)) if not _looks(p))
    _family(processes)
    return Sample(
        box=string(fact.get("box")),
        t=whole(fact.get("t")),
        machine=string(fact.get("machine", "")),
        processes=processes,
        inet=tuple(map(_inet, _some(fact.get("inet", []), SOCKETS))),
        unix=tuple(map(_unix, _some(fact.get("unix", []), SOCKETS))),
    )


def _some(value: Any, most: int) -> list[dict[str, Any]]:
    """A list of objects."""
    found = peer.members(value, most)
    if not all(isinstance(each, dict) for each in found):
        raise ProtocolError("this is no list of objects")
    return found


def _family(processes: tuple[Process, ...]) -> None:
    """Each pid once, and no one his own forefather: a tree can be drawn."""
    parents = {process.pid: process.ppid for process in processes}
    if len(parents) < len(processes):
        raise ProtocolError("a sample with two processes of one pid")
    for process in processes:
        above, depth = process.ppid, 0
        while above in parents:
            above, depth = parents[above], depth + 1
            if depth > DEEP:
                raise ProtocolError("a sample whose processes make no tree")


def _looks(process: Process) -> bool:
    """Another look at the same container."""
    return process.argv[2:3] == (OURS + "look.py",)


def _process(fact: dict[str, Any]) -> Process:
    fds = fact.get("fds")
    return Process(
        pid=whole(fact.get("pid"), 1, PIDS),
        ppid=whole(fact.get("ppid"), 0, PIDS),
        name=string(fact.get("name")),
        state=_letter(fact),
        start=whole(fact.get("start", 0)),
        argv=tuple(map(string, peer.members(fact.get("argv", []), ARGUMENTS))),
        threads=tuple(map(_thread, _some(fact.get("threads", []), THREADS))),
        fds=None if fds is None else tuple(map(_descriptor, _some(fds, FDS))),
        status=None if fact.get("exit") is None else whole(fact["exit"], 0, PIDS),
    )


def _letter(fact: dict[str, Any]) -> str:
    return string(fact.get("state"))[:1]


def _thread(fact: dict[str, Any]) -> Thread:
    names = ("pending", "shared", "blocked", "ignored", "caught")
    mask = {name: numbers(whole(fact.get(name, 0), 0, WORD)) for name in names}
    signals = Signals(
        mask["pending"] | mask["shared"], mask["blocked"], mask["ignored"], mask["caught"] - LIBRARYS_NUMBERS
    )
    return Thread(
        tid=whole(fact.get("tid"), 1, PIDS),
        name=string(fact.get("name")),
        state=_letter(fact),
        signals=signals,
        syscall=tuple(whole(word, -1, WORD) for word in peer.members(fact.get("syscall", []), 9)),
        wchan=string(fact.get("wchan", "")),
        tracer=whole(fact.get("tracer", 0), 0, PIDS),
        switches=None if fact.get("switches") is None else whole(fact["switches"]),
    )


def _descriptor(fact: dict[str, Any]) -> Descriptor:
    link = string(fact.get("link"))
    flags = None if fact.get("flags") is None else whole(fact["flags"], 0, WORD)
    mode = 3 if flags is None else flags & 3
    return Descriptor(
        fd=whole(fact.get("fd"), 0, PIDS),
        link=link,
        way=_WAYS[mode] if mode < 3 else None,
        key=_key(link, fact),
        cloexec=bool((flags or 0) & O_CLOEXEC),
        nonblock=bool((flags or 0) & O_NONBLOCK),
    )


def _key(link: str, fact: dict[str, Any]) -> str:
    if link.startswith("/"):
        if fact.get("type") != stat.S_IFIFO:
            return ""
        dev, ino = (whole(fact.get(name), 0, WORD) for name in ("dev", "ino"))
        return f"fifo:[{dev}:{ino}]"
    kind, _, number = link.partition(":")
    if kind in ("pipe", "socket") and number[1:-1].isdecimal() and len(number) < 23:
        return f"{kind}:[{int(number[1:-1])}]"
    return ""


def _inet(fact: dict[str, Any]) -> Inet:
    local, remote = string(fact.get("local")), string(fact.get("remote"))
    state = whole(fact.get("state"), 0, PIDS)
    return Inet(whole(fact.get("ino"), 0, WORD), string(fact.get("kind")), state, local, remote)


def _unix(fact: dict[str, Any]) -> Unix:
    ino, peers = whole(fact.get("ino"), 0, WORD), whole(fact.get("peer", 0), 0, WORD)
    return Unix(ino, string(fact.get("path", "")), peers, bool(fact.get("listens")))
