"""Facts about descriptors that should be closed: leaked into another program, ever more of them, a FIFO left open."""

from __future__ import annotations

import os.path
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from proclab.events import Block, Event, Exec, Exit, Killed, Line, Other, Run, Task
from proclab.state.box import Box, State
from proclab.state.fact import Fact, Watch, count_en, count_ru, process_en, process_ru, thing_en, thing_ru
from proclab.state.records import Entry, Object

MANY = 10  # descriptors from one place in the program, none of them closed
MAKERS = ("open", "pipe", "socket", "socketpair", "dup", "accept", "read")
FIRST_FD = re.compile(r"\w+\((\d+)")


@dataclass(frozen=True, kw_only=True)
class LeakedIntoExec(Fact):
    """A descriptor has survived exec(2), and the new program never did anything with it."""

    kind: ClassVar[str] = "fd_leak_exec"
    proc: Task
    fd: int
    thing: Object
    program: str

    @property
    def en(self) -> str:
        return (f"fd {self.fd} of {process_en(self.proc)} ({thing_en(self.thing)}) leaked into {self.program}: "
                "it was not closed on exec, and that program never used it")  # fmt: skip

    @property
    def ru(self) -> str:
        return (f"fd {self.fd} ({thing_ru(self.thing)}) при exec утёк в программу {self.program} "
                f"({process_ru(self.proc)}): "
                "дескриптор не закрыли, а ей он не понадобился")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class FdLeak(Fact):
    """A process has opened descriptors at one place again and again and not closed them."""

    kind: ClassVar[str] = "fd_leak"
    proc: Task
    count: int
    closed: int
    call: str

    @property
    def en(self) -> str:
        what = f"{count_en(self.count, 'descriptor', 'descriptors')} made by {self.call}"
        where = f" at {self.line}" if self.line else ""
        closed = f"{self.closed or 'none'} were closed"
        return f"{process_en(self.proc)} leaks descriptors: {what}{where} are still open, {closed}"

    @property
    def ru(self) -> str:
        what = count_ru(self.count, "дескриптор", "дескриптора", "дескрипторов")
        where = f" в {self.line}" if self.line else ""
        closed = f"закрыто {self.closed}" if self.closed else "ни один не закрыт"
        return f"{process_ru(self.proc)} теряет дескрипторы: остались открытыми {what} от {self.call}{where}, {closed}"


@dataclass(frozen=True, kw_only=True)
class OpenFifo(Fact):
    """A process ended without having closed a FIFO that it had opened."""

    kind: ClassVar[str] = "open_fifo"
    proc: Task
    fd: int
    thing: Object

    @property
    def en(self) -> str:
        fifo = f"{thing_en(self.thing)} (fd {self.fd})"
        return f"{process_en(self.proc)} ended without having closed {fifo}; the kernel did"

    @property
    def ru(self) -> str:
        return f"{process_ru(self.proc)} завершился, не закрыв {thing_ru(self.thing)} (fd {self.fd}): закрыло ядро"


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

    def look(self, box: Box, event: Event) -> None:
        if isinstance(event, Exec) and event.error:
            return
        self._leaks_over(event.proc)
        entries = box.fds(event.proc)
        closed = event.closed if isinstance(event, Exec) else ()
        if isinstance(event, Exec):
            for fd, entry in sorted(entries.items()):
                if fd > 2 and fd not in closed and entry.maker is not None and entry.own:
                    self._survives(box, event, fd, entry)
        else:
            self._grown(box, event.proc, event.seq)
        if isinstance(event, Exit):
            for fd, entry in sorted(entries.items()):
                if box.object_of(entry).what == "fifo" and self._mine(box, event.proc, entry):
                    self.facts.append(OpenFifo(seq=event.seq, box=box.name, line=event.line, proc=event.proc, fd=fd,
                                               thing=box.object_of(entry)))  # fmt: skip

    def _survives(self, box: Box, event: Exec, fd: int, entry: Entry) -> None:
        program = os.path.basename(event.path) or (event.argv or ("?",))[0]
        fact = LeakedIntoExec(seq=event.seq, box=box.name, line=event.line, proc=event.proc, fd=fd,
                              thing=box.object_of(entry), program=program)  # fmt: skip
        self.leaked[event.proc, fd] = entry.of, entry.maker, fact

    @staticmethod
    def _mine(box: Box, proc: Task, entry: Entry) -> bool:
        return entry.own and entry.maker in box.threads and box.threads[entry.maker].proc == proc

    def see(self, box: Box, event: Event) -> None:
        for fd in made_by(event) if event.kind in MAKERS else ():
            source = Source(event.proc, getattr(event, "call", "") or event.kind, event.line)
            self.sources[event.seq] = source
            self.made[source] += fd > 2
        if self.leaked and not isinstance(event, Exec):
            for key, (of, maker, _) in list(self.leaked.items()):
                proc, fd = key
                if (event.proc == proc and fd in used_by(event)) or (getattr(event, "of", "") == of != ""
                                                                     and event.task != maker):  # fmt: skip
                    del self.leaked[key]

    def _leaks_over(self, proc: Task) -> None:
        for key in [key for key in self.leaked if key[0] == proc]:
            self.facts.append(self.leaked.pop(key)[2])

    def _grown(self, box: Box, proc: Task, until: int | None) -> None:
        left: Counter[Source] = Counter()
        first: dict[Source, int] = {}
        for fd, entry in box.fds(proc).items():
            if fd > 2 and self._mine(box, proc, entry) and entry.made in self.sources:
                source = self.sources[entry.made]
                left[source] += 1
                first[source] = min(first.get(source, entry.made), entry.made)
        for source, count in left.items():
            closed = max(0, self.made[source] - count)
            if count >= MANY and closed < count:
                self.facts.append(FdLeak(seq=first[source], until=until, box=box.name, line=source.line, proc=proc,
                                         count=count, closed=closed, call=source.call))  # fmt: skip

    def finish(self, box: Box) -> None:
        for process in box.living():
            self._grown(box, process.task, None)
        self.facts += [fact for _, _, fact in self.leaked.values()]


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
        found = FIRST_FD.match(event.text)
        return (int(found[1]),) if found else ()
    fd = getattr(event, "fd", None)
    return (fd,) if isinstance(fd, int) else ()
