"""Groups of threads that stand still together: each waits for others of them, or for input from outside.

For a sample, which knows no history. A recording knows who wrote and who holds which lock, and says more
(proclab/state/blocked.py, ends.py); a sample knows who waits, for what, and who could act.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from proclab.events import Task
from proclab.state.box import Box
from proclab.state.fact import Fact, list_en, list_ru, process_en, process_ru, thing_en, thing_ru, who_en, who_ru
from proclab.state.records import Holder, Object, Wait
from proclab.state.waiting import READING, WRITING, Wakers, awaited_end, wakers

NAMED = 5  # threads, holders, links of a sentence


def waits_for_input(box: Box, wait: Wait) -> bool:
    """Whether it reads what comes from outside the container: a terminal, Docker's pipe."""
    thing = box.objects.get(wait.obj)
    return wait.on == "fd" and wait.call in READING and thing is not None and (thing.what == "tty" or thing.outside)


def groups(box: Box, outside: bool = False) -> list[tuple[Task, ...]]:
    """The threads that stand still for ever, in groups that hang together; `outside`: or until input comes."""
    futexes = _at_a_futex(box)
    needs = {task: futexes.get(task) or _needs(box, wait, outside) for task, wait in box.waits.items()}
    still = needs.keys() - _free(needs)
    return _together({task: needs[task] or () for task in still})


def _needs(box: Box, wait: Wait, outside: bool) -> Wakers:
    """Who has to act for this wait to be over; (): somebody outside; None: it may be over at any time."""
    if outside and waits_for_input(box, wait):
        return ()
    return wakers(box, wait) or None


def _at_a_futex(box: Box) -> dict[Task, tuple[Task, ...]]:
    """Any other thread of its process might wake it: told by few edges, a ring of these threads, one with the others.

    Whoever is free in there frees them all, as if each waited for each: 200 threads would be 40 000 edges. The only
    thread of a process waits for itself.
    """
    needs: dict[Task, tuple[Task, ...]] = {}
    for members in box.members.values():
        ring = [task for task in members if task in box.waits and box.waits[task].on == "futex"]
        if ring:
            others = set(members).difference(ring)
            needs.update(zip(ring, ((one,) for one in (*ring[1:], ring[0])), strict=True))
            needs[ring[0]] += tuple(others)
    return needs


def _free(needs: Mapping[Task, Wakers]) -> set[Task]:
    """Who can act, or will when somebody acts who can."""
    waiting: defaultdict[Task, list[Task]] = defaultdict(list)
    for task, some in needs.items():
        for one in some or ():
            waiting[one].append(task)
    free = {task for task in waiting if task not in needs} | {task for task, some in needs.items() if some is None}
    todo = list(free)
    while todo:
        new = set(waiting.get(todo.pop(), ())) - free
        free |= new
        todo += new
    return free


def _together(edges: Mapping[Task, Iterable[Task]]) -> list[tuple[Task, ...]]:
    near: defaultdict[Task, set[Task]] = defaultdict(set)
    for task, others in edges.items():
        for one in others:
            near[task].add(one)
            near[one].add(task)
    found, seen = [], set[Task]()
    for task in sorted(edges):
        if task not in seen:
            group, todo = {task}, [task]
            while todo:
                new = near[todo.pop()] - group
                group |= new
                todo += new
            seen |= group
            found.append(tuple(sorted(group)))
    return found


# ---------------------------------------------------------------- facts


@dataclass(frozen=True)
class Link:
    """One thread of a group, and what it waits for; `others`: threads of its process that wait just so."""

    task: Task
    proc: Task
    on: str
    call: str
    fd: int
    thing: Object
    holders: tuple[Holder, ...] = ()  # of the end that it waits for
    child: Task | None = None
    others: tuple[Task, ...] = ()

    @property
    def en(self) -> str:
        me, pipe = who_en(self.task, self.proc), thing_en(self.thing)
        held = _holders_en(self.holders, self.proc)
        if self.on == "futex":
            who = f"threads {list_en(_few(self._tids(), 'more'))} of {process_en(self.proc)}"
            return f"{who} wait for locks or threads (futex)" if self.others else f"{me} waits for a lock (futex)"
        if self.on == "task":
            return f"{me} waits for " + (f"its child, {process_en(self.child)}" if self.child else "a child")
        if self.call in WRITING:
            return f"{me} writes to {pipe}, which is full and whose read end {held}"
        if not self.holders:
            return f"{me} waits for input (fd {self.fd})"
        return f"{me} reads from {pipe} and sees no end of file as long as the write end {held}"

    @property
    def ru(self) -> str:
        me, held = who_ru(self.task, self.proc), _holders_ru(self.holders, self.proc)
        if self.on == "futex":
            who = f"потоки {list_ru(_few(self._tids(), 'ещё'))} {process_ru(self.proc, 'процесса')}"
            return f"{who} ждут блокировок или потоков (futex)" if self.others else f"{me} ждёт блокировку (futex)"
        if self.on == "task":
            return f"{me} ждёт " + (f"потомка, это {process_ru(self.child)}" if self.child else "потомка")
        if self.call in WRITING:
            return f"{me} пишет в {thing_ru(self.thing)}, он заполнен, конец для чтения держит {held}"
        if not self.holders:
            return f"{me} ждёт ввода (fd {self.fd})"
        pipe = thing_ru(self.thing, genitive=True)
        return f"{me} читает из {pipe} и не увидит конца файла, пока конец для записи держит {held}"

    def _tids(self) -> list[str]:
        return [str(task.pid) for task in (self.task, *self.others)]


def _few(words: Iterable[str], more: str) -> list[str]:
    known = list(words)
    return known if len(known) <= NAMED else [*known[: NAMED - 1], f"{len(known) - NAMED + 1} {more}"]


def _holders_en(holders: tuple[Holder, ...], proc: Task) -> str:
    if holders and {one.proc for one in holders} == {proc}:
        return f"is held by itself (fd {', '.join(str(one.fd) for one in holders)})"
    named = (f"{process_en(one.proc)}{' itself' * (one.proc == proc)} (fd {one.fd})" for one in holders)
    return f"is held by {list_en(_few(named, 'more'))}"


def _holders_ru(holders: tuple[Holder, ...], proc: Task) -> str:
    if holders and {one.proc for one in holders} == {proc}:
        return f"он сам (fd {', '.join(str(one.fd) for one in holders)})"
    named = (f"{'сам ' * (one.proc == proc)}{process_ru(one.proc)} (fd {one.fd})" for one in holders)
    return list_ru(_few(named, "ещё"))


@dataclass(frozen=True, kw_only=True)
class Standstill(Fact):
    """A group none of whose threads can act: for ever, or until input comes."""

    kind: ClassVar[str] = "standstill"
    links: tuple[Link, ...]
    outside: bool

    @property
    def _alone(self) -> bool:
        """The only thread of a process, which wants a lock that it has."""
        return len(self.links) == 1 and self.links[0].on == "futex" and not self.links[0].others

    @property
    def en(self) -> str:
        if self._alone:
            return f"{self.links[0].en} and has no other thread: nobody is left to release it"
        head = "nothing moves before input comes" if self.outside else "deadlock, nobody is left to wake the others"
        return f"{head}: {'; '.join(_few((link.en for link in self.links), 'more wait so'))}"

    @property
    def ru(self) -> str:
        if self._alone:
            return f"{self.links[0].ru}, а других потоков у него нет: освободить её некому"
        head = "пока нет ввода, всё стоит" if self.outside else "взаимоблокировка, разбудить остальных некому"
        return f"{head}: {'; '.join(_few((link.ru for link in self.links), 'ещё ждут так же'))}"


def standstill(box: Box, group: Collection[Task], outside: bool) -> Standstill:
    """What a group stands in: pipes first, what all hang on last."""
    waits = [box.waits[task] for task in sorted(group)]
    if outside:  # who waits for a child or a lock isn't what holds the others up
        waits = [wait for wait in waits if wait.on == "fd"]
    links = [*_links(box, (wait for wait in waits if wait.on != "futex")), *_at_futexes(waits)]
    return Standstill(seq=box.seq, box=box.name, links=tuple(sorted(links, key=_place)), outside=outside)


def _place(link: Link) -> tuple[bool, Task]:
    return link.on == "fd" and not link.holders, link.task


def _links(box: Box, waits: Iterable[Wait]) -> Iterator[Link]:
    for wait in waits:
        fd = wait.fds[0] if wait.fds else -1
        thing, end = box.objects.get(wait.obj, Object("")), awaited_end(wait)
        holders = () if end is None or waits_for_input(box, wait) else box.holders(wait.obj, end)
        children = [one for one in box.children.get(wait.proc, ()) if one.pid == wait.target]
        child = children[0] if wait.on == "task" and children else None
        yield Link(wait.task, wait.proc, wait.on, wait.call, fd, thing, holders, child)


def _at_futexes(waits: Iterable[Wait]) -> Iterator[Link]:
    """One link for all threads of a process: which of them waits for which, a sample doesn't know."""
    threads: defaultdict[Task, list[Task]] = defaultdict(list)
    for wait in waits:
        if wait.on == "futex":
            threads[wait.proc].append(wait.task)
    for proc, (first, *others) in threads.items():
        yield Link(first, proc, "futex", "futex", -1, Object(""), others=tuple(others))
