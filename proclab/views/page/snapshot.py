"""State as a flat mapping from names to small JSON values, so that the page can be given the difference of each step.

Names: kind letter, box and the rest, set apart by a control character that no box has. P process, T thread,
F descriptor, D open file description, O object, W wait, L lock. The page (page/state.js) reads just this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from proclab.events import Event
from proclab.state.box import Box, State
from proclab.state.reducer import apply
from proclab.state.waiting import wakers
from proclab.views.steps import Steps

Flat = dict[str, Any]
APART = "\t"


def differences(events: Sequence[Event], steps: Steps) -> list[Flat]:
    """For each step what has changed since the one before; None: it is no more."""
    state, before, found, pending = State(), Flat(), [], iter(events)
    for step in steps:
        for event in pending:
            apply(state, event)
            if event.seq >= step.until:
                break
        now = flat(state)
        found.append(difference(before, now))
        before = now
    return found


def difference(before: Flat, now: Flat) -> Flat:
    """What makes `now` of `before`."""
    changed = {name: value for name, value in now.items() if name not in before or before[name] != value}
    return changed | {name: None for name in before if name not in now}


def flat(state: State) -> Flat:
    """All of a state that the page shows."""
    return {APART.join((kind, box.name, *map(str, rest))): value
            for box in state.boxes.values() for kind, rest, value in _facts(box)}  # fmt: skip


def _facts(box: Box) -> Iterator[tuple[str, tuple[object, ...], Any]]:
    for process in box.processes.values():
        if process.status != "gone":
            parent = str(process.parent) if process.parent else ""
            orphan = int(process.orphaned is not None)
            yield "P", (process.task,), [parent, process.status, _end(process.code, process.sig), orphan]
            for fd, entry in box.fds(process.task).items():
                yield "F", (process.task, fd), [entry.of, int(entry.cloexec)]
    for proc, threads in box.members.items():
        for task in threads:
            if task != proc:
                yield "T", (task,), str(proc)
    for task, wait in box.waits.items():
        ends = [str(one) for one in wakers(box, wait) or ()]
        yield "W", (task,), [wait.call, wait.on, list(wait.fds), wait.obj, wait.name, ends]
    yield from _objects(box)


def _objects(box: Box) -> Iterator[tuple[str, tuple[object, ...], Any]]:
    shown = set()
    for of, places in box.places.items():
        description = box.descriptions.get(of)
        if places and description:
            mode = ("r" if description.reads else "") + ("w" if description.writes else "")
            yield "D", (of,), [description.obj, mode, int(description.nonblock)]
            shown.add(description.obj)
    for name in shown:
        one = box.objects.get(name)
        if one:
            inside = box.bytes.get(name, 0)
            yield "O", (name,), [one.what, one.peer, one.addr, one.local, int(one.listening), inside, one.peer_box]
    for (_, name), lock in box.locks.items():
        if lock.owners:
            yield "L", (name,), [str(owner) for owner in lock.owners]


def _end(code: int | None, sig: str) -> str:
    return sig or ("" if code is None else str(code))
