"""A derived finding: a record of what has happened and who is to blame, without words.

Each kind is defined beside the watch that derives it. Its sentence is in the catalogue (proclab.words), under its kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, ClassVar

from proclab.events import Event, Line, Task
from proclab.state.box import Box, State
from proclab.state.records import Holder, Object

Key = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The header of every finding."""

    kind: ClassVar[str] = ""
    passing: ClassVar[frozenset[str]] = frozenset({"seq", "until", "line"})  # fields that change while it lasts

    seq: int  # the event with which it became true
    until: int | None = None  # the event with which it was over; None: still so at the end, or true of a moment
    box: str = ""
    line: Line | None = None  # where in the student's source

    @property
    def key(self) -> Key:
        """What makes it the same finding: found again later, it has the same key, however long it has lasted."""
        return self.kind, *(_same(getattr(self, each.name)) for each in fields(self) if each.name not in self.passing)

    @property
    def accuses(self) -> bool:
        """Whether it says that the program has done wrong, and would in every run. Else it is an observation.

        No correct program is accused: what an accusation rests on may not depend on load or on an order of arrival.
        """
        return False

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Every process and thread that it speaks of."""
        return tuple(dict.fromkeys(_tasks(getattr(self, field.name) for field in fields(self))))


def _same(value: Any) -> Any:
    """A field of a key: an object and a holder are the same whatever else is known of them by now."""
    if isinstance(value, Object):
        return value.id
    if isinstance(value, Holder):
        return value.proc, value.fd
    if isinstance(value, tuple):
        return tuple(map(_same, value))
    return tuple(_same(getattr(value, each.name)) for each in fields(value)) if is_dataclass(value) else value


def _tasks(values: Iterable[Any]) -> Iterator[Task]:
    for value in values:
        if isinstance(value, Task):
            yield value
        elif isinstance(value, tuple):
            yield from _tasks(value)
        elif hasattr(value, "proc"):
            yield value.proc


class Watch:
    """Sees the events of one container go by and gathers findings; `before` and `after` name the kinds it looks at."""

    before: ClassVar[tuple[type[Event], ...]] = ()
    after: ClassVar[tuple[type[Event], ...]] = ()

    def __init__(self, state: State) -> None:
        self.state = state  # of all containers
        self.findings: list[Finding] = []

    def look(self, box: Box, event: Event) -> None:
        """The box as it was when the event came."""

    def see(self, box: Box, event: Event) -> None:
        """The box as the event has made it."""

    def finish(self, box: Box) -> None:
        """The box at the end."""
