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
    """The events of a world in which all steps have been interpreted."""
    drafts = world.drafts
    looked = _looks(drafts, world.looks)
    dropped = world.dropped | looked | set(_idle(drafts, looked))
    places = _places(drafts, dropped)
    if any(box.counts.get("sock") for box in world.boxes.values()):
        renumber([drafts[place] for place in places])
    number = {draft: seq for seq, draft in enumerate(places)}
    return [_event(drafts[place], seq, number) for seq, place in enumerate(places)]


def _looks(drafts: list[Draft], looks: set[int]) -> set[int]:
    """Blocks of calls that never wait and came back. Such a call is one step: others name its end as their cause."""
    ended = {block: place for place, draft in enumerate(drafts) if (block := draft.values.get("block")) in looks}
    for place, draft in enumerate(drafts) if ended else ():
        if causes := draft.values.get("cause"):
            ends = dict.fromkeys(ended.get(cause, cause) for cause in causes)
            draft.values["cause"] = tuple(cause for cause in ends if cause != place)
    return set(ended)


def _idle(drafts: list[Draft], looked: set[int]) -> Iterator[int]:
    """Blocks that were no waiting: the call came back at once, and nothing that it needed came after its begin."""
    blocks = [place for place, draft in enumerate(drafts) if draft.cls is Block and place not in looked]
    ended: dict[int, int] = {}
    needed: set[int] = set()
    for place, draft in enumerate(drafts):
        block = draft.values.get("block")
        if block is not None:
            ended[block] = place
        needed.update(cause for cause in draft.values.get("cause", ()) if cause != block)
    for place in blocks:
        if place in ended and drafts[ended[place]].values.get("fault") == "error":
            yield place  # a plan has refused it at the kernel's door
        elif place not in ended:
            if drafts[place].values["dur"] is not None:
                yield place  # it came back, and no event says so
        elif place not in needed and _at_once(drafts, drafts[ended[place]], place):
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
    """The order of the drafts. It is that in which they were made, unless a cause comes after its effect."""
    if all(cause < place for place, draft in enumerate(drafts) for cause in draft.values.get("cause", ())):
        return [place for place in range(len(drafts)) if place not in dropped]
    keys = [(place, (0, 0)) for place in range(len(drafts))]
    causes = [(cause, place) for place, draft in enumerate(drafts) for cause in draft.values.get("cause", ())]
    return [place for place in sort(keys, _chains(drafts), causes) if place not in dropped]


def _chains(drafts: list[Draft]) -> Iterator[tuple[int, int]]:
    """What keeps its order in any case: what a thread does, what changes a table, a birth and what the child does."""
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
        values["cause"] = tuple(sorted({number[cause] for cause in causes if cause in number and number[cause] < seq}))
    if values.get("block") is not None:
        values["block"] = number.get(values["block"])
    return draft.cls(seq=seq, **values)
