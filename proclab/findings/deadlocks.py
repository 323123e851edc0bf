"""Findings about waiting: threads that wait for each other in a circle, and a thread that asks instead of waiting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

from proclab.events import Block, Call, Close, Event, Exec, Exit, Killed, LockFailed, LockWait, Run, Task, ThreadExit
from proclab.events import Wait as Waited
from proclab.findings.finding import Finding, Watch
from proclab.state.box import Box, State
from proclab.state.records import Object, Wait
from proclab.state.waiting import awaited_end, circles

OFTEN = 10  # calls in a row that bring nothing: no longer a look, but busy waiting


@dataclass(frozen=True)
class Want:
    """One thread of a circle, what it waits for, and the thread `who` that would have to act."""

    task: Task
    proc: Task
    on: str
    thing: Object
    name: str
    what: str
    who: Task
    who_proc: Task
    reads: bool = False  # it waits for bytes of a pipe; else, at a descriptor, for room in it


@dataclass(frozen=True, kw_only=True)
class Deadlock(Finding):
    """Threads each of which waits for the next, and the last for the first."""

    kind: ClassVar[str] = "deadlock"
    wants: tuple[Want, ...]

    @property
    def accuses(self) -> bool:
        return True

    @property
    def tasks(self) -> tuple[Task, ...]:
        return tuple(want.task for want in self.wants)


def deadlocks_in(box: Box, among: Iterable[Task] | None = None) -> list[Deadlock]:
    """The circles of waits now, those with one of the threads `among`."""
    ways = circles(box, list(box.waits) if among is None else among)
    return [_deadlock(box, way) for way in ways if len(way) > 1 or not _reads(box.waits[way[0]])]


def _reads(wait: Wait) -> bool:
    """A reader that holds the write end itself waits for no other: that is no deadlock but NoEof."""
    return wait.on == "fd" and awaited_end(wait) == "write"


def _deadlock(box: Box, way: tuple[Task, ...]) -> Deadlock:
    wants = []
    for task, who in zip(way, (*way[1:], way[0]), strict=True):
        wait, thing = box.waits[task], box.objects.get(box.waits[task].obj, Object(""))
        other = box.threads[who].proc
        wants.append(Want(task, wait.proc, wait.on, thing, wait.name, wait.what, who, other, reads=_reads(wait)))
    return Deadlock(seq=box.seq, box=box.name, wants=tuple(wants))


WAITS = (Block, LockWait)
ENDS = (Exit, Killed, ThreadExit, Exec)


class Circles(Watch):
    """Looks at every wait that begins or ends, and at what lets others wait in vain."""

    after = (Event,)

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.open: dict[frozenset[Task], tuple[Deadlock, dict[Task, int]]] = {}  # with the seq of its waits
        self.members: dict[Task, frozenset[Task]] = {}

    def see(self, box: Box, event: Event) -> None:
        if self.members:
            self._ended(box, event)
        if isinstance(event, WAITS):
            self._check(box, [event.task])
        elif isinstance(event, ENDS):
            self._check(box, list(box.waits))
        elif isinstance(event, Close):
            self._check(box, [wait.task for wait in box.waits.values() if wait.obj == event.obj])

    def _check(self, box: Box, among: list[Task]) -> None:
        for finding in deadlocks_in(box, [task for task in among if task not in self.members]):
            tasks = frozenset(finding.tasks)
            if not tasks & self.members.keys():
                waits = sorted((box.waits[task] for task in tasks), key=lambda wait: wait.seq, reverse=True)
                line = next((wait.line for wait in waits if wait.line), None)  # only a Python program's events have one
                self.open[tasks] = replace(finding, line=line), {wait.task: wait.seq for wait in waits}
                self.members.update(dict.fromkeys(tasks, tasks))

    def _ended(self, box: Box, event: Event) -> None:
        """One of its waits is over: by force, then it was a deadlock; or it went on by itself, then it was none."""
        gone = [task for task in {event.task, *self.members} if task in self.members and self._left(box, task)]
        for task in gone:
            tasks = self.members.get(task)
            if tasks is not None:
                finding, _ = self.open.pop(tasks)
                self.members = {task: circle_ for task, circle_ in self.members.items() if circle_ != tasks}
                if not self._went_on(event, tasks):
                    self.findings.append(replace(finding, until=event.seq))

    def _left(self, box: Box, task: Task) -> bool:
        wait = box.waits.get(task)
        return wait is None or wait.seq != self.open[self.members[task]][1][task]

    @staticmethod
    def _went_on(event: Event, tasks: frozenset[Task]) -> bool:
        failed = isinstance(event, Call) and event.error
        return event.task in tasks and not failed and not isinstance(event, Exit | Killed | ThreadExit | Exec)

    def finish(self, box: Box) -> None:
        self.findings += [finding for finding, _ in self.open.values()]


@dataclass(frozen=True, kw_only=True)
class BusyWait(Finding):
    """A thread asked again and again instead of sleeping until there is something."""

    kind: ClassVar[str] = "busy_wait"
    passing: ClassVar[frozenset[str]] = Finding.passing | {"count", "ns"}
    task: Task
    proc: Task
    call: str
    count: int
    ns: int


class Busy(Watch):
    """Looks for calls in a row that bring nothing, with nothing but their like between them."""

    after = (Event,)

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.rows: dict[Task, BusyWait] = {}
        self.began: dict[Task, int] = {}

    def see(self, box: Box, event: Event) -> None:
        call = _in_vain(event)
        row = self.rows.get(event.task)
        if row is not None and (call is None or call != row.call):
            if call is None and not isinstance(event, Block | Exit | Killed | ThreadExit | Call):
                return
            self._end(event.task)
            row = None
        if call is not None:
            self._count(box, event, call, row)

    def _count(self, box: Box, event: Event, call: str, row: BusyWait | None) -> None:
        if row is None:
            self.began[event.task] = event.t
            row = BusyWait(
                seq=event.seq, box=box.name, line=event.line, task=event.task, proc=event.proc, call=call, count=0, ns=0
            )
        ns = max(0, event.end - self.began[event.task])
        self.rows[event.task] = replace(row, count=row.count + 1, ns=ns, until=event.seq)

    def _end(self, task: Task) -> None:
        row = self.rows.pop(task)
        if row.count >= OFTEN:
            self.findings.append(row)

    def finish(self, box: Box) -> None:
        for task in sorted(self.rows):
            self._end(task)


def _in_vain(event: Event) -> str | None:
    """The name of a call that brought nothing and came back at once."""
    if isinstance(event, LockFailed):
        return f"acquire({event.lock})"
    if not isinstance(event, Call) or event.block is not None or not event.own or event.fault:
        return None
    if event.error in ("EAGAIN", "EWOULDBLOCK"):
        return event.call
    if isinstance(event, Waited) and event.how == "nothing" and not event.error:
        return event.call
    polls = event.call.startswith(("poll", "ppoll", "select", "pselect", "epoll_"))
    return event.call if isinstance(event, Run) and not event.ready and polls and not event.error else None
