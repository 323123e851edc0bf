"""All derived findings of a list of events."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from proclab.events import KINDS, Event, Fork, Killed, Task
from proclab.findings.connections import Peers
from proclab.findings.deadlocks import Busy, Circles
from proclab.findings.finding import Finding, Watch
from proclab.findings.leaks import Leaks
from proclab.findings.pipes import Ends, Fifos
from proclab.findings.signals import Signals
from proclab.findings.zombies import Lives
from proclab.state.box import Box, State
from proclab.state.reducer import Observer, reduce

WATCHES: tuple[type[Watch], ...] = (Lives, Ends, Fifos, Circles, Busy, Leaks, Signals, Peers)
Look = Callable[[Box, Event], None]


class Watches:
    """The watches over one container, by the kinds of event that they look at."""

    def __init__(self, state: State) -> None:
        self.all = [watch(state) for watch in WATCHES]
        self.before: dict[type[Event], list[Look]] = {
            cls: [watch.look for watch in self.all if issubclass(cls, watch.before)] for cls in KINDS.values()
        }
        self.after: dict[type[Event], list[Look]] = {
            cls: [watch.see for watch in self.all if issubclass(cls, watch.after)] for cls in KINDS.values()
        }


class Derivation(Observer):
    """The findings of one pass over the events."""

    def __init__(self) -> None:
        self.watches: dict[str, Watches] = {}
        self.felled: dict[str, set[Task]] = {}  # box → what the recorder ended, and what it left behind
        self.found: list[Finding] = []

    def before(self, state: State, event: Event) -> None:
        """What the event says of the state that it meets; and whether the recorder has begun to kill."""
        watches = self.watches.get(event.box)
        felled = self.felled.setdefault(event.box, set())
        if isinstance(event, Killed) and event.felled and event.proc not in felled and watches is not None:
            watches = self._fell(state, event.box, watches)
        if event.proc in felled:
            if isinstance(event, Fork) and event.child:
                felled.add(event.child)
            return
        if watches is None:
            watches = self.watches[event.box] = Watches(state)
        for look in watches.before[type(event)]:
            look(state.box(event.box), event)

    def after(self, state: State, event: Event) -> None:
        """What follows from the state that the event has made."""
        kind = type(event)
        if kind.kind not in ("note", "gap") and event.proc not in self.felled[event.box]:
            box = state.boxes[event.box]
            for see in self.watches[event.box].after[kind]:
                see(box, event)

    def _fell(self, state: State, name: str, watches: Watches) -> Watches:
        """The recorder begins to kill: what is so now is so at the end; what still runs then shows nothing."""
        box = state.box(name)
        for watch in watches.all:
            watch.finish(box)
            self.found += watch.findings
        self.felled[name].update(process.task for process in box.living())
        self.watches[name] = Watches(state)
        return self.watches[name]

    def findings(self, state: State) -> tuple[Finding, ...]:
        """Every finding, by the place where it became true; `state` is the one at the end of the pass."""
        found = list(self.found)
        for name, watches in self.watches.items():
            for watch in watches.all:
                watch.finish(state.box(name))
                found += [finding for finding in watch.findings if self.felled[name].isdisjoint(finding.tasks)]
        return tuple(sorted(found, key=lambda finding: (finding.seq, finding.kind)))


def derive(events: Iterable[Event]) -> tuple[Finding, ...]:
    """Every derived finding of these events."""
    derivation = Derivation()
    return derivation.findings(reduce(events, derivation))
