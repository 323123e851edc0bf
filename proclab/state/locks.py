"""How events change who waits for what, and who has which lock."""

from __future__ import annotations

from dataclasses import replace

from proclab.events import (
    Block,
    Event,
    Inherit,
    LockFailed,
    LockGot,
    LockMade,
    LockReleased,
    LockWait,
    Orphan,
    Run,
    SigDeliver,
    Start,
    Stopped,
    Task,
)
from proclab.state import records
from proclab.state.box import Box
from proclab.state.records import Lock, LockKey

HELD = ("lock", "rlock", "semaphore")  # kinds of lock that somebody has


def wake(box: Box, event: Event) -> None:
    """A thread that does something waits no more."""
    wait = box.waits[event.task]
    if getattr(event, "block", None) != wait.seq:
        if isinstance(event, SigDeliver | Orphan | Stopped | Start | LockWait | Inherit):
            return
        if wait.on == "lock" and wait.what != "flock" and isinstance(event, Run | Block):
            return  # how the lock waits
    del box.waits[event.task]


def on_block(box: Box, event: Block) -> None:
    if event.task in box.members.get(event.proc, ()) and event.task not in box.waits:
        box.waits[event.task] = records.Wait(
            event.task,
            event.proc,
            event.seq,
            event.t,
            event.call,
            event.on,
            event.fds,
            event.of,
            event.obj,
            event.target,
            event.name,
            what="flock" if event.call == "flock" else "",
            line=event.line,
        )
        lock = box.locks.get((None, event.name))
        if event.call == "flock" and lock is not None:  # who converts a lock gives up the one it has first: flock(2)
            box.locks[None, event.name] = replace(lock, ofs=tuple(of for of in lock.ofs if of != event.of))


def key(event: LockWait | LockGot | LockReleased | LockFailed | LockMade) -> LockKey:
    """A lock of `threading` or a futex is its process's, a file lock everybody's."""
    return (None if event.how == "flock" else event.proc, event.lock)


def on_lock_wait(box: Box, event: LockWait) -> None:
    box.locks.setdefault(key(event), Lock(event.lock, key(event)[0], event.what))
    if event.task in box.members.get(event.proc, ()):
        box.waits[event.task] = records.Wait(
            event.task,
            event.proc,
            event.seq,
            event.t,
            "",
            "lock",
            name=event.lock,
            what="flock" if event.how == "flock" else event.what,
            line=event.line,
        )


def on_lock_made(box: Box, event: LockMade) -> None:
    box.locks[key(event)] = Lock(event.lock, key(event)[0], event.what)


def on_lock_got(box: Box, event: LockGot) -> None:
    lock = box.locks.get(key(event)) or Lock(event.lock, key(event)[0], event.what)
    if event.of:
        box.locks[key(event)] = replace(lock, ofs=(*(of for of in lock.ofs if of != event.of), event.of))
        return
    owners = (*lock.owners, event.task) if lock.what in HELD else ()
    box.locks[key(event)] = replace(lock, owners=owners if lock.what in ("rlock", "semaphore") else owners[-1:])


def on_lock_released(box: Box, event: LockReleased) -> None:
    lock = box.locks.get(key(event))
    if lock is not None and event.of:
        box.locks[key(event)] = replace(lock, ofs=tuple(of for of in lock.ofs if of != event.of))
    if lock is None or not lock.owners:
        return
    owners = list(lock.owners)
    owners.remove(event.task if event.task in owners else owners[0])
    box.locks[key(event)] = replace(lock, owners=tuple(owners))


def unlock(box: Box, proc: Task, over: bool = True) -> None:
    """The locks of a process that has another program or is over are gone; with its end also its locks on files."""
    for name in [name for name in box.locks if name[0] == proc]:
        del box.locks[name]
    for name, lock in list(box.locks.items()) if over else ():
        owners = tuple(owner for owner in lock.owners if box.threads[owner].proc != proc)
        box.locks[name] = replace(lock, owners=owners)
