"""What was said over a connection: it tells apart two clients that connected at the same moment.

The kernel queues them in an order that no stamp shows. What one side wrote first is what the other one read first.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from proclab.strace.ancestry import Lifetime
from proclab.strace.order import READS, WRITES
from proclab.strace.steps import Step
from proclab.strace.tokens import fields, is_string, items, string

SHOWN = 64  # bytes of data that an event carries


def data(step: Step) -> str:
    """The bytes that a read or write carried, as far as an event has them."""
    place = step.arg(1)
    if is_string(place):
        return string(place, SHOWN)
    vectors = fields(place).get("msg_iov", place)
    parts = [fields(item).get("iov_base", item) for item in items(vectors)]
    return "".join(string(part, SHOWN) for part in parts)[:SHOWN]


@dataclass(frozen=True)
class Payload:
    """What a process wrote first and read first at one end of a connection; "": nothing, or it is not known."""

    said: str = ""
    heard: str = ""

    def answer(self, other: Payload) -> bool:
        """Whether these two ends can be of one connection."""
        return _same(self.said, other.heard) and _same(self.heard, other.said)


def _same(one: str, other: str) -> bool:
    """A read may take less than was written, or more."""
    return not one or not other or one.startswith(other) or other.startswith(one)


@dataclass
class Conversation:
    """Everything that was read and written in a recording, by process and descriptor."""

    lives: Sequence[Lifetime] = ()
    family: dict[Lifetime, list[Lifetime]] = field(default_factory=lambda: defaultdict(list))  # process → its threads
    children: dict[Lifetime, list[Lifetime]] = field(default_factory=lambda: defaultdict(list))
    steps: dict[Lifetime, dict[int, list[Step]]] = field(
        default_factory=dict
    )  # process → descriptor → in order of time

    def __post_init__(self) -> None:
        for life in self.lives:
            self.family[life.leader].append(life)
            if not life.thread and life.parent is not None:
                self.children[life.parent.leader].append(life)

    def payload(self, life: Lifetime, since: int, fd: int) -> Payload:
        """What was said through this descriptor from then until it was closed, be it by a child that got it."""
        own, until = self._until_closed(life.leader, since, fd)
        words = _first(own)
        for child in self.children.get(life.leader, ()) if words == Payload() else ():
            born = child.birth.begin if child.birth is not None else -1
            if since <= born and (until is None or born < until):
                return _first(self._until_closed(child, born, fd)[0])
        return words

    def _until_closed(self, process: Lifetime, since: int, fd: int) -> tuple[list[Step], int | None]:
        steps = self._of(process).get(fd, [])
        begin = bisect_left(steps, since, key=lambda step: step.begin)
        end = next((at for at in range(begin, len(steps)) if steps[at].name == "close"), None)
        return steps[begin:end], None if end is None else steps[end].begin

    def _of(self, process: Lifetime) -> dict[int, list[Step]]:
        if process not in self.steps:
            found = self.steps[process] = defaultdict(list)
            for life in self.family.get(process, ()):
                for step in life.steps:
                    if step.name == "close" or step.name in READS or step.name in WRITES:
                        found[step.fd()].append(step)
            for steps in found.values():
                steps.sort(key=lambda step: (step.begin, step.at))
        return self.steps[process]


def _first(steps: Iterable[Step]) -> Payload:
    said = heard = ""
    for step in steps:
        if step.failed or (said and heard):
            continue
        if step.name in WRITES:
            said = said or data(step)
        else:
            heard = heard or data(step)
    return Payload(said, heard)
