"""The steps of a picture: which events are shown, in what families, and what is folded when there are too many."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

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
ALWAYS = {*FAMILIES["process"], "gap", "note"}  # shown whoever's doing it was
PLAIN = {"read", "write", "close", "other", "sig_mask", "run", "block"}  # may be folded


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
    groups = [[event] for event in chosen] if len(chosen) <= limit else list(_folded(chosen))
    cut = sum(map(len, groups[limit:]))
    found: list[Step] = []
    at: dict[int, int] = {}
    for group in groups[:limit]:
        at |= {event.seq: len(found) for event in group}
        found.append(Step(group[0], group[-1].seq, len(group)))
    last = events[-1].seq if events and not cut else -1
    ends = [step.event.seq - 1 for step in found[1:]] + [last]
    return Steps(tuple(replace(s, until=max(s.until, end)) for s, end in zip(found, ends, strict=False)), at, cut)


def is_shown(event: e.Event) -> bool:
    """The program's own doing, and what makes or ends a task; not what was there before."""
    if event.kind == "inherit" or (isinstance(event, e.Call) and (event.call, event.error) == ("ioctl", "ENOTTY")):
        return False  # Python asks of every file that it opens whether it is a terminal
    return event.own or (event.kind in ALWAYS and not getattr(event, "error", ""))


def _quick(events: Sequence[e.Event]) -> set[int]:
    """Short blocks that the very next event ends: nothing happened meanwhile, so they tell nothing."""
    return {before.seq for before, after in itertools.pairwise(events)
            if before.kind == "block" and getattr(after, "block", None) == before.seq
            and after.end - before.t < SHORT}  # fmt: skip


def _folded(events: Sequence[e.Event]) -> Iterator[list[e.Event]]:
    """Runs of the same thing done by the same thread to the same descriptor."""
    group: list[e.Event] = []
    for event in events:
        if group and not _alike(group[-1], event):
            yield group
            group = []
        group.append(event)
    if group:
        yield group


def _alike(a: e.Event, b: e.Event) -> bool:
    same = a.kind == b.kind and (a.box, a.task) == (b.box, b.task) and a.kind in PLAIN
    return same and a.kind != "block" and all(
        getattr(a, name, None) == getattr(b, name, None) for name in ("fd", "of", "error", "eof")
    )  # fmt: skip
