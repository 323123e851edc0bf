"""The world of a recording while it is told: tasks, tables, objects, and the events so far as drafts.

Handlers (descriptors.py, transfer.py, sockets.py, processes.py, signals.py, waiting.py) get a World and a Step and
make drafts. A draft's number stands for it in `cause` and `block` until the whole list is put in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from proclab.events import Event, Fd, Inherit, Line, Other, Task, What
from proclab.strace.kin import Life
from proclab.strace.order import Kin
from proclab.strace.steps import Step
from proclab.strace.tables import Description, Entry, Object, Table, closed, opened
from proclab.strace.talk import Talk
from proclab.strace.tokens import printable

Action = Literal["default", "handler", "ignore"]


@dataclass(slots=True)
class Draft:
    """An event to be: its kind and its fields."""

    cls: type[Event]
    values: dict[str, Any]
    key: tuple[int, tuple[int, int]]
    life: Life
    child: Life | None = None  # whom it made


@dataclass(eq=False)
class Box:
    """A container: pids, paths and ids are those of one box."""

    name: str
    objects: dict[str, Object] = field(default_factory=dict)  # by id
    counts: dict[str, int] = field(default_factory=dict)
    tasks: dict[int, Life] = field(default_factory=dict)  # who has a pid now
    sent: dict[tuple[Task, str], int] = field(default_factory=dict)  # task, signal → draft that sent it last


@dataclass(eq=False)
class Process:
    """What the threads of a process share, and what exec(2) resets."""

    life: Life
    table: Table
    handlers: dict[str, Action] = field(default_factory=dict)  # of signals; default where there is none
    started: bool = True  # False: an interpreter that has not come to its script yet
    script: str = ""
    marked: bool = False  # markers tell what is the program's own
    threads: set[Life] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)  # attempts to exec
    alarm: int | None = None  # draft that set the timer
    left: int | None = None  # when it began to end


@dataclass(eq=False)
class Thread:
    """What each thread has for itself."""

    life: Life
    process: Process
    line: Line | None = None
    doing: str = ""  # the function that the line calls
    importing: bool = False
    over: bool = False  # the program is; the interpreter cleans up
    mask: frozenset[str] = frozenset()
    inverted: bool = False  # the mask holds all signals but these
    covert: bool = False  # the C library has blocked all signals for a moment
    broken: tuple[str, int] | None = None  # the call that a signal has just interrupted, and its draft
    last: int | None = None  # its latest draft
    before: int | None = None  # the one before the present step
    wanted: int | None = None  # draft of the LockWait that it is in


@dataclass
class World:
    """Everything known at the present place of the order."""

    sources: Mapping[str, Sequence[str]] = field(default_factory=dict)  # file → lines
    drafts: list[Draft] = field(default_factory=list)
    boxes: dict[str, Box] = field(default_factory=dict)
    threads: dict[Life, Thread] = field(default_factory=dict)
    listening: list[Object] = field(default_factory=list)  # sockets with an address
    released: dict[tuple[Life, str], int] = field(default_factory=dict)  # process, lock → draft of its latest release
    kin: Kin = field(default_factory=Kin)
    talk: Talk = field(default_factory=Talk)
    drafted: dict[int, int] = field(default_factory=dict)  # id of a step → its draft
    ends: dict[Life, int] = field(default_factory=dict)  # task → draft of its end
    blocks: dict[int, int] = field(default_factory=dict)  # id of a step → draft of its Block
    key: tuple[int, tuple[int, int]] = (0, (0, 0))
    here: Thread = field(init=False)

    # --- drafts ---

    def event(self, cls: type[Event], step: Step, **values: Any) -> int:
        """Draft an event of the present thread; gives its number."""
        here = self.here
        values.setdefault("own", self.own)
        dur = None if step.end is None else max(step.end - step.begin, 0)
        return self.draft(cls, t=step.begin, dur=dur, line=here.line, **values)

    def draft(self, cls: type[Event], **values: Any) -> int:
        """Draft any event; gives its number."""
        number = len(self.drafts)
        values |= {"box": self.box.name, "task": self.here.life.task, "proc": self.here.process.life.task}
        self.drafts.append(Draft(cls, values, self.key, self.here.life))
        self.here.last = number
        return number

    def call(self, cls: type[Event], step: Step, **values: Any) -> int:
        """Draft a system call of the present thread."""
        block = self.blocks.get(id(step))
        number = self.event(cls, step, call=step.name, error=step.error, block=block, **values)
        self.drafted[id(step)] = number
        if step.error.startswith(("ERESTART", "EINTR")):
            self.here.broken = (step.name, number)
        return number

    def other(self, step: Step) -> int:
        """A call that no other kind tells."""
        return self.call(Other, step, text=printable(f"{step.name}({', '.join(step.args)})".encode())[:200])

    def cause(self, number: int, *causes: int | None) -> None:
        """The events without which this one could not have been."""
        known = [one for one in causes if one is not None and one != number]
        if known:
            values = self.drafts[number].values
            values["cause"] = tuple(dict.fromkeys((*values.get("cause", ()), *known)))

    def hush(self, drafts: list[int]) -> None:
        """These were the C library's doing: getaddrinfo(3) tries addresses by datagram sockets, say."""
        for draft in drafts:
            self.drafts[draft].values["own"] = False

    @property
    def own(self) -> bool:
        """Whether the program does what is done now, as far as can be told, and not its interpreter."""
        here = self.here
        told = here.line is not None and not here.importing if here.process.marked else here.process.started
        return told and not here.over

    # --- identities ---

    @property
    def box(self) -> Box:
        name = self.here.life.box
        if name not in self.boxes:
            self.boxes[name] = Box(name)
        return self.boxes[name]

    def count(self, name: str) -> str:
        """A new id."""
        counts = self.box.counts
        counts[name] = counts.get(name, 0) + 1
        return f"{name}{counts[name]}"

    def object(self, what: What, path: str = "") -> Object:
        """A new object, or the known one of that path."""
        short = "sock" if what == "socket" else what
        name = f"{short}:{path}" if path else self.count(short)
        if name not in self.box.objects:
            self.box.objects[name] = Object(name, what, path, self.box.name)
        return self.box.objects[name]

    def describe(self, thing: Object, reads: bool = True, writes: bool = True, own: bool = True) -> Description:
        """A new open file description of it."""
        of = Description(self.count("o"), thing, reads, writes, own)
        opened(of)
        return of

    def task(self, pid: int | None) -> Task | None:
        """The task that has this pid now."""
        life = self.box.tasks.get(pid or 0)
        return life.task if life else None

    def thread(self, life: Life, process: Process, like: Thread | None = None) -> Thread:
        """Take a task in; a child begins with its parent's mask and in its parent's line."""
        new = Thread(life, process)
        if like is not None:
            new.line, new.importing, new.over = like.line, like.importing, like.over
            new.mask, new.inverted, new.covert = like.mask, like.inverted, like.covert
        process.threads.add(life)
        self.threads[life] = new
        self.boxes.setdefault(life.box, Box(life.box)).tasks[life.task.pid] = life  # of the same box as who made it
        return new

    # --- descriptors ---

    @property
    def table(self) -> Table:
        return self.here.process.table

    def entry(self, step: Step, fd: int, said: str = "") -> Entry:
        """What a descriptor of the present process refers to; one that we have not met is taken in as inherited."""
        if fd not in self.table.entries:
            self.inherit(step.begin, fd, said)
        return self.table.entries[fd]

    def inherit(self, t: int, fd: int, said: str = "") -> Description:
        """A descriptor whose making we haven't seen."""
        what, path = self.guess(said)
        of = self.describe(self.object(what, path))
        self.take_in(t, Fd(fd, of.id), of, exact=False)
        return of

    def take_in(self, t: int, fd: Fd, of: Description, exact: bool, flags: str = "") -> None:
        """Enter a descriptor that was there already."""
        self.table.put(fd.fd, of, fd.cloexec)
        thing = of.object
        self.draft(Inherit, t=t, dur=0, exact=exact, fd=fd, obj=thing.id, what=thing.what, path=thing.path, flags=flags)

    def guess(self, said: str) -> tuple[What, str]:
        """Kind and path of a descriptor from what -y says of it."""
        name = said[1 : said.rfind(">")] if said else ""
        if not name:
            return "unknown", ""
        if name.startswith("pipe:["):
            return "pipe", name[5:]
        if name.startswith(("TCP", "UDP", "UNIX", "socket:[")):
            return "socket", ""
        path = printable(name.partition("<")[0].encode())
        if path.startswith(("/dev/pts/", "/dev/tty", "/dev/console")):
            return "tty", path
        return ("device" if path.startswith("/dev/") else "file" if path.startswith("/") else "other"), path

    def drop(self, fd: int, draft: int) -> bool:
        """Close a descriptor of the present process; whether it was the last of its open file description."""
        of = self.table.take(fd)
        if of is not None:
            self.blame(closed(of, draft), draft)
        return of is not None

    def drop_all(self, process: Process, draft: int) -> None:
        """A process is over: its table goes, unless it is shared."""
        process.table.users -= 1
        if process.table.users <= 0:
            for fd in list(process.table.entries):
                of = process.table.take(fd)
                if of is not None:
                    self.blame(closed(of, draft), draft)

    def blame(self, drafts: list[int], cause: int) -> None:
        """These were told too early: what caused them comes only now. The order is put right at the end."""
        for draft in drafts:
            self.cause(draft, cause)
