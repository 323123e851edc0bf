"""What sampled descriptors lead to, by the names of docs/events.md: `pipe1`, `sock2`, `fifo:/work/f`, `file:/work/a`.

Pure. Inodes of pipes and sockets are unique in a kernel, so one `Objects` serves all containers of a look, and the
peer of a socket has the name that it has in its own container. The terminal's picture and the live page number alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from proclab.events import What
from proclab.procfs.endpoints import LISTEN, Endpoints
from proclab.procfs.sample import Descriptor, Sample, own

FLAGS: Mapping[str | None, str] = {"read": "O_RDONLY", "write": "O_WRONLY", "both": "O_RDWR", None: ""}
ANONYMOUS: Mapping[str, What] = {
    "anon_inode:[eventpoll]": "epoll",
    "anon_inode:[eventfd]": "eventfd",
    "anon_inode:[pidfd]": "pidfd",
}
NUMBERED = {"pipe": "pipe", "socket": "sock"}


def what(descriptor: Descriptor) -> What:
    """The kind of thing a descriptor leads to."""
    kind, link = descriptor.key.partition(":")[0], descriptor.link
    if kind in ("pipe", "fifo", "socket"):
        return "pipe" if kind == "pipe" else "fifo" if kind == "fifo" else "socket"
    if link.startswith(("/dev/pts/", "/dev/tty", "/dev/console")):
        return "tty"
    if link.startswith("/memfd:"):
        return "memfd"
    return "device" if link.startswith("/dev/") else ANONYMOUS.get(link, "file" if link.startswith("/") else "other")


class Objects:
    """Names for what was seen so far, and both ends of what is seen now."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.counts: Counter[str] = Counter()
        self.endpoints = Endpoints(())

    def look(self, samples: Sequence[Sample]) -> None:
        """The latest sample of every container. What connects their programs is numbered in their order."""
        self.endpoints = Endpoints(samples)
        for ends in self.endpoints.holders.values():
            first = next((end for end in ends if not own(end.process)), None)
            if first and not self.endpoints.outside(first.descriptor):
                self.name(first.descriptor)

    def forget(self) -> None:
        """Names are kept of what connects processes now, and of nothing else."""
        self.names = {key: name for key, name in self.names.items() if key in self.endpoints.holders}

    def name(self, descriptor: Descriptor) -> str:
        """A pipe or socket has the number in which it was first met; what has a path goes by its path."""
        key, kind = descriptor.key or descriptor.link, what(descriptor)
        if key not in self.names:
            self.names[key] = self._new(NUMBERED.get(kind, ""), f"{kind}:{descriptor.link}")
        return self.names[key]

    def _new(self, numbered: str, path: str) -> str:
        self.counts[numbered] += 1
        return f"{numbered}{self.counts[numbered]}" if numbered else path

    def facts(self, descriptor: Descriptor) -> dict[str, Any]:
        """The fields of an Inherit event that the descriptor's object decides."""
        flags = FLAGS[descriptor.way]
        for name, is_set in (("O_CLOEXEC", descriptor.cloexec), ("O_NONBLOCK", descriptor.nonblock)):
            flags += f"|{name}" if is_set else ""
        return {
            "what": what(descriptor),
            "path": descriptor.link if descriptor.link.startswith("/") else "",
            "flags": flags,
            "outside": not descriptor.key or self.endpoints.outside(descriptor),
            **(self.socket(descriptor) if descriptor.key.startswith("socket:") else {}),
        }

    def socket(self, descriptor: Descriptor) -> dict[str, Any]:
        """What is known of a socket now: its addresses, whether it listens, its peer's name once that was met too."""
        if listed := self.endpoints.inet.get(descriptor.inode):
            inet = listed[1]
            listening = inet.kind == "tcp" and inet.state == LISTEN
            ends = {"local": inet.local, "addr": inet.local if listening else inet.remote}
        else:
            unix = self.endpoints.unix.get(descriptor.inode)
            listening = bool(unix and unix.listens)
            ends = {"addr": unix.path} if unix else {}
        peer = self.names.get(f"socket:[{self.endpoints.peer(descriptor.inode)}]", "")
        return {**ends, "listening": listening, "peer": peer}
