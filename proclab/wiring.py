"""Who holds the other end: pipes, FIFOs, Unix and TCP sockets of all containers of a look, paired.

Pure. Inodes of pipes and sockets are unique in a kernel, so one table serves all containers; TCP addresses of the
loopback are each container's own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from proclab.procfs import Descriptor, Inet, Process, Sample, Unix, Way

TCP_STATES = {
    1: "connected", 2: "connecting", 3: "being connected", 4: "closing", 5: "closing", 6: "closed lately",
    7: "not connected", 8: "closed by the other side", 9: "closing", 10: "listens", 11: "closing",
}  # fmt: skip
ESTABLISHED, LISTEN = 1, 10
STANDARD = 2  # the highest of the standard descriptors


@dataclass(frozen=True)
class End:
    """A descriptor and whose it is."""

    box: str
    process: Process
    descriptor: Descriptor

    def named(self, box: str) -> str:
        """As seen from a process of `box`."""
        there = f"{self.box}/" if self.box != box else ""
        return f"{there}{self.process.pid} {short(self.process)} fd {self.descriptor.fd}"


def short(process: Process) -> str:
    """A process's name in one word: of a Python program the script's."""
    words = [word for word in process.argv if not word.startswith("-")]
    if words and words[0].rpartition("/")[2].startswith("python"):
        scripts = [word for word in words[1:] if word.endswith(".py")]
        return (scripts[:1] or words)[0].rpartition("/")[2].removesuffix(".py")
    return words[0].rpartition("/")[2] if words else process.name


class Wiring:
    """The ends of everything that connects processes, over all containers."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self.holders: defaultdict[str, list[End]] = defaultdict(list)
        self.inet: dict[int, tuple[str, Inet]] = {s.inode: (each.box, s) for each in samples for s in each.inet}
        self.unix: dict[int, Unix] = {s.inode: s for each in samples for s in each.unix}
        self.names: dict[str, str] = {}
        for end in _ends(samples):
            self.holders[end.descriptor.key].append(end)
            self._name(end.descriptor)
        self.by_address = {
            (_space(box, s), s.local, s.remote): s for box, s in self.inet.values() if s.kind == "tcp"
        }  # fmt: skip

    def _name(self, descriptor: Descriptor) -> None:
        kind = descriptor.key.partition(":")[0]
        if descriptor.key not in self.names:
            if kind == "fifo":
                self.names[descriptor.key] = f"FIFO {descriptor.link}"
            else:
                number = 1 + sum(name.startswith(f"{kind} ") for name in self.names.values())
                self.names[descriptor.key] = f"{kind} {number}"

    def name(self, descriptor: Descriptor) -> str:
        """What it leads to, in a few words."""
        if descriptor.key.startswith("socket:"):
            return self._socket_name(descriptor)
        return self.names.get(descriptor.key, descriptor.link)

    def _socket_name(self, descriptor: Descriptor) -> str:
        if descriptor.inode in self.inet:
            _, inet = self.inet[descriptor.inode]
            words = TCP_STATES.get(inet.state, f"state {inet.state}") if inet.kind == "tcp" else ""
            if inet.state == LISTEN and inet.kind == "tcp":
                return f"TCP socket, listens at {inet.local}"
            return f"{inet.kind.upper()} socket {inet.local} ⇄ {inet.remote}{', ' + words if words else ''}"
        if descriptor.inode in self.unix:
            unix = self.unix[descriptor.inode]
            words = "Unix socket, listens at" if unix.listens else "Unix socket"
            return f"{words} {unix.path}" if unix.path else words
        return self.names[descriptor.key]

    # ------------------------------------------------------------ the other side

    def others(self, descriptor: Descriptor) -> list[End]:
        """Who holds the other end: of a pipe whoever writes what is read here, and the other way round."""
        if descriptor.key.startswith("socket:"):
            return self.holders.get(f"socket:[{self.peer(descriptor.inode)}]", [])
        ways: dict[Way | None, tuple[Way, ...]] = {"read": ("write", "both"), "write": ("read", "both")}
        wanted = ways.get(descriptor.way, ("read", "write", "both"))
        return [end for end in self.holders[descriptor.key] if end.descriptor.way in wanted] if descriptor.key else []

    def peer(self, inode: int) -> int:
        """The inode of the socket at the other side of a connection; 0: it is not in these samples."""
        if inode in self.unix:
            return self.unix[inode].peer
        if inode in self.inet:
            box, inet = self.inet[inode]
            other = self.by_address.get((_space(box, inet), inet.remote, inet.local))
            return other.inode if other else 0
        return 0

    def outside(self, descriptor: Descriptor) -> bool:
        """Docker holds the other end: it came as a standard descriptor of a process that was started from outside."""
        return any(
            end.process.ppid == 0 and end.descriptor.fd <= STANDARD for end in self.holders.get(descriptor.key, ())
        )

    def told(self, box: str, process: Process, descriptor: Descriptor) -> str:
        """The other end in words; empty for what has none."""
        if not descriptor.key or self._listens(descriptor):
            return ""
        others = self.others(descriptor)
        if not others:
            return self._nobody(descriptor)
        told = ", ".join(end.named(box) for end in others)
        mine = all(end.box == box and end.process.pid == process.pid for end in others)
        if descriptor.key.startswith("socket:"):
            return f"other end: {told}"
        if descriptor.way == "both":  # a FIFO only
            return f"held by {told}"
        if descriptor.way == "read":
            return f"written by {told}" + (" (only itself: it will never see the end of file)" if mine else "")
        return f"read by {told}" + (" (only itself)" if mine else "")

    def _listens(self, descriptor: Descriptor) -> bool:
        inet, unix = self.inet.get(descriptor.inode), self.unix.get(descriptor.inode)
        if inet:
            return inet[1].state == LISTEN or inet[1].kind != "tcp"
        return bool(unix and unix.listens)

    def _nobody(self, descriptor: Descriptor) -> str:
        if self.outside(descriptor):
            return "other end: outside the container"
        if descriptor.key.startswith("socket:"):
            inet = self.inet.get(descriptor.inode)
            return "other end: not in this look" if inet and inet[1].state == ESTABLISHED else "no other end"
        if descriptor.way == "read":
            return "written by nobody: end of file, once it is empty"
        return "read by nobody: a write brings SIGPIPE"


def _ends(samples: Iterable[Sample]) -> Iterator[End]:
    for sample in samples:
        for process in sample.processes:
            for descriptor in process.fds or ():
                if descriptor.key:
                    yield End(sample.box, process, descriptor)


def _space(box: str, inet: Inet) -> str:
    """Where an address means something: a loopback's in its own container only."""
    return box if inet.local.startswith(("127.", "[::1]")) else ""
