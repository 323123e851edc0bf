"""The world of a recording at one place of its order: tasks, tables, objects, and the events so far as drafts.

Handlers (descriptors.py, transfer.py, sockets.py, processes.py, signals.py, waiting.py) get a World and a Step and
make drafts. A draft is named by its number in `cause` and `block` until the whole list is put in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from proclab.events import Event, Fd, Inherit, Line, Other, Task, What
from proclab.strace.ancestry import Lifetime
from proclab.strace.conversation import Conversation
from proclab.strace.felled import Felling
from proclab.strace.order import Relations
from proclab.strace.steps import Step
from proclab.strace.tables import Description, Entry, Object, Table, closed, opened
from proclab.strace.tokens import PATH_SHOWN, plain
from proclab.text import strace_signal

Action = Literal["default", "handler", "ignore"]
# What loader, C library and interpreter arrange and ask for themselves all the time: memory, and what a file is. The
# recorder leaves it out (docker/guest/tracer.py). A log of the user's own has it: no step, whoever asks.
MEMORY = {"mmap", "munmap", "mprotect", "mremap", "brk", "madvise", "arch_prctl", "prlimit64", "getrandom"}
THREADS = {"set_tid_address", "set_robust_list", "rseq", "rt_sigreturn"}
FILES = {"stat", "lstat", "fstat", "newfstatat", "statx", "lseek", "fadvise64"}
SILENT = frozenset(MEMORY | THREADS | FILES)


@dataclass(slots=True)
class Draft:
    """An event to be: its kind and its fields."""

    cls: type[Event]
    values: dict[str, Any]
    life: Lifetime
    child: Lifetime | None = None  # whom it made


@dataclass(eq=False)
class Box:
    """A container: pids, paths and ids are those of one box."""

    name: str
    objects: dict[str, Object] = field(default_factory=dict)  # by id
    counts: dict[str, int] = field(default_factory=dict)
    tasks: dict[int, Lifetime] = field(default_factory=dict)  # the task that has a pid now
    sent: dict[tuple[Task, str], int] = field(default_factory=dict)  # task, signal → draft that sent it last
    swept: bool = False  # somebody in the recording has sent SIGKILL to a group


@dataclass(eq=False)
class Process:
    """What the threads of a process share, and what exec(2) resets."""

    life: Lifetime
    table: Table
    handlers: dict[str, Action] = field(default_factory=dict)  # of signals; default where there is none
    started: bool = True  # False: an interpreter that has not come to its script yet
    script: str = ""
    marked: bool = False  # markers tell what is the program's own
    since: int | None = None  # an interpreter without a marker yet: the first draft after its exec
    threads: set[Lifetime] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)  # attempts to exec
    fault: str = ""  # what a fault plan did to one of them
    alarm: int | None = None  # draft that set the timer
    left: int | None = None  # when it began to end


@dataclass(eq=False)
class Thread:
    """What each thread has for itself."""

    life: Lifetime
    process: Process
    line: Line | None = None
    doing: str = ""  # the function that the line calls
    ran: bool = False  # the program has come to a line of its own
    importing: bool = False
    over: bool = False  # the program is; the interpreter cleans up
    mask: frozenset[str] = frozenset()
    inverted: bool = False  # the mask holds all signals but these
    masked_by_libc: bool = False  # the C library has blocked all signals for a moment
    broken: tuple[Step, int] | None = None  # the call that a signal has just interrupted, and its draft
    resumes: bool = False  # only a tracer has interrupted it: without one the signal wakes nobody
    last: int | None = None  # its latest draft
    before: int | None = None  # the one before the present step
    wanted: int | None = None  # draft of the LockWait that it is in


@dataclass
class World:
    """Everything known at the present place of the order."""

    sources: Mapping[str, Sequence[str]] = field(default_factory=dict)  # file → lines
    fells: Mapping[str, Felling] = field(default_factory=dict)  # box → when its recorder kills
    drafts: list[Draft] = field(default_factory=list)
    boxes: dict[str, Box] = field(default_factory=dict)
    threads: dict[Lifetime, Thread] = field(default_factory=dict)
    listening: list[Object] = field(default_factory=list)  # sockets with an address
    released: dict[tuple[Lifetime, str], int] = field(
        default_factory=dict
    )  # process, lock → draft of its latest release
    relations: Relations = field(default_factory=Relations)
    conversation: Conversation = field(default_factory=Conversation)
    drafted: dict[int, int] = field(default_factory=dict)  # id of a step → its draft
    ends: dict[Lifetime, int] = field(default_factory=dict)  # task → draft of its end
    blocks: dict[int, int] = field(default_factory=dict)  # id of a step → draft of its Block
    looks: set[int] = field(default_factory=set)  # drafts of Blocks whose call never waits
    dropped: set[int] = field(default_factory=set)  # drafts that turned out not to have been
    copied: int = 0  # descriptors that children got from their parents
    here: Thread = field(init=False)

    # --- drafts ---

    def event(self, cls: type[Event], step: Step, **values: Any) -> int:
        """Draft an event of the present thread; gives its number."""
        here = self.here
        if "own" not in values:
            values["own"] = self.own
        if "sig" in values:
            values["sig"] = strace_signal(values["sig"])
        dur = None if step.end is None else max(step.end - step.begin, 0)
        values["t"], values["dur"], values["line"] = step.begin, dur, here.line
        return self._add(cls, values)

    def draft(self, cls: type[Event], **values: Any) -> int:
        """Draft any event; gives its number."""
        return self._add(cls, values)

    def _add(self, cls: type[Event], values: dict[str, Any]) -> int:
        here, number = self.here, len(self.drafts)
        values["box"], values["task"], values["proc"] = here.life.box, here.life.task, here.process.life.task
        self.drafts.append(Draft(cls, values, here.life))
        here.last = number
        return number

    def call(self, cls: type[Event], step: Step, **values: Any) -> int:
        """Draft a system call of the present thread."""
        block = self.blocks.get(id(step))
        if step.fault:
            values["fault"] = step.fault
        number = self.event(cls, step, call=step.name, error=step.error, block=block, **values)
        self.drafted[id(step)] = number
        if step.error.startswith(("ERESTART", "EINTR")) and step.fault != "error":
            self.here.broken = (step, number)
        return number

    def other(self, step: Step) -> int:
        """A call for which there is no other kind of event."""
        own = self.own and step.name not in SILENT
        return self.call(Other, step, text=plain(f"{step.name}({', '.join(step.args)})"), own=own)

    def cause(self, number: int, *causes: int | None) -> None:
        """The events without which this one could not have been."""
        known = [cause for cause in causes if cause is not None and cause != number]
        if known:
            values = self.drafts[number].values
            values["cause"] = tuple(dict.fromkeys((*values.get("cause", ()), *known)))

    def mark_internal(self, drafts: list[int]) -> None:
        """The C library did these by itself: getaddrinfo(3) tries addresses by datagram sockets, say."""
        for draft in drafts:
            self.drafts[draft].values["own"] = False

    @property
    def own(self) -> bool:
        """Whether the program does what is done now, as far as can be known, and not its interpreter."""
        here = self.here
        begun = here.ran and not here.importing if here.process.marked else here.process.started
        return begun and not here.over

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

    def thread(self, life: Lifetime, process: Process, like: Thread | None = None) -> Thread:
        """Take a task in; a child begins with its parent's mask and in its parent's line."""
        new = Thread(life, process)
        if like is not None:
            new.line, new.ran, new.importing, new.over = like.line, like.ran, like.importing, like.over
            new.mask, new.inverted, new.masked_by_libc = like.mask, like.inverted, like.masked_by_libc
        process.threads.add(life)
        self.threads[life] = new
        self.boxes.setdefault(life.box, Box(life.box)).tasks[life.task.pid] = life  # of the same box as who made it
        return new

    # --- descriptors ---

    @property
    def table(self) -> Table:
        return self.here.process.table

    def entry(self, step: Step, fd: int | None = None) -> Entry:
        """What a descriptor of the present process refers to: a call's first argument, or `fd`.

        One that we have not met is taken in as inherited.
        """
        number = step.fd() if fd is None else fd
        found = self.table.entries.get(number)
        if found is None:
            self.inherit(step.begin, number, step.said() if fd is None else "")
            found = self.table.entries[number]
        return found

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
        path = plain(name.partition("<")[0], PATH_SHOWN)
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
        """These came too early: what caused them comes only now. The order is put right at the end (final.py)."""
        for draft in drafts:
            self.cause(draft, cause)
