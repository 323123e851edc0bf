"""Facts about waiting: threads that wait for each other in a circle, and a thread that asks instead of waiting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

from proclab.events import Block, Call, Close, Event, Exec, Exit, Killed, LockFailed, LockWait, Run, Task, ThreadExit
from proclab.events import Wait as Waited
from proclab.state.box import Box, State
from proclab.state.fact import (
    Fact,
    Watch,
    count_en,
    count_ru,
    process_en,
    process_ru,
    thing_en,
    thing_ru,
    time_en,
    time_ru,
    who_en,
    who_ru,
)  # fmt: skip
from proclab.state.records import Object, Wait
from proclab.state.waiting import awaited_end, circles

OFTEN = 10  # calls in a row that have told nothing: not a look any more, but busy waiting


@dataclass(frozen=True)
class Want:
    """One thread of a circle, what it waits for, and who would have to act."""

    task: Task
    proc: Task
    on: str
    call: str
    thing: Object
    name: str
    what: str
    who: Task
    who_proc: Task

    @property
    def en(self) -> str:
        me, who = who_en(self.task, self.proc), who_en(self.who, self.who_proc)
        if self.on == "fd" and awaited_end(_wait(self)) == "write":
            return f"{me} reads from {thing_en(self.thing)}, whose write end {process_en(self.who_proc)} holds"
        if self.on == "fd":
            holder = process_en(self.who_proc)
            return f"{me} writes to {thing_en(self.thing)}, which is full and whose read end {holder} holds"
        if self.on == "task":
            return f"{me} waits for its child, {process_en(self.who_proc)}"
        if self.what == "thread":
            return f"{me} waits for {who} to end"
        if self.what in ("lock", "rlock", "flock"):
            return f"{me} waits for lock {self.name}, which {who} has"
        return f"{me} waits at {self.what or 'futex'} {self.name} for {who}"

    @property
    def ru(self) -> str:
        me, who = who_ru(self.task, self.proc), who_ru(self.who, self.who_proc)
        pipe = thing_ru(self.thing, genitive=self.on == "fd" and awaited_end(_wait(self)) == "write")
        if self.on == "fd" and awaited_end(_wait(self)) == "write":
            return f"{me} читает из {pipe}, конец для записи держит {process_ru(self.who_proc)}"
        if self.on == "fd":
            return f"{me} пишет в {pipe}, он заполнен, конец для чтения держит {process_ru(self.who_proc)}"
        if self.on == "task":
            return f"{me} ждёт завершения потомка, это {process_ru(self.who_proc)}"
        if self.what == "thread":
            return f"{me} ждёт завершения потока, это {who}"
        if self.what in ("lock", "rlock", "flock"):
            return f"{me} ждёт блокировку {self.name}, её занял {who}"
        return f"{me} ждёт на {self.what or 'futex'} {self.name}, разбудить может {who}"


def _wait(want: Want) -> Wait:
    return Wait(want.task, want.proc, 0, 0, want.call, want.on)


@dataclass(frozen=True, kw_only=True)
class Deadlock(Fact):
    """Threads each of which waits for the next, and the last for the first."""

    kind: ClassVar[str] = "deadlock"
    wants: tuple[Want, ...]

    @property
    def en(self) -> str:
        return "deadlock: " + "; ".join(want.en for want in self.wants)

    @property
    def ru(self) -> str:
        return "взаимоблокировка: " + "; ".join(want.ru for want in self.wants)

    @property
    def tasks(self) -> tuple[Task, ...]:
        return tuple(want.task for want in self.wants)


def deadlocks(box: Box, among: Iterable[Task] | None = None) -> list[Deadlock]:
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
        wants.append(Want(task, wait.proc, wait.on, wait.call, thing, wait.name, wait.what, who, box.threads[who].proc))
    return Deadlock(seq=box.seq, box=box.name, wants=tuple(wants))


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
        if isinstance(event, Block | LockWait):
            self._check(box, event, [event.task])
        elif isinstance(event, Exit | Killed | ThreadExit | Exec):
            self._check(box, event, list(box.waits))
        elif isinstance(event, Close):
            self._check(box, event, [wait.task for wait in box.waits.values() if wait.obj == event.obj])

    def _check(self, box: Box, event: Event, among: list[Task]) -> None:
        for fact in deadlocks(box, [task for task in among if task not in self.members]):
            tasks = frozenset(fact.tasks)
            if not tasks & self.members.keys():
                line = event.line if event.task in tasks else None
                self.open[tasks] = replace(fact, line=line), {task: box.waits[task].seq for task in tasks}
                self.members.update(dict.fromkeys(tasks, tasks))

    def _ended(self, box: Box, event: Event) -> None:
        """One of its waits is over: by force, then it was a deadlock; or it went on by itself, then it was none."""
        gone = [task for task in {event.task, *self.members} if task in self.members and self._left(box, task)]
        for task in gone:
            tasks = self.members.get(task)
            if tasks is not None:
                fact, _ = self.open.pop(tasks)
                self.members = {one: circle_ for one, circle_ in self.members.items() if circle_ != tasks}
                if not self._went_on(event, tasks):
                    self.facts.append(replace(fact, until=event.seq))

    def _left(self, box: Box, task: Task) -> bool:
        wait = box.waits.get(task)
        return wait is None or wait.seq != self.open[self.members[task]][1][task]

    @staticmethod
    def _went_on(event: Event, tasks: frozenset[Task]) -> bool:
        failed = isinstance(event, Call) and event.error
        return event.task in tasks and not failed and not isinstance(event, Exit | Killed | ThreadExit | Exec)

    def finish(self, box: Box) -> None:
        self.facts += [fact for fact, _ in self.open.values()]


@dataclass(frozen=True, kw_only=True)
class BusyWait(Fact):
    """A thread asked again and again instead of sleeping until there is something."""

    kind: ClassVar[str] = "busy_wait"
    task: Task
    proc: Task
    call: str
    count: int
    ns: int

    @property
    def en(self) -> str:
        return (f"{who_en(self.task, self.proc)} waits busily: {count_en(self.count, 'call', 'calls')} of {self.call} "
                f"in {time_en(self.ns)} that told nothing")  # fmt: skip

    @property
    def ru(self) -> str:
        calls = count_ru(self.count, "вызов", "вызова", "вызовов")
        return f"{who_ru(self.task, self.proc)} ждёт активно: {calls} {self.call} за {time_ru(self.ns)} впустую"


class Busy(Watch):
    """Looks for calls in a row that tell nothing and that nothing but their like interrupts."""

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
            row = BusyWait(seq=event.seq, box=box.name, line=event.line, task=event.task, proc=event.proc, call=call,
                           count=0, ns=0)  # fmt: skip
        ns = max(0, event.end - self.began[event.task])
        self.rows[event.task] = replace(row, count=row.count + 1, ns=ns, until=event.seq)

    def _end(self, task: Task) -> None:
        row = self.rows.pop(task)
        if row.count >= OFTEN:
            self.facts.append(row)

    def finish(self, box: Box) -> None:
        for task in sorted(self.rows):
            self._end(task)


def _in_vain(event: Event) -> str | None:
    """The name of a call that told nothing and came back at once."""
    if isinstance(event, LockFailed):
        return f"acquire({event.lock})"
    if not isinstance(event, Call) or event.block is not None or not event.own:
        return None
    if event.error in ("EAGAIN", "EWOULDBLOCK"):
        return event.call
    if isinstance(event, Waited) and event.how == "nothing" and not event.error:
        return event.call
    polls = event.call.startswith(("poll", "ppoll", "select", "pselect", "epoll_"))
    return event.call if isinstance(event, Run) and not event.ready and polls and not event.error else None
