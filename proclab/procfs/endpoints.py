"""Who holds the other end: pipes, FIFOs, Unix and TCP sockets of all containers of a look, paired.

Pure. Inodes of pipes and sockets are unique in a kernel, so one table serves all containers; TCP addresses of the
loopback are each container's own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from proclab.procfs.sample import Descriptor, Inet, Process, Sample, Unix, Way

ESTABLISHED, LISTEN = 1, 10
STANDARD = 2  # the highest of the standard descriptors


@dataclass(frozen=True)
class End:
    """A descriptor and whose it is."""

    box: str
    process: Process
    descriptor: Descriptor


class Endpoints:
    """The ends of everything that connects processes, over all containers."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self.holders: defaultdict[str, list[End]] = defaultdict(list)
        self.inet: dict[int, tuple[str, Inet]] = {s.inode: (each.box, s) for each in samples for s in each.inet}
        self.unix: dict[int, Unix] = {s.inode: s for each in samples for s in each.unix}
        for end in _ends(samples):
            self.holders[end.descriptor.key].append(end)
        self.by_address = {(_space(box, s), s.local, s.remote): s for box, s in self.inet.values() if s.kind == "tcp"}

    def others(self, descriptor: Descriptor) -> list[End]:
        """The other end's holders: of a pipe those that write what is read here, and the other way round."""
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

    def listens(self, descriptor: Descriptor) -> bool:
        """A socket without another end: it listens, or is of a kind that is not connected."""
        if descriptor.inode in self.inet:
            _, inet = self.inet[descriptor.inode]
            return inet.state == LISTEN or inet.kind != "tcp"
        return descriptor.inode in self.unix and self.unix[descriptor.inode].listens


def _ends(samples: Iterable[Sample]) -> Iterator[End]:
    for sample in samples:
        for process in sample.processes:
            for descriptor in process.fds or ():
                if descriptor.key:
                    yield End(sample.box, process, descriptor)


def _space(box: str, inet: Inet) -> str:
    """Where an address means something: a loopback's in its own container only."""
    return box if inet.local.startswith(("127.", "[::1]")) else ""
