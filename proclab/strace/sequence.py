"""Places in order: by their keys, except where an edge demands otherwise or a place has to be held back.

The order comes one by one: who asks for the next place has dealt with the last one, and `Hold.told` may look at that.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

Key = tuple[int, tuple[int, int]]  # nanoseconds, and which line of whom
Edges = Iterable[tuple[int, int]]  # (before, after)


@dataclass(frozen=True)
class Hold:
    """Places that may come later than their keys say, and until when."""

    until: Sequence[int | None] = ()  # nanoseconds for each place; None: not held back
    told: Callable[[int], bool] = lambda place: True  # whether all that it needs is there


@dataclass
class Graph:
    """What still has to come before each place."""

    after: dict[int, list[tuple[int, bool]]]
    missing: list[int]
    firm: list[int]  # by hard edges
    done: list[bool]


@dataclass
class Waiting:
    """The places whose turn it could be."""

    keys: Sequence[Key]
    hold: Hold
    graph: Graph
    heap: list[tuple[Key, int]] = field(default_factory=list)
    held: list[tuple[int, Key, int]] = field(default_factory=list)  # until when, key, place

    def next(self) -> int:
        """Whose turn it is."""
        while True:
            if self.held and (place := self._from_held()) is not None:
                return place
            if not self.heap:  # a ring
                done, firm = self.graph.done, self.graph.firm
                self.heap = [min((key, at) for at, key in enumerate(self.keys) if not done[at] and not firm[at])]
            key, place = heapq.heappop(self.heap)
            if self.graph.done[place]:
                continue
            until = self.hold.until[place] if self.hold.until else None
            if until is None or self.hold.told(place):
                return place
            heapq.heappush(self.held, (until, key, place))

    def _from_held(self) -> int | None:
        """One that needs to wait no more, or whose time is over."""
        found = min((one for one in self.held if self.hold.told(one[2])), key=lambda one: one[1], default=None)
        if found is None and (not self.heap or self.held[0][0] < self.heap[0][0][0]):
            found = self.held[0]
        if found is None:
            return None
        self.held.remove(found)
        heapq.heapify(self.held)
        return found[2]


def sort(keys: Sequence[Key], hard: Edges, soft: Edges, hold: Hold | None = None) -> Iterator[int]:
    """Every place once. Hard edges make no ring; where soft ones make one, they give way at its first key."""
    graph = _graph(len(keys), hard, soft)
    waiting = Waiting(keys, hold or Hold(), graph)
    waiting.heap = [(key, place) for place, key in enumerate(keys) if not graph.missing[place]]
    heapq.heapify(waiting.heap)
    for _ in keys:
        place = waiting.next()
        graph.done[place] = True
        yield place
        for other, is_hard in graph.after.get(place, ()):
            graph.missing[other] -= 1
            graph.firm[other] -= is_hard
            if not graph.missing[other] and not graph.done[other]:
                heapq.heappush(waiting.heap, (keys[other], other))


def _graph(size: int, hard: Edges, soft: Edges) -> Graph:
    graph = Graph(defaultdict(list), [0] * size, [0] * size, [False] * size)
    for edges, is_hard in ((hard, True), (soft, False)):
        for one, other in edges:
            if one != other:
                graph.after[one].append((other, is_hard))
                graph.missing[other] += 1
                graph.firm[other] += is_hard
    return graph
