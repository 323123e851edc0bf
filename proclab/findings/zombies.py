"""Findings of life: zombies, children nobody reaped, orphans, threads that main left behind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from proclab.events import Block, Event, Exec, Exit, Fork, Killed, Orphan, Other, Start, Task, ThreadExit, Wait
from proclab.findings.finding import Finding, Watch
from proclab.state.box import Box, State
from proclab.state.records import Process


@dataclass(frozen=True, kw_only=True)
class WasZombie(Finding):
    """A process had ended while its parent waited for other things: a zombie, but no fault, for it was reaped."""

    kind: ClassVar[str] = "zombie"
    passing: ClassVar[frozenset[str]] = Finding.passing | {"ns"}
    proc: Task
    parent: Task
    ns: int


@dataclass(frozen=True, kw_only=True)
class Unreaped(Finding):
    """Nobody in the recording has waited for an ended process."""

    kind: ClassVar[str] = "unreaped"
    passing: ClassVar[frozenset[str]] = Finding.passing | {"ns"}
    proc: Task
    parent: Task
    ns: int
    parent_ended: bool
    parent_killed: bool = False  # … by a signal: it couldn't any more
    meant: bool = False  # of a process in between, as a daemon has it: whether the child lived longer is chance
    now: bool = False  # seen in a sample: nobody knows when it ended, and the end of a recording is not meant

    @property
    def accuses(self) -> bool:
        return self.parent_ended and not self.parent_killed and not self.meant


@dataclass(frozen=True, kw_only=True)
class Orphaned(Finding):
    """A process has outlived its parent."""

    kind: ClassVar[str] = "orphan"
    proc: Task
    parent: Task | None  # None: it was gone before anybody looked
    new: Task | None = None  # None: a process that is not in the recording, as a rule PID 1
    meant: bool = True  # of the program itself: it ended by itself, and nothing shows that the orphan was meant to be

    @property
    def accuses(self) -> bool:
        return not self.meant


@dataclass(frozen=True, kw_only=True)
class ThreadsLeft(Finding):
    """A process ended while it had other threads; they ended wherever they were."""

    kind: ClassVar[str] = "threads_left"
    proc: Task
    threads: tuple[Task, ...]


def hears_of_the_end(box: Box, child: Process) -> bool:
    """Whether a program reads from what its parent alone can write to: at the parent's end it sees end of file.

    multiprocessing's fork server and resource tracker know so that they are not needed any more.
    """
    maker = box.processes.get(child.maker) if child.maker else None
    if child.parent is None or maker is None or child.argv == maker.argv:
        return False
    for entry in box.fds(child.task).values():
        description, thing = box.descriptions.get(entry.of), box.object_of(entry)
        reads = description is not None and description.reads
        other = thing.id if thing.what in ("pipe", "fifo") else thing.peer
        if reads and other and set(box.holding(other, "write")) == {child.parent}:
            return True
    return False


class Lives(Watch):
    """Looks at ends, waits and orphans."""

    before = (Exit, Killed, Wait)
    after = (Exit, Killed, Wait, Orphan, ThreadExit, Exec, Block, Fork, Other, Start)

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.parents: dict[Task, Task] = {}  # of what is about to become an orphan, or unreaped
        self.zombies: list[Process] = []
        self.waited: int | None = None  # since when the waiter has stood still
        self.stood: dict[Task, int] = {}  # process → when it last stood still in something else
        self.swept: dict[Task, list[Task]] = {}  # process → threads that ended under it
        self.roots: set[Task] = set()  # programs that the recorder has started
        self.daemons: set[Task] = set()  # in sessions of their own
        self.helpers: set[Task] = set()  # programs that will see end of file when their parent ends

    def look(self, box: Box, event: Event) -> None:
        if isinstance(event, Wait):
            wait = box.waits.get(event.task)
            self.waited = wait.seq if wait and wait.seq == event.block else None
            return
        children = [box.processes[child] for child in box.children.get(event.proc, ())]
        self.zombies = [child for child in children if child.status == "zombie"]
        self.parents.update({child.task: event.proc for child in children if child.alive})
        self.helpers.update(child.task for child in children if child.alive and hears_of_the_end(box, child))
        self.swept.setdefault(event.proc, []).extend(
            task for task in box.members.get(event.proc, ()) if task not in (event.task, event.proc)
        )

    def see(self, box: Box, event: Event) -> None:
        if isinstance(event, Exit | Killed):
            self._ended(box, event)
        elif isinstance(event, Wait):
            self._reaped(box, event)
        elif isinstance(event, Orphan):
            self._adopted(event)
        elif isinstance(event, ThreadExit):
            if not event.called and event.task != event.proc:
                self.swept.setdefault(event.proc, []).append(event.task)
        elif isinstance(event, Start | Fork | Other):
            self._born(event)
        elif isinstance(event, Block):
            if event.on not in ("task", "lock") and event.own:
                self.stood[event.proc] = event.seq
        else:  # exec ends threads too, and that is its business
            self.swept.pop(event.proc, None)

    def _born(self, event: Start | Fork | Other) -> None:
        if isinstance(event, Start) and event.task == event.proc:
            self.roots.add(event.proc)
        elif isinstance(event, Fork) and event.child and event.proc in self.daemons:
            self.daemons.add(event.child)
        elif isinstance(event, Other) and event.call == "setsid" and not event.error:
            self.daemons.add(event.proc)

    def _ended(self, box: Box, event: Event) -> None:
        for zombie in sorted(self.zombies, key=lambda process: process.task):
            ns = event.t - (zombie.ended_at or event.t)
            self.findings.append(
                Unreaped(
                    seq=zombie.ended or 0,
                    until=event.seq,
                    box=box.name,
                    proc=zombie.task,
                    parent=event.proc,
                    ns=max(0, ns),
                    parent_ended=True,
                    parent_killed=isinstance(event, Killed),
                    meant=self._in_between(event.proc, zombie.task),
                )
            )
        for child, parent in sorted(self.parents.items()):
            if parent == event.proc:
                meant = isinstance(event, Killed) or self._in_between(parent, child)
                self.findings.append(Orphaned(seq=event.seq, box=box.name, proc=child, parent=parent, meant=meant))
        self.parents.clear()
        threads = tuple(sorted(set(self.swept.pop(event.proc, ()))))
        if threads and isinstance(event, Exit):
            self.findings.append(
                ThreadsLeft(seq=event.seq, box=box.name, line=event.line, proc=event.proc, threads=threads)
            )

    def _in_between(self, parent: Task, child: Task) -> bool:
        """Whether this parent may well end before its child does, or without having asked for its end: init does."""
        return parent not in self.roots or child in self.daemons | self.helpers

    def _reaped(self, box: Box, event: Wait) -> None:
        process = box.processes.get(event.child) if event.child else None
        if process is None or process.reaped != event.seq or process.ended is None or process.ended == event.seq:
            return
        if event.fault:  # a plan has held the wait up
            return
        ns = event.end - (process.ended_at or event.end)
        if self.stood.get(event.proc, -1) > process.ended and (self.waited is None or self.waited > process.ended):
            self.findings.append(
                WasZombie(
                    seq=process.ended,
                    until=event.seq,
                    box=box.name,
                    line=event.line,
                    proc=process.task,
                    parent=event.proc,
                    ns=max(0, ns),
                )
            )

    def _stands_elsewhere(self, box: Box, parent: Task, ended: int) -> bool:
        """Whether a parent has begun to wait for something else since its child's end, and isn't waiting for it."""
        waits = any(wait.proc == parent and wait.on == "task" for wait in box.waits.values())
        return not waits and self.stood.get(parent, -1) > ended

    def _adopted(self, event: Orphan) -> None:
        for place, finding in enumerate(self.findings):
            if isinstance(finding, Orphaned) and finding.proc == event.proc:
                self.findings[place] = replace(finding, new=event.parent)

    def finish(self, box: Box) -> None:
        for process in box.zombies():
            if process.parent is not None and self._stands_elsewhere(box, process.parent, process.ended or 0):
                ns = box.t - (process.ended_at or box.t)
                self.findings.append(
                    Unreaped(
                        seq=process.ended or 0,
                        box=box.name,
                        proc=process.task,
                        ns=max(0, ns),
                        parent=process.parent,
                        parent_ended=False,
                    )
                )
