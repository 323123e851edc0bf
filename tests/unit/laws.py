"""What must hold for the events of any log, and for the state after any events."""

from __future__ import annotations

from dataclasses import fields

from proclab.events import (
    Block,
    Event,
    Exit,
    Fork,
    Gap,
    Killed,
    Note,
    Start,
    Task,
    Thread,
)
from proclab.state import reduce


def known(events: list[Event]) -> set[Task]:
    """Every task of which the events say that it exists."""
    tasks = {task for event in events if not isinstance(event, Note | Gap) for task in (event.task, event.proc)}
    return tasks | {event.child for event in events if isinstance(event, Fork | Thread) and event.child}


def check(events):
    """What must hold in the state after any events."""
    for box in reduce(events).boxes.values():
        assert set(box.processes) | set(box.threads) <= known([event for event in events if event.box == box.name])
        check_tables(box)
        for task, wait in box.waits.items():
            assert task in box.members[wait.proc]
        for process in box.processes.values():
            assert process.alive == (process.task in box.members) == (process.ended is None)
        tree = box.tree()
        assert sum(map(len, tree.values())) == sum(one.status != "gone" for one in box.processes.values())


def check_tables(box):
    """Tables, places and descriptions tell the same; what nobody has open is gone."""
    entered = [(entry.of, (number, fd)) for number, table in box.tables.items() for fd, entry in table.items()]
    assert sorted(entered) == sorted((of, place) for of, places in box.places.items() for place in places)
    assert {of for of, _ in entered} <= set(box.descriptions)
    assert all(of in box.places or box.flying.get(of) for of in box.descriptions)
    assert all(box.users[number] for number in box.tables)
    assert {of for ofs in box.opened.values() for of in ofs} == set(box.descriptions)
    assert all(obj in box.objects for obj in box.opened)


def check_laws(events: list[Event] | tuple[Event, ...]) -> None:
    """The laws of docs/events.md."""
    assert [event.seq for event in events] == list(range(len(events)))
    seen: set[tuple[str, object]] = set()
    for event in events:
        assert all(cause < event.seq for cause in event.cause)
        block = getattr(event, "block", None)
        if block is not None:
            begun = events[block]
            assert isinstance(begun, Block)
            assert begun.task == event.task
            assert block < event.seq
        assert isinstance(event, Start) or (event.box, event.task) in seen
        seen.add((event.box, event.task))
        if isinstance(event, Fork | Thread) and event.child:
            assert (event.box, event.child) not in seen
            seen.add((event.box, event.child))
        assert event.dur is None or event.dur >= 0
        check_printable(event)
    ends = [event.task for event in events if isinstance(event, Exit | Killed)]
    assert len(ends) == len(set(ends))


def check_printable(value: object) -> None:
    if isinstance(value, str):
        assert value.isprintable(), value
    elif isinstance(value, tuple):
        for one in value:
            check_printable(one)
    elif isinstance(value, Event):
        for field in fields(value):
            if field.name not in ("task", "proc", "line"):
                check_printable(getattr(value, field.name))
