"""Who could wake whom: which threads each wait depends on, and where such waits close a circle.

A wait is over when any of its wakers acts: a reader waits for the holders of the write end, a thread that wants a lock
for its owner, a parent for its children. A thread all of whose wakers stand still for such reasons, and theirs, and
so on, is stuck for ever. Where the answer isn't known (a timer, a terminal, somebody outside the recording) nobody is
called stuck.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from proclab.events import Task
from proclab.state.box import Box
from proclab.state.records import End, Lock, Wait
from proclab.state.signals import is_signalled
from proclab.text import LIBRARYS_SIGNALS

READING = ("read", "readv", "recvfrom", "recvmsg", "recv", "pread64", "preadv2")
WRITING = ("write", "writev", "sendto", "sendmsg", "send", "pwrite64", "pwritev2", "vmsplice", "sendfile")
Wakers = tuple[Task, ...] | None  # None: anybody, not known
# Handled to end in good order; and the C library's own.
ENDING = frozenset({"SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGPIPE"}) | LIBRARYS_SIGNALS


def wakers(box: Box, wait: Wait) -> Wakers:
    """The threads one of which has to act for this wait to be over."""
    if wait.task not in box.asked.wakers:
        box.asked.wakers[wait.task] = _wakers(box, wait)
    return box.asked.wakers[wait.task]


def _wakers(box: Box, wait: Wait) -> Wakers:
    if wait.on == "fd":
        return _of_fd(box, wait)
    if wait.on == "task":
        return _of_wait(box, wait)
    if wait.on == "lock":
        return _of_lock(box, wait)
    return _others(box, wait) if wait.on == "futex" else None


def _handles(box: Box, proc: Task) -> bool:
    """Whether a process has a handler for a signal that may come while it waits: a timer's, a child's …"""
    handled = {sig for sig, action in box.handlers.get(proc, {}).items() if action == "handler"} - ENDING
    return bool(handled - {"SIGCHLD"} or (handled and box.children.get(proc)))


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
    known = {box.objects[obj].maker, *box.used.get((obj, end), ())}
    found: list[Task] = []
    for proc in box.holding(obj, end):
        threads = box.members.get(proc, ())
        found += threads if len(threads) == 1 else [task for task in threads if task in known] or threads
    return tuple(found)


def _of_wait(box: Box, wait: Wait) -> Wakers:
    if wait.target is None:
        return None
    children = [box.processes[child] for child in box.children.get(wait.proc, ())]
    if wait.target > 0:
        children = [child for child in children if child.task.pid == wait.target]
    if not all(child.alive for child in children):
        return None  # its end is about to be reported
    return tuple(sorted(task for child in children for task in box.members.get(child.task, ())))


def _of_lock(box: Box, wait: Wait) -> Wakers:
    if wait.what == "thread":
        return tuple(task for task in box.members.get(wait.proc, ()) if str(task.pid) == wait.name)
    if wait.what in ("lock", "rlock", "flock"):
        lock = box.locks.get((None if wait.what == "flock" else wait.proc, wait.name))
        if lock is None:
            return None
        return _of_flock(box, wait, lock) if lock.ofs else tuple(dict.fromkeys(lock.owners))
    return _others(box, wait)


def _of_flock(box: Box, wait: Wait, lock: Lock) -> Wakers:
    """A file lock belongs to its open file description: every holder of that, also by a fork, can unlock it."""
    ofs = [of for of in lock.ofs if of != wait.of and of in box.descriptions]
    if any(box.flying.get(of) for of in ofs):
        return None
    procs = {proc for of in ofs for table, _ in box.places.get(of, ()) for proc in box.users.get(table, ())}
    return tuple(sorted(task for proc in procs for task in box.members.get(proc, ())))


def _others(box: Box, wait: Wait) -> Wakers:
    return tuple(task for task in box.members.get(wait.proc, ()) if task != wait.task) or None


def is_stuck(box: Box, task: Task) -> bool:
    """Whether this thread waits for ever: nobody of all that it waits for, directly or not, can still act."""
    known = box.asked.stuck
    if task not in known:
        reached = _reached(box, task)
        known[task] = bool(reached)
        known.update(dict.fromkeys(reached, True))  # what they wait for is among them
    return known[task]


def _reached(box: Box, task: Task) -> set[Task]:
    """All that this thread waits for, directly or not, itself too; empty if somebody among them can still act."""
    seen, todo = {task}, [task]
    while todo:
        wait = box.waits.get(todo.pop())
        if wait is None or _handles(box, wait.proc) or is_signalled(box, wait.task, wait.seq):
            return set()
        needed = wakers(box, wait)
        if not needed or any(waker not in box.waits or box.asked.stuck.get(waker) is False for waker in needed):
            return set()
        todo += [waker for waker in needed if waker not in seen]
        seen.update(needed)
    return seen


def circle(box: Box, task: Task) -> tuple[Task, ...]:
    """The shortest way from a stuck thread over others back to itself, or itself alone; empty if there is none."""
    if not is_stuck(box, task):
        return ()
    ways: deque[tuple[Task, ...]] = deque([(task,)])
    seen: set[Task] = {task}
    alone: tuple[Task, ...] = ()
    while ways:
        way = ways.popleft()
        for waker in wakers(box, box.waits[way[-1]]) or ():
            if waker == task and len(way) > 1:
                return way
            alone = (task,) if waker == task else alone
            if waker not in seen:
                seen.add(waker)
                ways.append((*way, waker))
    return alone


def circles(box: Box, among: Iterable[Task]) -> list[tuple[Task, ...]]:
    """Every circle that one of these threads is part of, each once."""
    found: dict[frozenset[Task], tuple[Task, ...]] = {}
    for task in sorted(among):
        way = circle(box, task)
        if way:
            found.setdefault(frozenset(way), way)
    return list(found.values())
