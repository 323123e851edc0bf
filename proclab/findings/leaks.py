"""Findings about descriptors that should be closed: leaked by an exec, ever more of them, a FIFO left open."""

from __future__ import annotations

import os.path
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from proclab.events import Block, Dup, Event, Exec, Exit, FdFlags, Killed, Line, Other, Run, Task
from proclab.findings.finding import Finding, Watch
from proclab.state.box import Box, State
from proclab.state.records import End, Entry, Object

MANY = 10  # descriptors from one place in the program, none of them closed
MAKERS = ("open", "pipe", "socket", "socketpair", "dup", "accept", "read")
FIRST_FD = re.compile(r"\w+\((\d+)")
SHELLS = ("sh", "dash", "bash", "ksh", "zsh", "busybox")
ENTRUSTED = re.compile(r"epoll_ctl\(\d+, EPOLL_CTL_ADD, (\d+)")  # events will come from it


@dataclass(frozen=True, kw_only=True)
class LeakedIntoExec(Finding):
    """A descriptor has survived exec(2), and the new program never did anything with it.

    Not one that was passed on purpose: which the process itself has made inheritable, or put at a number of its choice,
    or which a shell has opened (`exec 3> file`: what it has for itself it closes on exec).
    """

    kind: ClassVar[str] = "fd_leak_exec"
    proc: Task
    fd: int
    thing: Object
    program: str

    @property
    def accuses(self) -> bool:
        return True


@dataclass(frozen=True, kw_only=True)
class FdLeak(Finding):
    """A process has opened descriptors at one place again and again, and neither used them any more nor closed them."""

    kind: ClassVar[str] = "fd_leak"
    passing: ClassVar[frozenset[str]] = Finding.passing | {"count", "closed"}
    proc: Task
    count: int
    closed: int
    call: str

    @property
    def accuses(self) -> bool:
        return True


@dataclass(frozen=True, kw_only=True)
class OpenFifo(Finding):
    """A process ended without having closed a FIFO that it had opened."""

    kind: ClassVar[str] = "open_fifo"
    proc: Task
    fd: int
    thing: Object


@dataclass(frozen=True)
class Source:
    """Where in the program a descriptor comes from."""

    proc: Task
    call: str
    line: Line | None


class Leaks(Watch):
    """Looks at what is open when a program is replaced or over."""

    before = (Exec, Exit, Killed)
    after = (Event,)

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.leaked: dict[tuple[Task, int], tuple[str, Task | None, LeakedIntoExec]] = {}
        self.sources: dict[int, Source] = {}  # seq of the making event →
        self.made: Counter[Source] = Counter()
        self.meant: set[tuple[Task, int]] = set()  # descriptors that the process itself has made inheritable
        self.placed: set[int] = set()  # seq of dup2(2) to a number of the program's choice
        self.used: dict[str, int] = {}  # open file description → seq of its latest use
        self.entrusted: set[str] = set()  # open file descriptions that an epoll watches

    def look(self, box: Box, event: Event) -> None:
        if isinstance(event, Exec) and event.error:
            return
        self._leaks_over(event.proc)
        entries = box.fds(event.proc)
        closed = event.closed if isinstance(event, Exec) else ()
        shell = os.path.basename(box.processes[event.proc].path) in SHELLS if event.proc in box.processes else False
        if isinstance(event, Exec) and not shell:
            for fd, entry in sorted(entries.items()):
                meant = (event.proc, fd) in self.meant or entry.made in self.placed
                if fd > 2 and fd not in closed and entry.maker is not None and entry.own and not meant:
                    self._survives(box, event, fd, entry)
        elif not isinstance(event, Exec):
            self._grown(box, event.proc, event.seq)
        if isinstance(event, Exit):
            for fd, entry in sorted(entries.items()):
                if box.object_of(entry).what == "fifo" and self._mine(box, event.proc, entry):
                    self.findings.append(
                        OpenFifo(
                            seq=event.seq,
                            box=box.name,
                            line=event.line,
                            proc=event.proc,
                            fd=fd,
                            thing=box.object_of(entry),
                        )
                    )

    def _survives(self, box: Box, event: Exec, fd: int, entry: Entry) -> None:
        program = os.path.basename(event.path) or (event.argv or ("?",))[0]
        finding = LeakedIntoExec(
            seq=event.seq,
            box=box.name,
            line=event.line,
            proc=event.proc,
            fd=fd,
            thing=box.object_of(entry),
            program=program,
        )
        self.leaked[event.proc, fd] = entry.of, entry.maker, finding

    @staticmethod
    def _mine(box: Box, proc: Task, entry: Entry) -> bool:
        return entry.own and entry.maker in box.threads and box.threads[entry.maker].proc == proc

    def see(self, box: Box, event: Event) -> None:
        self._use(box, event)
        for fd in made_by(event) if event.kind in MAKERS else ():
            self.meant.discard((event.proc, fd))
            source = Source(event.proc, getattr(event, "call", "") or event.kind, event.line)
            self.sources[event.seq] = source
            self.made[source] += fd > 2
        if self.leaked and not isinstance(event, Exec):
            for key, (of, maker, _) in list(self.leaked.items()):
                proc, fd = key
                if (event.proc == proc and fd in used_by(event)) or (
                    getattr(event, "of", "") == of != "" and event.task != maker
                ):
                    del self.leaked[key]

    def _use(self, box: Box, event: Event) -> None:
        """What is made inheritable, and what is used."""
        if isinstance(event, FdFlags) and event.cloexec is not None:
            (self.meant.discard if event.cloexec else self.meant.add)((event.proc, event.fd))
        elif isinstance(event, Dup) and event.call in ("dup2", "dup3") and event.to:
            self.placed.add(event.seq)
        elif isinstance(event, Other) and "F_GETFD" in event.text:
            self.meant.update((event.proc, fd) for fd in used_by(event))  # it has made sure
        if of := getattr(event, "of", ""):
            self.used[of] = event.seq
        elif isinstance(event, Block | Run | Other):
            table = box.fds(event.proc)
            known = [table[fd].of for fd in used_by(event) if fd in table]
            self.used.update(dict.fromkeys(known, event.seq))
            if isinstance(event, Other) and ENTRUSTED.match(event.text):
                self.entrusted.update(known)

    def _leaks_over(self, proc: Task) -> None:
        for key in [key for key in self.leaked if key[0] == proc]:
            self.findings.append(self.leaked.pop(key)[2])

    def _grown(self, box: Box, proc: Task, until: int | None) -> None:
        left: dict[Source, list[Entry]] = {}
        for fd, entry in box.fds(proc).items():
            if fd > 2 and self._mine(box, proc, entry) and entry.made in self.sources:
                left.setdefault(self.sources[entry.made], []).append(entry)
        for source, entries in left.items():
            entries.sort(key=lambda entry: entry.made)
            count, closed = len(entries), max(0, self.made[source] - len(entries))
            if count - self._kept(box, proc, entries) >= MANY and closed < count:
                self.findings.append(
                    FdLeak(
                        seq=entries[0].made,
                        until=until,
                        box=box.name,
                        line=source.line,
                        proc=proc,
                        count=count,
                        closed=closed,
                        call=source.call,
                    )
                )

    def _kept(self, box: Box, proc: Task, entries: list[Entry]) -> int:
        """How many of them aren't forgotten: used after the next one was made, watched, or open on the other side."""
        last = entries[-1].made
        ends = [*(after.made for _, after in pairwise(entries)), last]
        return sum(
            self.used.get(one.of, 0) > end or one.of in self.entrusted or connected(box, proc, one)
            for one, end in zip(entries, ends, strict=True)
        )

    def finish(self, box: Box) -> None:
        for process in box.living():
            self._grown(box, process.task, None)
        self.findings += [finding for _, _, finding in self.leaked.values()]


def connected(box: Box, proc: Task, entry: Entry) -> bool:
    """Whether another process holds the other side of a socket, or the other end of a pipe."""
    thing = box.object_of(entry)
    if thing.what == "socket":
        return bool(thing.peer) and (bool(thing.peer_box) or bool(set(box.holding(thing.peer, "write")) - {proc}))
    description = box.descriptions.get(entry.of)
    other: End = "read" if description is not None and description.writes else "write"
    return thing.what == "pipe" and bool(set(box.holding(thing.id, other)) - {proc})


def made_by(event: Event) -> Iterator[int]:
    """The descriptors that an event makes in its process."""
    for name in ("fd", "read", "write", "a", "b", "to", "new"):
        made = getattr(event, name, None)
        if made is not None and hasattr(made, "fd"):
            yield made.fd
    if event.kind == "read":
        yield from (made.fd for made in getattr(event, "fds", ()))


def used_by(event: Event) -> tuple[int, ...]:
    """The descriptors of its process that an event does something with."""
    if isinstance(event, Block):
        return event.fds
    if isinstance(event, Run):
        return event.ready
    if isinstance(event, Other):
        found = ENTRUSTED.match(event.text) or FIRST_FD.match(event.text)
        return (int(found[1]),) if found else ()
    fd = getattr(event, "fd", None)
    return (fd,) if isinstance(fd, int) else ()
