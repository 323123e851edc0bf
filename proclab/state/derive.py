"""All derived facts of a list of events, and the states in between."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from proclab.events import KINDS, Event
from proclab.state.blocked import Busy, Circles
from proclab.state.box import Box, State
from proclab.state.ends import Ends
from proclab.state.fact import Fact, Watch
from proclab.state.leaks import Leaks
from proclab.state.lives import Lives
from proclab.state.peers import Peers
from proclab.state.reducer import apply, reduce
from proclab.state.sent import Signals

WATCHES: tuple[type[Watch], ...] = (Lives, Ends, Circles, Busy, Leaks, Signals, Peers)
Look = Callable[[Box, Event], None]


class Watches:
    """The watches over one container, by the kinds of event that they look at."""

    def __init__(self, state: State) -> None:
        self.all = [watch(state) for watch in WATCHES]
        self.before: dict[type[Event], list[Look]] = {
            cls: [one.look for one in self.all if issubclass(cls, one.before)] for cls in KINDS.values()
        }
        self.after: dict[type[Event], list[Look]] = {
            cls: [one.see for one in self.all if issubclass(cls, one.after)] for cls in KINDS.values()
        }


@dataclass
class Observer:
    """Takes events one by one; `facts` is what they add up to so far."""

    state: State = field(default_factory=State)
    watches: dict[str, Watches] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """The next event."""
        watches = self.watches.get(event.box)
        if watches is None:
            watches = self.watches[event.box] = Watches(self.state)
        kind = type(event)
        for look in watches.before[kind]:
            look(self.state.box(event.box), event)
        apply(self.state, event)
        if kind.kind not in ("note", "gap"):
            box = self.state.boxes[event.box]
            for see in watches.after[kind]:
                see(box, event)

    def facts(self) -> tuple[Fact, ...]:
        """Every fact, by the place where it became true. The observer takes no more events after that."""
        found: list[Fact] = []
        for name, watches in self.watches.items():
            for watch in watches.all:
                watch.finish(self.state.box(name))
                found += watch.facts
        return tuple(sorted(found, key=lambda fact: (fact.seq, fact.kind)))


def derive(events: Iterable[Event]) -> tuple[Fact, ...]:
    """Every derived fact of these events."""
    observer = Observer()
    for event in events:
        observer.take(event)
    return observer.facts()


def facts_at(facts: Iterable[Fact], seq: int) -> tuple[Fact, ...]:
    """Those of the facts that were true right after event `seq`; one of a moment is true with its event only."""
    return tuple(
        fact for fact in facts if fact.seq <= seq and (fact.until is None or seq < fact.until or fact.seq == seq)
    )


class History:
    """The states between events: `history.at(k)` is the one after the first k of them."""

    def __init__(self, events: Sequence[Event], snapshots: int = 64) -> None:
        self.events = events
        every = max(200, -(-len(events) // snapshots))
        self.places = [0]
        self.states = [State()]
        for place in range(every, len(events) + 1, every):
            self.states.append(reduce(events[self.places[-1] : place], self.states[-1]))
            self.places.append(place)

    def __len__(self) -> int:
        return len(self.events)

    def at(self, count: int) -> State:
        """The state after this many events. It is the caller's own."""
        count = max(0, min(count, len(self.events)))
        near = bisect_right(self.places, count) - 1
        return reduce(self.events[self.places[near] : count], self.states[near])
