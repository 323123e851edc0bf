"""Who could wake whom: which threads each wait depends on, and where such waits close a circle.

A wait is over when any of its wakers acts: a reader waits for whoever holds the write end, a thread that wants a lock
for who has it, a parent for its children. A thread all of whose wakers stand still for such reasons, and theirs, and
so on, is stuck for ever. Where the answer isn't known (a timer, a terminal, somebody outside the recording) nobody is
called stuck.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from proclab.events import Task
from proclab.state.box import Box
from proclab.state.records import End, Wait

READING = ("read", "readv", "recvfrom", "recvmsg", "recv", "pread64")
WRITING = ("write", "writev", "sendto", "sendmsg", "send", "pwrite64", "sendfile")
Wakers = tuple[Task, ...] | None  # None: anybody, not known


def wakers(box: Box, wait: Wait) -> Wakers:
    """The threads one of which has to act for this wait to be over."""
    if wait.on == "fd":
        return _of_fd(box, wait)
    if wait.on == "task":
        return _of_wait(box, wait)
    if wait.on == "lock":
        return _of_lock(box, wait)
    return _others(box, wait) if wait.on == "futex" else None


def awaited_end(wait: Wait) -> End | None:
    """The end of the pipe that the wakers of this wait hold: the other one."""
    return "write" if wait.call in READING else "read" if wait.call in WRITING else None


def _of_fd(box: Box, wait: Wait) -> Wakers:
    thing, end = box.objects.get(wait.obj), awaited_end(wait)
    if thing is None or end is None:
        return None
    if thing.what in ("pipe", "fifo"):
        return None if thing.outside else _threads(box, wait.obj, end)
    peer = None if thing.peer_box else box.objects.get(thing.peer)
    return _threads(box, peer.id, end) if peer is not None and not peer.outside else None


def _threads(box: Box, obj: str, end: End) -> Wakers:
    """The threads that can use this end; of a process with several those that have made or used the pipe, if any."""
    maker = box.objects[obj].maker
    used = box.used.get((obj, end), frozenset())
    found: list[Task] = []
    for proc in box.holding(obj, end):
        threads = box.members.get(proc, ())
        found += [task for task in threads if task in used or task == maker] or threads
    return tuple(found)


def _of_wait(box: Box, wait: Wait) -> Wakers:
    if wait.target is None:
        return None
    children = [box.processes[child] for child in box.children.get(wait.proc, ())]
    if wait.target > 0:
        children = [child for child in children if child.task.pid == wait.target]
    if not all(child.alive for child in children):
        return None  # it is about to be told
    return tuple(sorted(task for child in children for task in box.members.get(child.task, ())))


def _of_lock(box: Box, wait: Wait) -> Wakers:
    if wait.what == "thread":
        return tuple(task for task in box.members.get(wait.proc, ()) if str(task.pid) == wait.name)
    if wait.what in ("lock", "rlock", "flock"):
        lock = box.locks.get((None if wait.what == "flock" else wait.proc, wait.name))
        return tuple(dict.fromkeys(lock.owners)) if lock else None
    return _others(box, wait)


def _others(box: Box, wait: Wait) -> Wakers:
    return tuple(task for task in box.members.get(wait.proc, ()) if task != wait.task) or None


def stuck(box: Box, task: Task) -> frozenset[Task]:
    """All that this thread waits for, directly or not, itself too; empty if somebody among them can still act."""
    seen, todo = {task}, [task]
    while todo:
        wait = box.waits.get(todo.pop())
        needed = wakers(box, wait) if wait else None
        if not needed or any(one not in box.waits for one in needed):
            return frozenset()
        todo += [one for one in needed if one not in seen]
        seen.update(needed)
    return frozenset(seen)


def circle(box: Box, task: Task) -> tuple[Task, ...]:
    """The shortest way from a stuck thread over others back to itself, or itself alone; empty if there is none."""
    if not stuck(box, task):
        return ()
    ways: deque[tuple[Task, ...]] = deque([(task,)])
    seen: set[Task] = {task}
    alone: tuple[Task, ...] = ()
    while ways:
        way = ways.popleft()
        for one in wakers(box, box.waits[way[-1]]) or ():
            if one == task and len(way) > 1:
                return way
            alone = (task,) if one == task else alone
            if one not in seen:
                seen.add(one)
                ways.append((*way, one))
    return alone


def circles(box: Box, among: Iterable[Task]) -> list[tuple[Task, ...]]:
    """Every circle that one of these threads is part of, each once."""
    found: dict[frozenset[Task], tuple[Task, ...]] = {}
    for task in sorted(among):
        way = circle(box, task)
        if way:
            found.setdefault(frozenset(way), way)
    return list(found.values())
