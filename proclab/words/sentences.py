"""One event in one sentence: under which key of the catalogue, and with what arguments.

The key is the event's kind, with a branch where there are several sentences of that kind. An argument is a field of
the event as a reader is to see it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from proclab import events as e
from proclab.words import Catalogue, Lang, catalogue

SHOWN = 200  # characters of an argument list
MADE = ("memfd", "epoll", "eventfd", "pidfd")  # what is opened without a path
LISTED = 8  # threads in one sentence
LOCKS: Mapping[str, tuple[str, ...]] = {  # what has a sentence of its own; of anything else the lock's is true
    "lock_wait": ("thread", "event", "condition", "barrier", "queue"),
    "lock_got": ("thread", "event", "condition", "barrier", "queue"),
    "lock_rel": ("event", "condition", "barrier", "queue"),
    "lock_fail": ("thread", "event"),
}


@dataclass(frozen=True)
class TaskNames:
    """How tasks are called: by pid; a pid's later owners with their number, boxes where there are several."""

    boxes: bool = False
    threads: Mapping[tuple[str, e.Task], e.Task] = field(default_factory=dict)  # thread → its process

    @classmethod
    def of(cls, events: Iterable[e.Event]) -> TaskNames:
        """The names in a recording."""
        boxes, threads = set(), {}
        for event in events:
            boxes.add(event.box)
            if event.task != event.proc:
                threads[event.box, event.task] = event.proc
            if isinstance(event, e.Thread) and event.child:
                threads[event.box, event.child] = event.proc
        return cls(len(boxes) > 1, threads)

    def task(self, task: e.Task, box: str = "") -> str:
        """A short name: `9`, `9#2` (its second owner), `server:9`."""
        again = f"#{task.incarnation}" if task.incarnation > 1 else ""
        return f"{box}:{task.pid}{again}" if self.boxes and box else f"{task.pid}{again}"

    def subject(self, event: e.Event) -> str:
        """The process that acts, or the thread with its process (`9/10`)."""
        if event.task == event.proc:
            return self.task(event.proc, event.box)
        return f"{self.task(event.proc, event.box)}/{self.task(event.task)}"


def thing(obj: str) -> str:
    """An object by the name that a reader knows: a file by its path, a pipe by its number."""
    for prefix in ("file:", "dir:", "tty:", "device:"):
        if obj.startswith(prefix):
            return obj.removeprefix(prefix)
    return "FIFO " + obj.removeprefix("fifo:") if obj.startswith("fifo:") else obj or "?"


@dataclass(frozen=True)
class Sentences:
    """Events in the sentences of one language."""

    names: TaskNames = TaskNames()
    lang: Lang = "en"

    @property
    def words(self) -> Catalogue:
        """What the language says."""
        return catalogue(self.lang)

    def of(self, event: e.Event, times: int = 1) -> str:
        """What happened, without its subject."""
        words = self.words
        sentence = words.phrases[key_of(event)].format_map(_Arguments(event, self.names, words, times))
        if words.has(f"planned.{event.fault}"):
            sentence = words.say(f"planned.{event.fault}", what=sentence)
        if isinstance(event, e.Gap) and event.lost:
            return words.say("gap.count", gap=sentence, lost=event.lost)
        return sentence if times == 1 else words.say("times", times=times, what=sentence)


def key_of(event: e.Event) -> str:
    """The key of an event's sentence."""
    if isinstance(event, e.Call) and event.error:
        broken = event.error.startswith(("EINTR", "ERESTART")) and event.fault != "error"
        return "broken" if broken else "failed"
    branch = BRANCHES[event.kind](event) if event.kind in BRANCHES else ""
    return f"{event.kind}.{branch}" if branch else event.kind


# --- which of its sentences an event has ---


def _killed(event: e.Killed) -> str:
    return "felled" if event.felled else "core" if event.core else ""


def _wait(event: e.Wait) -> str:
    if event.how in ("exited", "killed") and not event.reaped:
        return "peek"
    return "unseen" if event.how == "exited" and event.code is None else event.how


def _open(event: e.Open) -> str:
    if event.what in MADE:
        return "made"
    return "write" if "O_WRONLY" in event.flags or "O_RDWR" in event.flags else ""


def _sig_send(event: e.SigSend) -> str:
    if event.sig in ("", "0"):
        return "probe"
    if event.thread:
        return "thread"
    if event.target == -1:
        return "all"
    return "group" if event.target <= 0 and not event.to else ""


def _sig_mask(event: e.SigMask) -> str:
    return "all" if event.inverted else "" if event.blocked else "none"


def _lock(event: e.LockWait | e.LockGot | e.LockReleased | e.LockFailed) -> str:
    return event.what if event.what in LOCKS[event.kind] else ""


def _block(event: e.Block) -> str:
    if event.on == "task":
        return "any" if event.target is None or event.target <= 0 else "task"
    if event.on in ("fd", "other") and not event.fds:
        return "name" if event.name else "other"
    return "fds" if event.on == "other" else event.on


def _run(event: e.Run) -> str:
    return "slept" if event.call.endswith("nanosleep") and event.dur is not None else "ready" if event.ready else ""


BRANCHES: Mapping[str, Callable[[Any], str]] = {
    "start": lambda start: "child" if start.ppid else "seen" if start.src == "proc" else "",
    "fork": lambda fork: "vfork" if fork.vfork else "",
    "exec": lambda run: "closed" if run.closed else "",
    "exit": lambda end: "unseen" if end.code is None else "",
    "killed": _killed,
    "wait": _wait,
    "orphan": lambda orphan: "parent" if orphan.parent else "",
    "inherit": lambda fd: "now" if fd.src == "proc" else "",
    "open": _open,
    "dup": lambda dup: "over" if dup.closed else "",
    "close": lambda close: "last" if close.last else "",
    "read": lambda read: "eof" if read.eof else "fds" if read.fds else "",
    "write": lambda write: "fds" if write.fds else "",
    "sig_send": _sig_send,
    "sig_deliver": lambda signal: signal.action,
    "sig_mask": _sig_mask,
    "sig_handler": lambda signal: signal.action,
    **dict.fromkeys(LOCKS, _lock),
    "block": _block,
    "run": _run,
    "note": lambda note: note.code,
    "gap": lambda gap: gap.code,
}


# --- its arguments ---


@dataclass(frozen=True)
class _Arguments:
    """The arguments of a phrase, each worked out when the phrase asks for it."""

    event: Any
    names: TaskNames
    words: Catalogue
    times: int

    def __getitem__(self, name: str) -> object:
        own = ARGUMENTS.get(f"{self.event.kind}.{name}") or ARGUMENTS.get(name)
        return own(self) if own else self.shown(getattr(self.event, name))

    def shown(self, value: object) -> str:
        if isinstance(value, e.Task):
            return self.names.task(value, self.event.box)
        if isinstance(value, tuple):
            return ", ".join(map(self.shown, value))
        if isinstance(value, e.Fd):
            return str(value.fd)
        return "?" if value is None else _cut(str(value))


def _bytes(of: _Arguments) -> str:
    return "?" if of.event.n is None else of.words.count(of.event.n, "byte")


def _data(of: _Arguments) -> str:
    return f": “{of.event.data}”" if of.event.data and of.times == 1 else ""  # of several it is the first one's


def _object(of: _Arguments) -> str:
    return thing(of.event.obj or getattr(of.event, "name", ""))


def _child(of: _Arguments) -> str:
    return of.shown(of.event.child or of.event.pid)


def _target(of: _Arguments) -> str:
    target = of.event.target
    return of.shown(of.event.to or (-target if key_of(of.event) == "sig_send.group" else target))


def _sender(of: _Arguments) -> str:
    sender = of.event.by or of.event.sender
    return of.words.say("sig_deliver.from", by=of.shown(sender)) if sender else ""


def _flags(of: _Arguments) -> str:
    flags = {"close-on-exec": of.event.cloexec, "O_NONBLOCK": of.event.nonblock}
    known = [(flag, "on" if value else "off") for flag, value in flags.items() if value is not None]
    return ", ".join(of.words.say(f"fd_flags.{state}", flag=flag) for flag, state in known)


def _failing(of: _Arguments) -> str:
    """What a failed call was about."""
    event, fd = of.event, getattr(of.event, "fd", None)
    number = fd.fd if isinstance(fd, e.Fd) else fd
    about = getattr(event, "path", "") or getattr(event, "addr", "")
    return f" {about}" if about else f" fd {number}" if isinstance(number, int) and number >= 0 else ""


def _missing(of: _Arguments) -> str:
    names = of.event.what
    shown = ", ".join(names[:LISTED])
    return of.words.say("gap.more", names=shown, number=len(names) - LISTED) if len(names) > LISTED else shown


def _meaning(of: _Arguments) -> str:
    own = f"error.{of.event.error}.{of.event.kind}"
    key = own if of.words.has(own) else f"error.{of.event.error}"
    return f", {of.words.say(key)}" if of.words.has(key) else ""


ARGUMENTS: Mapping[str, Callable[[_Arguments], str]] = {
    "bytes": _bytes,
    "data": _data,
    "obj": _object,
    "exec.argv": lambda of: _cut(" ".join(of.event.argv) or of.event.path),
    "wait.child": _child,
    "open.path": lambda of: (of.event.path and _cut(of.event.path)) or of.event.what,
    "socket.family": lambda of: of.event.family.removeprefix("AF_").lower(),
    "connect.addr": lambda of: of.event.addr or "?",
    "accept.addr": lambda of: of.event.addr or thing(of.event.peer),
    "sig_send.to": _target,
    "sender": _sender,
    "flags": _flags,
    "sig_mask.blocked": lambda of: of.shown(of.event.blocked) or "-",
    "gap.what": _missing,
    "call": lambda of: of.event.call or of.event.kind,
    "seconds": lambda of: f"{of.event.dur / 1e9:.3g}",
    "subject": _failing,
    "why": _meaning,
}


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"
