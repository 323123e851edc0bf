"""Drafts → events: what did not wait loses its Block, causes come before what they cause, all are counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from proclab.events import Accept, Block, Close, Dup, Event, Exec, Fork, Open, Pipe, Read, Wait, Write
from proclab.strace import order
from proclab.strace.numbers import renumber
from proclab.strace.sequence import sort
from proclab.strace.world import Draft, World

LONG = order.LONG
TABLE = (Open, Pipe, Dup, Close, Exec, Fork)  # kinds whose order in one process must stay


def finish(world: World) -> list[Event]:
    """The events of a world that has been told to its end."""
    drafts = world.drafts
    dropped = set(_idle(drafts))
    places = _places(drafts, dropped)
    renumber([drafts[place] for place in places])
    number = {draft: seq for seq, draft in enumerate(places)}
    return [_event(drafts[place], seq, number) for seq, place in enumerate(places)]


def _idle(drafts: list[Draft]) -> Iterator[int]:
    """Blocks that were no waiting: the call came back at once, and nothing that it needed came after its begin."""
    blocked = ((draft.values.get("block"), place) for place, draft in enumerate(drafts))
    ended = {block: place for block, place in blocked if block is not None}
    needed = {cause for place, draft in enumerate(drafts) for cause in draft.values.get("cause", ())
              if draft.values.get("block") != cause}  # fmt: skip
    for place, draft in enumerate(drafts):
        if draft.cls is Block and place not in ended:
            if draft.values["dur"] is not None:
                yield place  # it came back, and nothing tells so
        elif draft.cls is Block and place not in needed and _at_once(drafts, drafts[ended[place]], place):
            yield place


def _at_once(drafts: list[Draft], end: Draft, begun: int) -> bool:
    """Whether a call didn't wait. One that found all that it needed may take long for want of a processor."""
    causes = end.values.get("cause", ())
    if any(cause > begun for cause in causes):
        return False
    if (end.values["dur"] or 0) < LONG:
        return True
    if end.cls in (Open, Read, Write) and end.values.get("obj", "").startswith(("file:", "dir:")):
        return True
    bit_by_bit = any(drafts[cause].cls is Block for cause in causes)  # of a long write: more came while it waited
    return end.cls in (Accept, Read, Wait) and bool(causes) and not bit_by_bit


def _places(drafts: list[Draft], dropped: set[int]) -> list[int]:
    """The order of the drafts. It is that in which they were told, unless a cause stands behind its effect."""
    if all(cause < place for place, draft in enumerate(drafts) for cause in draft.values.get("cause", ())):
        return [place for place in range(len(drafts)) if place not in dropped]
    keys = [(place, (0, 0)) for place in range(len(drafts))]
    causes = [(cause, place) for place, draft in enumerate(drafts) for cause in draft.values.get("cause", ())]
    return [place for place in sort(keys, _chains(drafts), causes) if place not in dropped]


def _chains(drafts: list[Draft]) -> Iterator[tuple[int, int]]:
    """What keeps its order in any case: a thread's doings, a process's table, a birth and what the child does."""
    last: dict[Any, int] = {}
    births: dict[Any, int] = {}
    for place, draft in enumerate(drafts):
        chains: list[Any] = [draft.life]
        if draft.cls in TABLE:
            chains.append((draft.life.leader, "table"))
        for chain in chains:
            if chain in last:
                yield last[chain], place
            elif chain in births:
                yield births[chain], place
            last[chain] = place
        if draft.child is not None:
            births[draft.child] = place


def _event(draft: Draft, seq: int, number: dict[int, int]) -> Event:
    values = draft.values
    if causes := values.get("cause"):
        values["cause"] = tuple(sorted({number[one] for one in causes if one in number and number[one] < seq}))
    if values.get("block") is not None:
        values["block"] = number.get(values["block"])
    return draft.cls(seq=seq, **values)
