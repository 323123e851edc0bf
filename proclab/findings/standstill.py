"""Groups of threads that stand still together: each waits for others of them, or for input from outside.

These are findings of a sample, which knows which threads wait, for what, and which others could act, but no history.
A recording also knows which process wrote and which thread has a lock, and says more (deadlocks.py, pipes.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from proclab.events import Task
from proclab.findings.finding import Finding
from proclab.state.box import Box
from proclab.state.records import Holder, Object, Wait
from proclab.state.waiting import READING, WRITING, Wakers, awaited_end, wakers


def waits_for_input(box: Box, wait: Wait) -> bool:
    """Whether it reads what comes from outside the container: a terminal, Docker's pipe."""
    thing = box.objects.get(wait.obj)
    return wait.on == "fd" and wait.call in READING and thing is not None and (thing.what == "tty" or thing.outside)


def groups(box: Box, outside: bool = False) -> list[tuple[Task, ...]]:
    """The threads that stand still for ever, in groups that depend on each other; `outside`: or until input comes."""
    futexes = _at_a_futex(box)
    needs = {task: futexes.get(task) or _needs(box, wait, outside) for task, wait in box.waits.items()}
    still = needs.keys() - _free(needs)
    return _together({task: needs[task] or () for task in still})


def _needs(box: Box, wait: Wait, outside: bool) -> Wakers:
    """The threads of which one has to act to end this wait; (): somebody outside; None: it may end at any time."""
    if outside and waits_for_input(box, wait):
        return ()
    return wakers(box, wait) or None


def _at_a_futex(box: Box) -> dict[Task, tuple[Task, ...]]:
    """A thread that waits at a futex needs any other thread of its process: which one, a sample doesn't know.

    An edge from each to each would be 40 000 edges for 200 threads. A ring of the waiting threads, one of which also
    needs the other threads, has the same effect: if one of them is free, all are. A process's only thread needs itself.
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
    """The threads that can act, or will be able to once others have acted that can."""
    waiting: defaultdict[Task, list[Task]] = defaultdict(list)
    for task, needed in needs.items():
        for other in needed or ():
            waiting[other].append(task)
    return _reached([task for task in {*waiting, *needs} if needs.get(task) is None], waiting)


def _together(edges: Mapping[Task, Iterable[Task]]) -> list[tuple[Task, ...]]:
    near: defaultdict[Task, set[Task]] = defaultdict(set)
    for task, others in edges.items():
        for other in others:
            near[task].add(other)
            near[other].add(task)
    groups: dict[Task, tuple[Task, ...]] = {}
    for task in sorted(edges):
        if task not in groups:
            group = tuple(sorted(_reached([task], near)))
            groups.update(dict.fromkeys(group, group))
    return list(dict.fromkeys(groups.values()))


def _reached(start: Iterable[Task], edges: Mapping[Task, Iterable[Task]]) -> set[Task]:
    """These threads and all that edges lead to."""
    found = set(start)
    todo = list(found)
    while todo:
        new = set(edges.get(todo.pop(), ())) - found
        found |= new
        todo += new
    return found


# ---------------------------------------------------------------- findings


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
    def tids(self) -> list[int]:
        """The threads that wait so."""
        return [task.pid for task in (self.task, *self.others)]

    @property
    def writes(self) -> bool:
        return self.call in WRITING

    @property
    def own(self) -> bool:
        """Its process alone holds the end that it waits for."""
        return {holder.proc for holder in self.holders} == {self.proc}


@dataclass(frozen=True, kw_only=True)
class Standstill(Finding):
    """A group none of whose threads can act: for ever, or until input comes."""

    kind: ClassVar[str] = "standstill"
    links: tuple[Link, ...]
    outside: bool

    @property
    def accuses(self) -> bool:
        return not self.outside

    @property
    def alone(self) -> bool:
        """The only thread of a process, which wants a lock that it has."""
        return len(self.links) == 1 and self.links[0].on == "futex" and not self.links[0].others


def standstill_of(box: Box, group: Collection[Task], outside: bool) -> Standstill:
    """What a group waits in: first pipes, last the input that all others depend on."""
    waits = [box.waits[task] for task in sorted(group)]
    if outside:  # a wait for a child or a lock isn't what holds the others up
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
        children = [child for child in box.children.get(wait.proc, ()) if child.pid == wait.target]
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
