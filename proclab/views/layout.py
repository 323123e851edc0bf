"""The scene of the lanes: where each task is, its condition from step to step, and the arrows between tasks.

Places are indices of steps; run.svg and the page turn them into pixels. A lane is a process or a thread; a thread's
lane is drawn under its process's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from proclab import events as e
from proclab.state import Box, Observer, State
from proclab.views.steps import FAMILY, Steps

Key = tuple[str, e.Task]  # a task in its box
ARROWS = {
    "read": "bytes",
    "write": "bytes",
    "accept": "bytes",
    "connect": "bytes",
    "wait": "wait",
    "sig_deliver": "signal",
    "sig_take": "signal",
    "lock_got": "lock",
    "run": "wake",
    "open": "bytes",
}
CONDITION = {
    "fd": "io",
    "fds": "io",
    "task": "child",
    "futex": "lock",
    "lock": "lock",
    "sleep": "sleep",
    "signal": "signal",
    "other": "io",
}
OVER = (e.Exit, e.Killed, e.Wait)  # what may end a process for good
STILL = (e.Block, e.LockWait)  # what a task that runs waits with
MANY = (e.Exit, e.Killed, e.Exec, e.Wait, e.Stopped, e.SigDeliver)  # what may change other tasks than the event's own


@dataclass(frozen=True)
class Lane:
    """A task's place in the picture; `parent` is the lane that made it."""

    box: str
    task: e.Task
    proc: e.Task
    born: int
    parent: int | None = None
    name: str = ""  # of the program

    @property
    def thread(self) -> bool:
        return self.task != self.proc

    @property
    def key(self) -> str:
        """Of the phrase that names it."""
        return "views.thread" if self.thread else "views.process"


@dataclass(frozen=True)
class Span:
    """A condition of a task between two steps: run, io, child, thread, lock, sleep, signal, stopped, zombie."""

    lane: int
    condition: str
    begin: int
    end: int


@dataclass(frozen=True)
class Arrow:
    """From a step in a lane to a step in another: fork, bytes, wait, signal, lock, wake."""

    kind: str
    begin: int
    end: int
    source: int
    target: int


@dataclass
class Scene:
    """Everything that the lanes draw."""

    lanes: list[Lane] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    lane_of: list[int] = field(default_factory=list)  # of each step


class Layout(Observer):
    """Builds the scene while events come in; what is so after each event, the state knows."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.scene = Scene(lane_of=[0] * len(steps))
        self.where: dict[Key, int] = {}  # task → its lane
        self.now: list[tuple[str, int]] = []  # of each lane: its condition, and since which step
        self.events: dict[int, e.Event] = {}
        self.threads: dict[Key, list[int]] = {}  # process → its lanes that may not be over
        self.here = 0
        self.orphans: tuple[e.Task, ...] = ()  # children of the process that ends: init reaps its zombies

    def before(self, state: State, event: e.Event) -> None:
        if isinstance(event, OVER):
            over = event.proc if not isinstance(event, e.Wait) else event.child if event.reaped else None
            self.orphans = tuple(sorted(state.box(event.box).children.get(over, ()))) if over else ()
        else:
            self.orphans = ()

    def after(self, state: State, event: e.Event) -> None:
        self.events[event.seq] = event
        shown = self.steps.at.get(event.seq)
        self.here = self.here if shown is None else max(self.here, shown)  # folded steps overlap
        lane = self.lane(state, event, event.task)
        if shown is not None and self.steps.steps[shown].event is event:
            self.scene.lane_of[shown] = lane
        if isinstance(event, e.ThreadExit):  # of a main thread, too, after which its process goes on
            self.change(lane, "gone")
        elif isinstance(event, MANY):
            self.look_at_all(state.boxes[event.box], event)
        elif isinstance(event, STILL) or self.now[lane][0] != "run":
            self.change(lane, condition_of(state.boxes[event.box], event.task))
        self.children(state, event, lane)
        if shown is not None:
            self.scene.arrows.extend(self.arrows(state, event, shown, lane))

    def lane(self, state: State, event: e.Event, task: e.Task, parent: int | None = None) -> int:
        key = event.box, task
        if key not in self.where:
            thread = state.boxes[event.box].threads.get(task)
            proc = thread.proc if thread else event.proc if task == event.task else task
            self.where[key] = len(self.scene.lanes)
            self.scene.lanes.append(Lane(event.box, task, proc, self.here, parent))
            self.now.append(("run", self.here))
            self.threads.setdefault((event.box, proc), []).append(self.where[key])
        return self.where[key]

    def children(self, state: State, event: e.Event, lane: int) -> None:
        if isinstance(event, e.Fork | e.Thread) and event.child and not event.error:
            child = self.lane(state, event, event.child, lane)
            self.scene.arrows.append(Arrow("fork", self.here, self.here, lane, child))
        if isinstance(event, e.Exec) and not event.error:
            self.scene.lanes[lane] = _named(self.scene.lanes[lane], event)

    def look_at_all(self, box: Box, event: e.Event) -> None:
        """What an event does to a whole process, to a child, and to the children of a process that ends."""
        procs = {event.proc, *self.orphans, *(child for child in (getattr(event, "child", None),) if child)}
        for proc in sorted(procs):
            lanes = self.threads.get((box.name, proc), [])
            for lane in lanes:
                self.change(lane, condition_of(box, self.scene.lanes[lane].task))
            lanes[:] = [lane for lane in lanes if self.now[lane][0] != "gone"]

    def change(self, lane: int, condition: str) -> None:
        old, since = self.now[lane]
        if condition != old != "gone":
            if since < self.here or old == "zombie":
                self.scene.spans.append(Span(lane, old, since, self.here))
            self.now[lane] = condition, self.here

    def arrows(self, state: State, event: e.Event, shown: int, lane: int) -> Iterator[Arrow]:
        kind = ARROWS.get(event.kind, "")
        for cause in event.cause:
            begin, before = self.steps.at.get(cause), self.events.get(cause)
            if kind == "wait" and before is not None and before.proc != event.proc:
                zombie = self.lane(state, before, before.proc)
                yield Arrow(kind, shown, shown, zombie, lane)
                continue
            if begin is None or before is None or not kind or begin >= shown:
                continue
            source = self.lane(state, before, before.task)
            if source != lane:
                yield Arrow(_kind(kind, before), begin, shown, source, lane)

    def finished(self) -> Scene:
        """The scene when there are no more events."""
        last = max(len(self.steps) - 1, 0)
        for lane, (condition, since) in enumerate(self.now):
            if since < last or condition == "zombie":
                self.scene.spans.append(Span(lane, condition, since, last))
        self.scene.arrows = list(dict.fromkeys(self.scene.arrows))
        return _ordered(self.scene)


def condition_of(box: Box, task: e.Task) -> str:
    """The condition of a task, in a word."""
    thread = box.threads.get(task)
    if thread is None:
        return "run"  # only a note or a gap names it
    process = box.processes[thread.proc]
    if thread.ended is not None:
        return process.status if task == thread.proc and not process.alive else "gone"
    if process.status == "stopped":
        return "stopped"
    wait = box.waits.get(task)
    if wait is None:
        return "run"
    return "thread" if wait.what == "thread" else CONDITION[wait.on]


def _kind(kind: str, before: e.Event) -> str:
    """The kind of an arrow depends on where it begins, too: an end of file comes from a close or an exit."""
    if FAMILY.get(before.kind) == "signal":
        return "signal"
    return "eof" if kind == "bytes" and before.kind in ("close", "exit", "killed", "exec") else kind


def program(argv: Sequence[str], path: str) -> str:
    """A program in few words: without folders, and a script without its interpreter."""
    words = [part.rpartition("/")[2] or part for part in argv] or [path.rpartition("/")[2]]
    script = len(words) > 1 and words[0].startswith("python") and not words[1].startswith("-")
    return " ".join(words[1:] if script else words)


def _named(lane: Lane, event: e.Exec) -> Lane:
    return Lane(lane.box, lane.task, lane.proc, lane.born, lane.parent, program(event.argv, event.path))


def _ordered(scene: Scene) -> Scene:
    """Lanes in the order of the tree: a process, its threads, then its children."""
    below: dict[int | None, list[int]] = {}
    boxes = {box: number for number, box in reversed(list(enumerate(lane.box for lane in scene.lanes)))}
    mains = {(lane.box, lane.task): number for number, lane in enumerate(scene.lanes)}
    for number, lane in enumerate(scene.lanes):
        above = mains.get((lane.box, lane.proc)) if lane.thread else lane.parent
        below.setdefault(None if above == number else above, []).append(number)
    order: list[int] = []
    stack = sorted(below.get(None, []), key=lambda n: (boxes[scene.lanes[n].box], n), reverse=True)
    while stack:
        top = stack.pop()
        order.append(top)
        stack.extend(sorted(below.get(top, []), key=lambda n: (not scene.lanes[n].thread, n), reverse=True))
    placed = set(order)
    order += [n for n in range(len(scene.lanes)) if n not in placed]
    place = {old: new for new, old in enumerate(order)}
    return Scene(
        [_moved(scene.lanes[old], place) for old in order],
        [Span(place[s.lane], s.condition, s.begin, s.end) for s in scene.spans if s.condition != "gone"],
        [Arrow(a.kind, a.begin, a.end, place[a.source], place[a.target]) for a in scene.arrows],
        [place.get(lane, 0) for lane in scene.lane_of],
    )


def _moved(lane: Lane, place: dict[int, int]) -> Lane:
    parent = None if lane.parent is None else place[lane.parent]
    return Lane(lane.box, lane.task, lane.proc, lane.born, parent, lane.name)
