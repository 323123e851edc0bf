"""Places in order: by their keys, except where an edge demands otherwise or a place has to be held back.

The order comes one by one: a caller that asks for the next place has dealt with the last one, and `Hold.ready` may look
at what came of it.
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
    ready: Callable[[int], bool] = lambda place: True  # whether all that it needs is there


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
            if until is None or self.hold.ready(place):
                return place
            heapq.heappush(self.held, (until, key, place))

    def _from_held(self) -> int | None:
        """One that needs to wait no more, or whose time is over."""
        found = min((held for held in self.held if self.hold.ready(held[2])), key=lambda held: held[1], default=None)
        if found is None and (not self.heap or self.held[0][0] < self.heap[0][0][0]):
            found = self.held[0]
        if found is None:
            return None
        self.held.remove(found)
        heapq.heapify(self.held)
        return found[2]


def sort(
    keys: Sequence[Key], hard: Edges, soft: Edges, hold: Hold | None = None, chained: Sequence[bool] = ()
) -> Iterator[int]:
    """Every place once. Hard edges make no ring; where soft ones make one, they give way at its first key.

    `chained`: whether a place has a hard edge from the one before, as most have; without lists of their own.
    """
    chained = [*(chained or [False] * len(keys)), False]
    graph = _graph(chained, hard, soft)
    waiting = Waiting(keys, hold or Hold(), graph)
    waiting.heap = [(key, place) for place, key in enumerate(keys) if not graph.missing[place]]
    heapq.heapify(waiting.heap)
    for _ in keys:
        place = waiting.next()
        graph.done[place] = True
        yield place
        after = graph.after.get(place, ())
        for other, is_hard in [(place + 1, True), *after] if chained[place + 1] else after:
            graph.missing[other] -= 1
            graph.firm[other] -= is_hard
            if not graph.missing[other] and not graph.done[other]:
                heapq.heappush(waiting.heap, (keys[other], other))


def _graph(chained: Sequence[bool], hard: Edges, soft: Edges) -> Graph:
    graph = Graph(defaultdict(list), list(map(int, chained)), list(map(int, chained)), [False] * len(chained))
    for edges, is_hard in ((hard, True), (soft, False)):
        for one, other in edges:
            if one != other:
                graph.after[one].append((other, is_hard))
                graph.missing[other] += 1
                graph.firm[other] += is_hard
    return graph
