"""The steps of a picture: which events are shown, in what families, and what is folded when there are too many."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise, zip_longest
from operator import attrgetter

from proclab import events as e

LIMIT = 2000  # steps in one picture
SHORT = 10_000_000  # nanoseconds
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "process": ("start", "fork", "thread", "exec", "exit", "killed", "thread_exit", "orphan", "stopped"),
    "wait": ("wait",),
    "fd": ("inherit", "open", "fifo", "pipe", "dup", "close", "fd_flags"),
    "bytes": ("read", "write"),
    "socket": ("socket", "socketpair", "bind", "listen", "connect", "accept", "shutdown"),
    "signal": ("sig_send", "sig_deliver", "sig_take", "sig_mask", "sig_handler"),
    "lock": ("lock_new", "lock_wait", "lock_got", "lock_rel", "lock_fail"),
    "pause": ("block", "run"),
    "note": ("other", "note", "gap"),
}
FAMILY = {kind: family for family, kinds in FAMILIES.items() for kind in kinds}
ALWAYS = {*FAMILIES["process"], "gap", "note"}  # shown even where the interpreter or the loader did it
KINDRED: Mapping[str, Callable[[e.Event], object]] = {  # may be folded: what has to be the same
    "read": attrgetter("fd", "of", "error", "eof", "call"),
    "write": attrgetter("fd", "of", "error", "call"),
    "close": attrgetter("fd", "of", "error", "call"),
    "other": attrgetter("error", "call"),
    "sig_mask": attrgetter("error", "call"),
    "run": attrgetter("error", "call"),
    "block": attrgetter("fds", "of", "call"),
}


@dataclass(frozen=True)
class Step:
    """An event that is shown, or several like it in a row; after it all events up to seq `until` have happened."""

    event: e.Event
    until: int
    times: int = 1

    @property
    def family(self) -> str:
        return FAMILY.get(self.event.kind, "note")


@dataclass(frozen=True)
class Steps:
    """All steps, the step of each event that is shown, and how many events are not drawn for want of room."""

    steps: tuple[Step, ...]
    at: Mapping[int, int]  # seq → index of its step, of shown events only
    cut: int = 0

    def near(self, seq: int) -> int:
        """The index of the step with which this event, shown or not, has happened."""
        return min(bisect_left(self.steps, seq, key=lambda step: step.until), max(len(self.steps) - 1, 0))

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)


def steps(events: Sequence[e.Event], limit: int = LIMIT) -> Steps:
    """What is shown of these events."""
    chosen = [event for event in events if is_shown(event)]
    quick = _quick(chosen)
    chosen = [event for event in chosen if event.seq not in quick]
    groups = _grouped(chosen, limit)
    cut = sum(map(len, groups[limit:]))
    groups = groups[:limit]
    at = {event.seq: number for number, group in enumerate(groups) for event in group}
    return Steps(tuple(_steps(groups, events[-1].seq if events and not cut else -1)), at, cut)


def _steps(groups: Sequence[Sequence[e.Event]], last: int) -> Iterator[Step]:
    """A step a group; what is not shown belongs to the step before."""
    until = -1
    for group, after in zip_longest(groups, groups[1:]):
        until = max(until, group[-1].seq, after[0].seq - 1 if after else last)
        yield Step(group[0], until, len(group))


def is_shown(event: e.Event) -> bool:
    """Whether an event is a step: the program's own, or one that makes or ends a task; not what was there before."""
    if event.kind == "inherit" and event.src != "proc":
        return False
    if isinstance(event, e.Call) and (event.call, event.error) == ("ioctl", "ENOTTY"):
        return False  # Python asks of every file that it opens whether it is a terminal
    return event.own or (event.kind in ALWAYS and not getattr(event, "error", ""))


def _quick(events: Sequence[e.Event]) -> set[int]:
    """Short blocks that the very next event ends: nothing happened meanwhile, so they tell nothing."""
    return {
        before.seq
        for before, after in pairwise(events)
        if before.kind == "block" and getattr(after, "block", None) == before.seq and after.end - before.t < SHORT
    }


def _grouped(events: Sequence[e.Event], limit: int) -> list[list[e.Event]]:
    """One by one where there is room; or runs of the same thing folded; or everything of a kind between two others."""
    groups = [[event] for event in events]
    if len(groups) > limit:
        groups = [list(group) for _, group in groupby(events, _kindred)]
    if len(groups) > limit:
        groups = [group for plain, run in groupby(events, _plain) for group in _gathered(run, plain)]
    return groups


def _gathered(events: Iterable[e.Event], plain: bool) -> Iterable[list[e.Event]]:
    """Plain events by what they are, with others in between or not; the rest one by one."""
    if not plain:
        return [[event] for event in events]
    groups: defaultdict[object, list[e.Event]] = defaultdict(list)
    for event in events:
        groups[_kindred(event)].append(event)
    return groups.values()


def _plain(event: e.Event) -> bool:
    return event.kind in KINDRED


def _kindred(event: e.Event) -> object:
    """The same for things that may be shown as one: the same call of the same thread for the same descriptor."""
    marks = KINDRED.get(event.kind)
    return (event.kind, event.box, event.task, marks(event)) if marks else event.seq
