"""What each step changes: state as a flat mapping from names to small JSON values, and the difference of each step.

Names: kind letter, box and the rest, set apart by a control character that no box has. P process, T thread,
F descriptor, D open file description, O object, W wait, L lock. The page (page/state.js) reads just this.

Only what a step has changed is looked at (proclab/views/watched.py): a recording may have tens of thousands of
descriptors, and thousands of steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from proclab.events import Event, Task
from proclab.state.box import Box, State
from proclab.state.reducer import Observer
from proclab.state.waiting import awaited_end, wakers
from proclab.views.layout import program
from proclab.views.steps import Steps
from proclab.views.watched import Locks, Notes, watch

Flat = dict[str, Any]
Name = tuple[str, tuple[Any, ...]]  # kind, and what of that kind
APART = "\t"
WAITS = 200  # tasks that wait, of which the page shows which others can wake them,
WAKERS = 50  # and of these so many


class Changes(Observer):
    """For each step what has changed since the one before; None: it is no more."""

    def __init__(self, steps: Steps) -> None:
        self.ends = [step.until for step in steps]
        self.found: list[Flat] = []
        self.shown = Flat()
        self.notes: dict[str, Notes] = {}

    def before(self, state: State, event: Event) -> None:
        """A container that is new gets tables that note their changes."""
        if event.box not in state.boxes:
            state.boxes[event.box], self.notes[event.box] = watch(event.box)

    def after(self, state: State, event: Event) -> None:
        """A step ends with the last event that belongs to it."""
        while len(self.found) < len(self.ends) and event.seq >= self.ends[len(self.found)]:
            changes = Flat()
            for name, box in state.boxes.items():
                changes |= _difference(self.shown, box, _touched(box, self.notes[name]))
            self.found.append(changes)


def _difference(shown: Flat, box: Box, names: Iterable[Name]) -> Flat:
    """What has become of these things; `shown` is brought up to date."""
    changes, named = Flat(), dict[object, list[str]]()
    for kind, rest in names:
        name, value = _name(box, kind, rest), _value(box, kind, rest, named)
        if value != shown.get(name):
            changes[name] = value
            if value is None:
                del shown[name]
            else:
                shown[name] = value
    return changes


def flat(state: State) -> Flat:
    """All of a state that the page shows."""
    found = Flat()
    for box in state.boxes.values():
        _difference(found, replace(box, locks=Locks(box.locks)), _all(box))
    return found


def _name(box: Box, kind: str, rest: tuple[Any, ...]) -> str:
    return APART.join((kind, box.name, *map(str, rest)))


# --- which things there are, and which a step has touched ---


def _all(box: Box) -> Iterator[Name]:
    for task in box.processes:
        yield "P", (task,)
        yield from (("F", (task, fd)) for fd in box.fds(task))
    yield from (("T", (task,)) for task in box.threads)
    yield from (("W", (task,)) for task in box.waits)
    yield from (("D", (of,)) for of in box.places)
    yield from (("O", (obj,)) for obj in box.objects)
    yield from (("L", (name,)) for _, name in box.locks)


def _touched(box: Box, notes: Notes) -> Iterator[Name]:
    """What may be other than before; each once."""
    ofs = notes.taken("places") | notes.taken("descriptions")
    objs = notes.taken("objects") | notes.taken("bytes") | notes.taken("opened")
    for of in ofs:  # an object is shown while one of its descriptions is
        objs |= dict.fromkeys(obj for obj in (notes.object_of(of),) if obj is not None)
    tasks = notes.taken("processes")
    for task in tasks:
        yield "P", (task,)
    yield from (("F", place) for place in notes.descriptors(tasks))
    yield from (("T", (task,)) for task in notes.threads())
    yield from (("W", (task,)) for task in notes.taken("waits") | dict.fromkeys(islice(box.waits, WAITS + 1)))
    yield from (("D", (of,)) for of in ofs)
    yield from (("O", (obj,)) for obj in objs)
    yield from (("L", (name,)) for name in dict.fromkeys(name for _, name in notes.taken("locks")))


# --- what the page knows of one thing; None: it isn't there ---


def _value(box: Box, kind: str, rest: tuple[Any, ...], named: dict[object, list[str]]) -> Any:
    if kind == "F":
        return _descriptor(box, *rest)
    if kind == "W":
        return _wait(box, rest[0], named)
    return VALUES[kind](box, rest[0])


def _process(box: Box, task: Task) -> Any:
    process = box.processes[task]
    if process.status == "gone":
        return None
    parent = str(process.parent) if process.parent else ""
    runs = program(process.argv, process.path) if process.argv else ""
    return [parent, process.status, _end(process.code, process.sig), int(process.orphaned is not None), runs]


def _descriptor(box: Box, task: Task, fd: int) -> Any:
    entry = box.fds(task).get(fd) if box.processes[task].status != "gone" else None
    return [entry.of, int(entry.cloexec)] if entry else None


def _thread(box: Box, task: Task) -> Any:
    thread = box.threads.get(task)
    there = thread is not None and task != thread.proc and task in box.members.get(thread.proc, ())
    return str(thread.proc) if thread is not None and there else None


def _wait(box: Box, task: Task, named: dict[object, list[str]]) -> Any:
    wait = box.waits.get(task)
    if wait is None:
        return None
    ends: list[str] = []
    if task in islice(box.waits, WAITS):
        same = (wait.obj, awaited_end(wait)) if wait.on == "fd" else task
        if same not in named:
            named[same] = [str(waker) for waker in (wakers(box, wait) or ())[:WAKERS]]
        ends = named[same]
    return [wait.call, wait.on, list(wait.fds), wait.obj, wait.name, ends]


def _description(box: Box, of: str) -> Any:
    description = box.descriptions.get(of)
    if not description or not box.places.get(of):
        return None
    mode = ("r" if description.reads else "") + ("w" if description.writes else "")
    return [description.obj, mode, int(description.nonblock)]


def _object(box: Box, obj: str) -> Any:
    found = box.objects.get(obj)
    if found is None or not any(box.places.get(of) for of in box.opened.get(obj, ())):
        return None
    inside = box.bytes.get(obj, 0)
    return [found.what, found.peer, found.addr, found.local, int(found.listening), inside, found.peer_box]


def _lock(box: Box, name: str) -> Any:
    """Of locks with the same name the last one that somebody has."""
    assert isinstance(box.locks, Locks)
    owned = (box.locks[key].owners for key in reversed(box.locks.alike.get(name, {})) if box.locks[key].owners)
    return [str(owner) for owner in next(owned, ())] or None


VALUES: dict[str, Callable[[Box, Any], Any]] = {
    "P": _process,
    "T": _thread,
    "D": _description,
    "O": _object,
    "L": _lock,
}


def _end(code: int | None, sig: str) -> str:
    return sig or ("" if code is None else str(code))
