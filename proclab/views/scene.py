"""The scene of the lanes: who is where, in which condition from when to when, and the arrows between.

Places are indices of steps; run.svg and the page turn them into pixels. A lane is a process or a thread; a thread's
lane stands under its process's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from proclab import events as e
from proclab.views.steps import FAMILY, Steps

Key = tuple[str, e.Task]  # a task in its box
ARROWS = {
    "read": "bytes", "write": "bytes", "accept": "bytes", "connect": "bytes", "wait": "wait", "sig_deliver": "signal",
    "sig_take": "signal", "lock_got": "lock", "run": "wake", "open": "bytes",
}  # fmt: skip
CONDITION = {
    "fd": "io", "fds": "io", "task": "child", "futex": "lock", "lock": "lock", "sleep": "sleep", "signal": "signal",
    "other": "io",
}  # fmt: skip


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


def scene(events: Sequence[e.Event], steps: Steps) -> Scene:
    """The scene of these events, of which `steps` are shown."""
    building = _Building(steps)
    for event in events:
        building.take(event)
    building.close()
    return _ordered(building.scene)


class _Building:
    """The scene while events come in."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.scene = Scene(lane_of=[0] * len(steps))
        self.where: dict[Key, int] = {}  # task → its lane
        self.now: dict[int, tuple[str, int, int | None]] = {}  # lane → condition, since, seq of its Block
        self.events: dict[int, e.Event] = {}
        self.here = 0

    def take(self, event: e.Event) -> None:
        self.events[event.seq] = event
        shown = self.steps.at.get(event.seq)
        self.here = self.here if shown is None else max(self.here, shown)  # folded steps overlap
        lane = self.lane(event, event.task)
        if shown is not None and self.steps.steps[shown].event is event:
            self.scene.lane_of[shown] = lane
        self.condition(event, lane)
        self.children(event, lane)
        if shown is not None:
            self.scene.arrows.extend(self.arrows(event, shown, lane))

    def lane(self, event: e.Event, task: e.Task, parent: int | None = None) -> int:
        key = event.box, task
        if key not in self.where:
            thread = isinstance(event, e.Thread) or (task == event.task and task != event.proc)
            self.where[key] = len(self.scene.lanes)
            self.scene.lanes.append(Lane(event.box, task, event.proc if thread else task, self.here, parent))
            self.now[self.where[key]] = "run", self.here, None
        return self.where[key]

    def children(self, event: e.Event, lane: int) -> None:
        if isinstance(event, e.Fork | e.Thread) and event.child and not event.error:
            child = self.lane(event, event.child, lane)
            self.scene.arrows.append(Arrow("fork", self.here, self.here, lane, child))
        if isinstance(event, e.Exec) and not event.error:
            self.scene.lanes[lane] = _named(self.scene.lanes[lane], event)

    def condition(self, event: e.Event, lane: int) -> None:
        if isinstance(event, e.Block):
            self.change(lane, CONDITION[event.on], event.seq)
        elif isinstance(event, e.LockWait):
            self.change(lane, "thread" if event.what == "thread" else "lock")
        elif isinstance(event, e.Stopped):
            self.change(lane, "stopped")
        elif isinstance(event, e.Exit | e.Killed):
            self.ended(event, lane)
        elif isinstance(event, e.ThreadExit):
            self.change(lane, "gone")
        elif isinstance(event, e.Wait) and event.reaped and event.child:
            self.change(self.lane(event, event.child), "gone")
        elif self.now[lane][0] not in ("run", "zombie", "gone") and self.wakes(event, lane):
            self.change(lane, "run")

    def wakes(self, event: e.Event, lane: int) -> bool:
        condition, _, block = self.now[lane]
        return condition == "stopped" or getattr(event, "block", None) == block or not isinstance(event, e.SigDeliver)

    def ended(self, event: e.Event, lane: int) -> None:
        """The end of a process: its threads are gone; a zombie is who has a parent that could reap it."""
        for other, one in enumerate(self.scene.lanes):
            if one.box == event.box and one.proc == event.proc and other != lane and one.thread:
                self.change(other, "gone")
            if self.now[other][0] == "zombie" and one.parent == lane:
                self.change(other, "gone")  # init reaps it
        main = self.lane(event, event.proc)
        parent = self.scene.lanes[main].parent
        alive = parent is not None and self.now[parent][0] not in ("zombie", "gone")
        self.change(main, "zombie" if alive else "gone")

    def change(self, lane: int, condition: str, block: int | None = None) -> None:
        old, since, _ = self.now[lane]
        if old != "gone":
            if since < self.here or old == "zombie":
                self.scene.spans.append(Span(lane, old, since, self.here))
            self.now[lane] = condition, self.here, block

    def arrows(self, event: e.Event, shown: int, lane: int) -> Iterator[Arrow]:
        kind = ARROWS.get(event.kind, "")
        for cause in event.cause:
            begin, before = self.steps.at.get(cause), self.events.get(cause)
            if kind == "wait" and before is not None and before.proc != event.proc:
                yield Arrow(kind, shown, shown, self.lane(before, before.proc), lane)  # it was a zombie until now
                continue
            if begin is None or before is None or not kind or begin >= shown:
                continue
            source = self.lane(before, before.task)
            if source != lane:
                yield Arrow(_kind(kind, before), begin, shown, source, lane)

    def close(self) -> None:
        self.here = max(len(self.steps) - 1, 0)
        for lane in self.now:
            self.change(lane, "gone")
        self.scene.arrows = list(dict.fromkeys(self.scene.arrows))


def _kind(kind: str, before: e.Event) -> str:
    """What an arrow stands for also hangs on where it begins: an end of file comes from a close or an exit."""
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
