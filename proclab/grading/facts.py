"""What checks take from a run: who made whom, who waited for whom, what programs were handed, the numbers in lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from proclab.events import Close, Event, Exec, Fork, Open, Task, Wait
from proclab.state import Observer, State, reduce

STANDARD = 2  # the highest descriptor that every program has


def numbers(lines: Sequence[str], count: int) -> list[tuple[int, ...]]:
    """The lines that consist of so many numbers: `["9 137", "ok"]` → [(9, 137)]."""
    rows = [re.fullmatch(r"[0-9]{1,18}( [0-9]{1,18})*", line) and line.split() for line in lines]
    return [tuple(map(int, row)) for row in rows if row and len(row) == count]


def forked(events: Sequence[Event]) -> dict[Task, Task]:
    """Every process that was made, with the one that has made it."""
    return {event.child: event.proc for event in events if isinstance(event, Fork) and event.child}


def reaped(events: Sequence[Event]) -> dict[Task, Task]:
    """Every process that was waited for, with the one that has waited."""
    return {event.child: event.proc for event in events if isinstance(event, Wait) and event.child and event.reaped}


def handed_on(events: Sequence[Event]) -> list[int]:
    """The descriptors above 2 that programs still had behind an exec, if somebody in the recording has made them.

    The program that the recorder has started is left out.
    """
    handed = _Handed()
    reduce(events, handed)
    return sorted(handed.fds)


class _Handed(Observer):
    def __init__(self) -> None:
        self.fds: set[int] = set()
        self._first: Task | None = None

    def after(self, state: State, event: Event) -> None:
        self._first = self._first or event.proc
        if isinstance(event, Exec) and not event.error and event.proc != self._first:
            table = state.boxes[event.box].fds(event.proc)
            self.fds |= {fd for fd, entry in table.items() if fd > STANDARD and entry.maker}


def never_closed(events: Sequence[Event], path: str) -> int:
    """How many times the first process has opened this path and not closed it again by itself."""
    first = events[0].proc if events else None
    own = [event for event in events if event.proc == first]
    opened = {event.fd.of for event in own if isinstance(event, Open) and event.fd and event.path == path}
    return len(opened - {event.of for event in own if isinstance(event, Close)})
