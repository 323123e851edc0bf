"""Who holds the other end: pipes, FIFOs, Unix and TCP sockets of all containers of a look, paired.

Pure. Inodes of pipes and sockets are unique in a kernel, so one table serves all containers; TCP addresses of the
loopback are each container's own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from proclab.live.lookwords import variant, word
from proclab.live.procfs import Descriptor, Inet, Process, Sample, Unix, Way

if TYPE_CHECKING:
    from proclab.state.fact import Lang

ESTABLISHED, LISTEN = 1, 10
CLOSING = {5: 4, 9: 4, 11: 4}  # states of which one word is enough
STANDARD = 2  # the highest of the standard descriptors
NAMED = 4  # ends of a line


@dataclass(frozen=True)
class End:
    """A descriptor and whose it is."""

    box: str
    process: Process
    descriptor: Descriptor

    def named(self, box: str, brief: bool = False) -> str:
        """As seen from a process of `box`; `brief`: by the pid alone."""
        there = f"{self.box}/" if self.box != box else ""
        return f"{there}{self.process.pid}{'' if brief else f' {short(self.process)}'} fd {self.descriptor.fd}"


def short(process: Process) -> str:
    """A process's name in one word: of a Python program the script's."""
    words = [word for word in process.argv if not word.startswith("-")]
    if words and words[0].rpartition("/")[2].startswith("python"):
        scripts = [word for word in words[1:] if word.endswith(".py")]
        return (scripts[:1] or words)[0].rpartition("/")[2].removesuffix(".py")
    return words[0].rpartition("/")[2] if words else process.name


class Names:
    """What pipes, FIFOs and sockets are called, by key; from one look to the next the same is called the same."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.numbers: Counter[str] = Counter()

    def give(self, descriptor: Descriptor) -> None:
        """A name for what has none yet: `pipe1`, as in a recording; a FIFO has its path."""
        kind = descriptor.key.partition(":")[0]
        if descriptor.key not in self.names:
            self.numbers[kind] += 1
            fifo = f"FIFO {descriptor.link}"
            self.names[descriptor.key] = fifo if kind == "fifo" else f"{kind}{self.numbers[kind]}"

    def keep(self, keys: Container[str]) -> None:
        """Forgets all others."""
        self.names = {key: name for key, name in self.names.items() if key in keys}

    def of(self, descriptor: Descriptor) -> str:
        """The name, or what the link says."""
        return self.names.get(descriptor.key, descriptor.link)


class Wiring:
    """The ends of everything that connects processes, over all containers; told in one language."""

    def __init__(self, samples: Sequence[Sample], lang: Lang = "en", names: Names | None = None) -> None:
        self.lang, self.names = lang, names or Names()
        self.holders: defaultdict[str, list[End]] = defaultdict(list)
        self.inet: dict[int, tuple[str, Inet]] = {s.inode: (each.box, s) for each in samples for s in each.inet}
        self.unix: dict[int, Unix] = {s.inode: s for each in samples for s in each.unix}
        for end in _ends(samples):
            self.holders[end.descriptor.key].append(end)
        for ends in list(self.holders.values()):
            if not self.outside(ends[0].descriptor):
                self.names.give(ends[0].descriptor)
        self.by_address = {
            (_space(box, s), s.local, s.remote): s for box, s in self.inet.values() if s.kind == "tcp"
        }  # fmt: skip

    def word(self, key: str, **args: object) -> str:
        """Words in the language of this picture."""
        return word(key, self.lang, **args)

    def name(self, descriptor: Descriptor) -> str:
        """What it leads to, in a few words."""
        if descriptor.key.startswith("socket:"):
            return self._socket_name(descriptor)
        if descriptor.key.startswith("pipe:") and self.outside(descriptor):
            return self.word("docker")
        return self.names.of(descriptor)

    def _socket_name(self, descriptor: Descriptor) -> str:
        if descriptor.inode in self.inet:
            _, inet = self.inet[descriptor.inode]
            if inet.kind != "tcp":
                return self.word("inet", kind=inet.kind.upper(), local=inet.local, remote=inet.remote, state="")
            if inet.state == LISTEN:
                return self.word("tcp.listen", local=inet.local)
            state = variant("tcp", CLOSING.get(inet.state, inet.state), self.lang, number=inet.state)
            return self.word("inet", kind="TCP", local=inet.local, remote=inet.remote, state=f", {state}")
        if descriptor.inode in self.unix:
            unix = self.unix[descriptor.inode]
            return self.word("unix.listen" if unix.listens else "unix", path=f" {unix.path}" if unix.path else "")
        return self.names.of(descriptor)

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

    def told(self, box: str, process: Process, descriptor: Descriptor, brief: bool = False) -> str:
        """The other end in words; empty for what has none, and for what leads out of the container."""
        if not descriptor.key or self._listens(descriptor):
            return ""
        others = self.others(descriptor)
        if not others:
            return "" if self.outside(descriptor) else self._nobody(descriptor)
        who = self._named(box, others, brief)
        if descriptor.key.startswith("socket:"):
            return self.word("other", who=who)
        if descriptor.way == "both":  # a FIFO only
            return self.word("held", who=who)
        mine = all(end.box == box and end.process.pid == process.pid for end in others)
        said = self.word("written" if descriptor.way == "read" else "read", who=who)
        return said + (self.word("itself") if mine else "")

    def _named(self, box: str, ends: Sequence[End], brief: bool) -> str:
        named = [end.named(box, brief) for end in ends[: NAMED if len(ends) > NAMED + 1 else None]]
        left = len(ends) - len(named)
        return ", ".join([*named, *([self.word("more", count=left)] if left else [])])

    def _listens(self, descriptor: Descriptor) -> bool:
        inet, unix = self.inet.get(descriptor.inode), self.unix.get(descriptor.inode)
        if inet:
            return inet[1].state == LISTEN or inet[1].kind != "tcp"
        return bool(unix and unix.listens)

    def _nobody(self, descriptor: Descriptor) -> str:
        if descriptor.key.startswith("socket:"):
            inet = self.inet.get(descriptor.inode)
            return self.word("other.unseen" if inet and inet[1].state == ESTABLISHED else "other.none")
        return self.word("written.none" if descriptor.way == "read" else "read.none")


def _ends(samples: Iterable[Sample]) -> Iterator[End]:
    for sample in samples:
        for process in sample.processes:
            for descriptor in process.fds or ():
                if descriptor.key:
                    yield End(sample.box, process, descriptor)


def _space(box: str, inet: Inet) -> str:
    """Where an address means something: a loopback's in its own container only."""
    return box if inet.local.startswith(("127.", "[::1]")) else ""
