"""What the processes of one container are and hold after some events: the tables, and what they answer at once.

Every table maps to frozen records, tuples or frozensets, so whatever is taken out of a table stays as it was. The rules
by which events change the tables are in proclab/state/reducer.py and its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from proclab.events import Task
from proclab.state.records import (
    Closed,
    Description,
    End,
    Entry,
    Holder,
    Lock,
    LockKey,
    Object,
    Place,
    Process,
    Thread,
    Wait,
)

__all__ = ["Box", "Process", "State"]


@dataclass
class Asked:
    """What proclab.state.waiting has found out about the present state: many questions need the same answers."""

    wakers: dict[Task, tuple[Task, ...] | None] = field(default_factory=dict)
    stuck: dict[Task, bool] = field(default_factory=dict)


@dataclass
class Box:
    """A container's processes, threads, descriptors, waits, locks, signals."""

    name: str = ""
    seq: int = -1  # of the last event
    t: int = 0
    processes: dict[Task, Process] = field(default_factory=dict)
    threads: dict[Task, Thread] = field(default_factory=dict)
    members: dict[Task, tuple[Task, ...]] = field(default_factory=dict)  # process → its living threads
    children: dict[Task, frozenset[Task]] = field(default_factory=dict)  # process → children not reaped yet
    tables: dict[int, dict[int, Entry]] = field(default_factory=dict)
    users: dict[int, tuple[Task, ...]] = field(default_factory=dict)  # table → processes
    descriptions: dict[str, Description] = field(default_factory=dict)
    places: dict[str, dict[Place, None]] = field(default_factory=dict)  # description → where it is entered
    flying: dict[str, int] = field(default_factory=dict)  # description → times on its way through a socket
    objects: dict[str, Object] = field(default_factory=dict)
    opened: dict[str, dict[str, None]] = field(default_factory=dict)  # object → its descriptions
    bytes: dict[str, int] = field(default_factory=dict)  # object → written into it (a socket: to it) and not read
    used: dict[tuple[str, End], frozenset[Task]] = field(default_factory=dict)  # threads that ever read, wrote it
    closed: dict[tuple[str, End], Closed] = field(default_factory=dict)  # who closed an end last
    waits: dict[Task, Wait] = field(default_factory=dict)
    locks: dict[LockKey, Lock] = field(default_factory=dict)
    handlers: dict[Task, Mapping[str, str]] = field(default_factory=dict)  # process → signal → action
    pending: dict[tuple[Task, str], int] = field(default_factory=dict)  # sent and not delivered: how many times sent
    signalled: int = -1  # seq of the latest signal to a group, or to whom we don't know
    unknown: tuple[int, ...] = ()  # seq of closes of descriptors that nobody opened as far as we have seen
    tables_made: int = 0
    asked: Asked = field(default_factory=Asked, compare=False)  # with each event a new one

    # --- questions ---

    def living(self) -> list[Process]:
        """Processes that run, or are stopped."""
        return [process for process in self.processes.values() if process.alive]

    def zombies(self) -> list[Process]:
        """Ended, and not reaped."""
        return [process for process in self.processes.values() if process.status == "zombie"]

    def fds(self, proc: Task) -> Mapping[int, Entry]:
        """A process's descriptor table."""
        process = self.processes.get(proc)
        return self.tables.get(process.table, {}) if process else {}

    def object_of(self, entry: Entry) -> Object:
        """What a descriptor leads to."""
        description = self.descriptions.get(entry.of)
        return self.objects.get(description.obj, Object(description.obj)) if description else Object("")

    def holders(self, obj: str, end: End) -> tuple[Holder, ...]:
        """Every descriptor that keeps this end of a pipe, FIFO or socket open."""
        return tuple(Holder(*each) for each in sorted(self._holders(obj, end)))

    def _holders(self, obj: str, end: End) -> Iterator[tuple[Task, int, str]]:
        for of in self._opened(obj, end):
            for table, fd in self.places.get(of, ()):
                for proc in self.users.get(table, ()):
                    yield proc, fd, of

    def _opened(self, obj: str, end: End) -> list[str]:
        """The open file descriptions that are this end."""
        ofs = ((of, self.descriptions[of]) for of in self.opened.get(obj, ()))
        return [of for of, made in ofs if (made.writes if end == "write" else made.reads)]

    def holding(self, obj: str, end: End) -> tuple[Task, ...]:
        """The processes that keep this end open."""
        places = (place for of in self._opened(obj, end) for place in self.places.get(of, ()))
        return tuple(sorted({proc for table, _ in places for proc in self.users.get(table, ())}))

    def tree(self) -> dict[Task | None, tuple[Task, ...]]:
        """Parent → children, of all that are not gone; None: those whose parent isn't in the recording."""
        kin: dict[Task | None, list[Task]] = {}
        for process in self.processes.values():
            if process.status != "gone":
                kin.setdefault(process.parent, []).append(process.task)
        return {parent: tuple(sorted(children)) for parent, children in kin.items()}

    def at_pid(self, pid: int) -> Task | None:
        """The living task, thread or process, of that pid."""
        found = [task for tasks in self.members.values() for task in tasks if task.pid == pid]
        return max(found, default=None)


@dataclass
class State:
    """All containers, by name; a recording of one has just one."""

    boxes: dict[str, Box] = field(default_factory=dict)
    count: int = 0  # events that have been taken in

    def box(self, name: str = "") -> Box:
        """The container of that name."""
        return self.boxes.get(name) or Box(name)

    @property
    def only(self) -> Box:
        """The container, when there is one."""
        return next(iter(self.boxes.values()), Box())
