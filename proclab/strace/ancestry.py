"""Steps → lifetimes: which task each pid was at which time, which call made it, and of which process it is a thread.

A pid that ends and appears again is another task, the next incarnation. In a log only the number that fork(2) returned
says who is whose child, and a child's first lines may well come before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from proclab.events import Task
from proclab.strace.lines import FORKS
from proclab.strace.steps import Journal, Step
from proclab.strace.tokens import fields


@dataclass(eq=False)
class Lifetime:
    """One task from its beginning to its end."""

    task: Task
    steps: list[Step] = field(default_factory=list)
    parent: Lifetime | None = None
    birth: Step | None = None  # the parent's call that made it
    thread: bool = False  # of its parent's process
    box: str = ""
    start: Mapping[str, Any] = field(default_factory=dict)  # what is known of a first process

    @property
    def leader(self) -> Lifetime:
        """The process's main thread."""
        life = self
        while life.thread and life.parent is not None:
            life = life.parent
        return life

    @property
    def first(self) -> int | None:
        return min((step.begin for step in self.steps[:1]), default=None)

    @property
    def over(self) -> Step | None:
        """How it ended; None: not within the recording."""
        return self.steps[-1] if self.steps and self.steps[-1].kind in ("exited", "killed") else None


@dataclass(frozen=True)
class Flags:
    """What the flags of clone(2) mean to us."""

    thread: bool
    vfork: bool
    vm: bool
    files: bool
    text: str


def flags(step: Step) -> Flags:
    """How a child is made by this call."""
    text = step.named("flags") or fields(step.arg(0)).get("flags", "")
    words = set(text.split("|"))
    vfork = step.name == "vfork" or "CLONE_VFORK" in words
    return Flags(
        "CLONE_THREAD" in words, vfork, step.name == "vfork" or "CLONE_VM" in words, "CLONE_FILES" in words, text
    )


def lifetimes(journal: Journal, box: str = "", starts: Sequence[Mapping[str, Any]] = ()) -> list[Lifetime]:
    """All lifetimes of a box, parents before their children."""
    births: dict[int, list[tuple[Step, Lifetime]]] = {}
    by_pid = {pid: list(_incarnations(pid, steps)) for pid, steps in sorted(journal.steps.items())}
    for line in by_pid.values():
        for life in line:
            for step in life.steps:
                if step.name in FORKS and step.ret is not None and step.ret > 0:
                    births.setdefault(step.ret, []).append((step, life))
    for pid, born in births.items():
        born.sort(key=lambda birth: (birth[0].begin, birth[0].at))
        by_pid[pid] = _match(pid, by_pid.get(pid, []), born)
    found = _parents_first([life for line in by_pid.values() for life in line])
    for life in found:
        life.box = box
    for start in starts:
        own = [life for life in found if life.task.pid == start.get("pid") and life.birth is None]
        for life in own[-1:] if len(starts) == 1 else _nearest(own, start):
            life.start = start
    return found


def _nearest(roots: list[Lifetime], start: Mapping[str, Any]) -> list[Lifetime]:
    """The first process that began right after its start was written down."""
    when = start.get("realtime", 0)
    return sorted((life for life in roots if (life.first or 0) >= when), key=lambda life: life.first or 0)[:1]


def _incarnations(pid: int, steps: list[Step]) -> Iterator[Lifetime]:
    """Cut where the task ended."""
    begin, count = 0, 0
    for place, step in enumerate(steps, 1):
        if step.kind in ("exited", "killed") or place == len(steps):
            count += 1
            yield Lifetime(Task(pid, count), steps[begin:place])
            begin = place


def _match(pid: int, line: list[Lifetime], born: list[tuple[Step, Lifetime]]) -> list[Lifetime]:
    """Give each lifetime of a pid the call that made it. A call that is left over made a task without a line."""
    result: list[Lifetime] = []
    waiting = list(born)
    for place, life in enumerate(line):
        last = len(line) - place - 1  # those that come after this one and may need a birth as well
        early = [birth for birth in waiting if life.first is None or birth[0].begin <= life.first]
        if not early and len(waiting) > last:
            early = waiting[:1]  # clocks disagree, or there is none
        for birth in early[:-1]:
            result.append(_born(Lifetime(Task(pid)), birth))
        if early:
            _born(life, early[-1])
            waiting = waiting[len(early) :]
        result.append(life)
    result += [_born(Lifetime(Task(pid)), birth) for birth in waiting]
    for count, life in enumerate(result, 1):
        life.task = Task(pid, count)
    return result


def _born(life: Lifetime, birth: tuple[Step, Lifetime]) -> Lifetime:
    life.birth, life.parent = birth
    life.thread = flags(birth[0]).thread
    return life


def _parents_first(found: list[Lifetime]) -> list[Lifetime]:
    """Every lifetime after its parent.

    Nobody descends from itself. A broken log may say so all the same: such a ring is cut where it is met first.
    """
    done: dict[Lifetime, None] = {}
    for life in sorted(found, key=lambda life: (life.first is None, life.first or 0, life.task)):
        chain: dict[Lifetime, None] = {}
        above: Lifetime | None = life
        while above is not None and above not in done and above not in chain:
            chain[above] = None
            above = above.parent
        if above is not None and above in chain:
            above.parent, above.birth, above.thread = None, None, False
            done[above] = None  # the first now; the others follow in the order of descent
        done |= dict.fromkeys(reversed(chain))
    return list(done)
