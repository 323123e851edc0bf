"""Facts of life: zombies, children nobody reaped, orphans, threads that main left behind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from proclab.events import Block, Event, Exec, Exit, Killed, Orphan, Task, ThreadExit, Wait
from proclab.state.box import Box, State
from proclab.state.fact import Fact, Watch, list_en, list_ru, process_en, process_ru, time_en, time_ru
from proclab.state.records import Process

LONG = 100_000_000  # nanoseconds: for so long a parent that is about to wait doesn't take


@dataclass(frozen=True, kw_only=True)
class WasZombie(Fact):
    """A process had ended, and its parent did other things before it reaped it."""

    kind: ClassVar[str] = "zombie"
    proc: Task
    parent: Task
    ns: int

    @property
    def en(self) -> str:
        return (f"{process_en(self.proc)} had ended and was a zombie for {time_en(self.ns)}, "
                f"until its parent, {process_en(self.parent)}, reaped it")  # fmt: skip

    @property
    def ru(self) -> str:
        return (f"{process_ru(self.proc)} завершился и {time_ru(self.ns)} оставался зомби, "
                f"пока {process_ru(self.parent)}, его родитель, не забрал код завершения")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Unreaped(Fact):
    """Nobody in the recording has waited for an ended process."""

    kind: ClassVar[str] = "unreaped"
    proc: Task
    parent: Task
    ns: int
    parent_ended: bool
    now: bool = False  # seen in a sample: nobody knows when it ended, and the end of a recording is not meant

    @property
    def en(self) -> str:
        if self.now:
            return (f"{process_en(self.proc)} has ended and is a zombie: its parent, {process_en(self.parent)}, "
                    "has not waited for it")  # fmt: skip
        if self.parent_ended:
            return (f"{process_en(self.parent)} ended without having reaped its child, {process_en(self.proc)}, "
                    f"a zombie for {time_en(self.ns)}")  # fmt: skip
        return (f"{process_en(self.proc)} is still a zombie at the end, after {time_en(self.ns)}: "
                f"its parent, {process_en(self.parent)}, has not waited for it")  # fmt: skip

    @property
    def ru(self) -> str:
        if self.now:
            return (f"{process_ru(self.proc)} завершился и остаётся зомби: "
                    f"{process_ru(self.parent)}, его родитель, не вызвал wait")  # fmt: skip
        if self.parent_ended:
            return (f"{process_ru(self.parent)} завершился, не дождавшись потомка: "
                    f"{process_ru(self.proc)} был зомби {time_ru(self.ns)}")  # fmt: skip
        return (f"{process_ru(self.proc)} и в конце записи зомби, уже {time_ru(self.ns)}: "
                f"{process_ru(self.parent)}, его родитель, не вызвал wait")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Orphaned(Fact):
    """A process has outlived its parent."""

    kind: ClassVar[str] = "orphan"
    proc: Task
    parent: Task | None  # None: it was gone before anybody looked
    new: Task | None = None  # None: a process that is not in the recording, as a rule PID 1

    @property
    def en(self) -> str:
        if self.parent is None and self.new:
            new = process_en(self.new)
            return f"{process_en(self.proc)} is an orphan: its parent has ended, its new parent is {new}"
        old = process_en(self.parent) if self.parent else "its parent"
        new = process_en(self.new) if self.new else "a process outside the recording (init or a subreaper)"
        return (f"{old} ended before its child: {process_en(self.proc)} is an orphan, "
                f"its new parent is {new}")  # fmt: skip

    @property
    def ru(self) -> str:
        if self.parent is None and self.new:
            return f"{process_ru(self.proc)} — сирота: его родитель завершился, новый родитель — {process_ru(self.new)}"
        old = process_ru(self.parent) if self.parent else "его родитель"
        new = process_ru(self.new) if self.new else "процесс вне записи (init или subreaper)"
        return (f"{old} завершился раньше потомка: {process_ru(self.proc)} стал сиротой, "
                f"его новый родитель — {new}")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ThreadsLeft(Fact):
    """A process ended while it had other threads; they ended wherever they were."""

    kind: ClassVar[str] = "threads_left"
    proc: Task
    threads: tuple[Task, ...]

    @property
    def en(self) -> str:
        many = len(self.threads) > 1
        names = list_en(str(task.pid) for task in self.threads)
        return (f"{process_en(self.proc)} ended while thread{'s' if many else ''} {names} still ran: "
                f"{'they were' if many else 'it was'} ended with it")  # fmt: skip

    @property
    def ru(self) -> str:
        names = list_ru(str(task.pid) for task in self.threads)
        if len(self.threads) == 1:
            return f"{process_ru(self.proc)} завершился, пока поток {names} ещё работал: он завершён вместе с процессом"
        return f"{process_ru(self.proc)} завершился, пока потоки {names} ещё работали: они завершены вместе с процессом"


class Lives(Watch):
    """Looks at ends, waits and orphans."""

    before = (Exit, Killed, Wait)
    after = (Exit, Killed, Wait, Orphan, ThreadExit, Exec, Block)

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.parents: dict[Task, Task] = {}  # of what is about to become an orphan, or unreaped
        self.zombies: list[Process] = []
        self.waited: int | None = None  # since when the waiter has stood still
        self.stood: dict[Task, int] = {}  # process → when it last stood still in something else
        self.swept: dict[Task, list[Task]] = {}  # process → threads that ended under it

    def look(self, box: Box, event: Event) -> None:
        if isinstance(event, Wait):
            wait = box.waits.get(event.task)
            self.waited = wait.seq if wait and wait.seq == event.block else None
            return
        children = [box.processes[child] for child in box.children.get(event.proc, ())]
        self.zombies = [child for child in children if child.status == "zombie"]
        self.parents.update({child.task: event.proc for child in children if child.alive})
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
        elif isinstance(event, Block):
            if event.on not in ("task", "lock") and event.own:
                self.stood[event.proc] = event.seq
        else:  # exec ends threads too, and that is its business
            self.swept.pop(event.proc, None)

    def _ended(self, box: Box, event: Event) -> None:
        for zombie in sorted(self.zombies, key=lambda one: one.task):
            ns = event.t - (zombie.ended_at or event.t)
            self.facts.append(Unreaped(seq=zombie.ended or 0, until=event.seq, box=box.name, proc=zombie.task,
                                       parent=event.proc, ns=max(0, ns), parent_ended=True))  # fmt: skip
        for child, parent in sorted(self.parents.items()):
            if parent == event.proc:
                self.facts.append(Orphaned(seq=event.seq, box=box.name, proc=child, parent=parent))
        self.parents.clear()
        threads = tuple(sorted(set(self.swept.pop(event.proc, ()))))
        if threads and isinstance(event, Exit):
            self.facts.append(
                ThreadsLeft(seq=event.seq, box=box.name, line=event.line, proc=event.proc, threads=threads)
            )

    def _reaped(self, box: Box, event: Wait) -> None:
        process = box.processes.get(event.child) if event.child else None
        if process is None or process.reaped != event.seq or process.ended is None or process.ended == event.seq:
            return
        ns = event.end - (process.ended_at or event.end)
        elsewhere = self.stood.get(event.proc, -1) > process.ended or ns >= LONG
        if elsewhere and (self.waited is None or self.waited > process.ended):
            self.facts.append(WasZombie(seq=process.ended, until=event.seq, box=box.name, line=event.line,
                                        proc=process.task, parent=event.proc, ns=max(0, ns)))  # fmt: skip

    def _adopted(self, event: Orphan) -> None:
        for place, fact in enumerate(self.facts):
            if isinstance(fact, Orphaned) and fact.proc == event.proc:
                self.facts[place] = replace(fact, new=event.parent)

    def finish(self, box: Box) -> None:
        for process in box.zombies():
            if process.parent is not None:
                ns = box.t - (process.ended_at or box.t)
                self.facts.append(Unreaped(seq=process.ended or 0, box=box.name, proc=process.task, ns=max(0, ns),
                                           parent=process.parent, parent_ended=False))  # fmt: skip
