"""A box whose tables note which of their keys have been changed, so that nobody has to look through all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from proclab.events import Task
from proclab.state.box import Box

NOTED = ("processes", "members", "places", "descriptions", "objects", "bytes", "opened", "waits", "tables", "locks")
Keys = dict[Any, None]  # in the order of their first change


class Noted(dict[Any, Any]):
    """A dictionary that notes the keys whose values are set or taken away."""

    def __init__(self, values: Mapping[Any, Any] | None = None) -> None:
        super().__init__(values or {})
        self.changed: Keys = {}

    def __setitem__(self, key: Any, value: Any) -> None:
        self.changed[key] = None
        super().__setitem__(key, value)

    def __delitem__(self, key: Any) -> None:
        self.changed[key] = None
        super().__delitem__(key)

    def pop(self, key: Any, *default: Any) -> Any:
        self.changed[key] = None
        return super().pop(key, *default)

    def setdefault(self, key: Any, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]


class Tables(Noted):
    """Descriptor tables: what changes within one is noted as (table, fd)."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: Keys = {}

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, _Table(key, self.entries, value))


class Locks(Noted):
    """Locks, and which have the same name: several processes may have one each."""

    def __init__(self, values: Mapping[Any, Any] | None = None) -> None:
        super().__init__(values)
        self.alike: dict[str, Keys] = {}
        for key in self:
            self.alike.setdefault(key[1], {})[key] = None

    def __setitem__(self, key: Any, value: Any) -> None:
        self.alike.setdefault(key[1], {})[key] = None
        super().__setitem__(key, value)

    def __delitem__(self, key: Any) -> None:
        self.alike[key[1]].pop(key, None)
        super().__delitem__(key)


class _Table(Noted):
    def __init__(self, number: int, entries: Keys, values: Mapping[Any, Any]) -> None:
        super().__init__(values)
        self.number, self.entries = number, entries

    def __setitem__(self, key: Any, value: Any) -> None:
        self.entries[self.number, key] = None
        super().__setitem__(key, value)

    def pop(self, key: Any, *default: Any) -> Any:
        self.entries[self.number, key] = None
        return super().pop(key, *default)


class Notes:
    """What has changed in a box since it was asked last."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.objects: dict[str, str] = {}  # description → its object, also when it is no more
        self.shown: dict[Task, tuple[int, Keys]] = {}  # process → its table, and the descriptors that it had there
        self.living: dict[Task, Keys] = {}  # process → its threads

    def taken(self, table: str) -> Keys:
        """The changed keys of one of the box's tables, once."""
        noted: Noted = getattr(self.box, table)
        changed, noted.changed = noted.changed, {}
        return changed

    def object_of(self, of: str) -> str | None:
        """The object behind a description."""
        if of in self.box.descriptions:
            self.objects[of] = self.box.descriptions[of].obj
        return self.objects.get(of)

    def descriptors(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, int]]:
        """Descriptors that may be others than before: of processes that have another table, and in tables."""
        tables: Any = self.box.tables
        entries, tables.entries = dict(tables.entries), tables.entries
        tables.entries.clear()
        for task in tasks:
            process = self.box.processes[task]
            number = 0 if process.status == "gone" else process.table
            before, had = self.shown.get(task, (0, {}))
            if number != before:
                now = dict.fromkeys(self.box.tables.get(number, ()))
                self.shown[task] = number, now
                yield from ((task, fd) for fd in had | now)
        for number, fd in entries:
            for task in self.box.users.get(number, ()):
                if task in self.shown:
                    self.shown[task][1][fd] = None
                    yield task, fd

    def threads(self) -> Iterator[Task]:
        """Threads that have come or gone."""
        for proc in self.taken("members"):
            before, now = self.living.get(proc, {}), dict.fromkeys(self.box.members.get(proc, ()))
            self.living[proc] = now
            yield from (thread for thread in before | now if thread not in before or thread not in now)


def watch(name: str) -> tuple[Box, Notes]:
    """An empty box, and the notes of what changes in it."""
    special = {"tables": Tables, "locks": Locks}
    tables: dict[str, Any] = {table: special.get(table, Noted)() for table in NOTED}
    box = Box(name, **tables)
    return box, Notes(box)
