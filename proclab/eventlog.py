"""Events as JSON Lines and back: one object a line, `{"v":1,"type":"read",…}`.

A field that has its default is left out. A field that we don't know is passed over, and an event type that we don't
know becomes a Note, so that the log of a newer proclab can still be looked at.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from proclab.errors import ProtocolError
from proclab.events import KINDS, VERSION, Event, Gap, Note, Task

Reader = Callable[[Any], Any]
ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)  # json.dumps would make one for each event
SCALARS = frozenset({str, int, bool, float, types.NoneType})


def dumps(event: Event) -> str:
    """One event as one line of JSON, ASCII only, without the line end."""
    record = {"v": VERSION, "type": event.kind, **_plain_fields(event)}
    return ENCODER.encode(record)


def loads(line: str) -> Event:
    """The event of one line; raises ProtocolError."""
    try:
        record = json.loads(line)
        if record["v"] != VERSION:
            raise ProtocolError(f"an event log of version {record['v']!r}; this proclab reads version {VERSION}")
        return _event(record)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ProtocolError(f"no event: {line[:200]!r} ({error})") from error


def write(events: Iterable[Event]) -> str:
    """A whole log."""
    return "".join(f"{dumps(event)}\n" for event in events)


def read(text: str) -> Iterator[Event]:
    """The events of a whole log; what a broken off last line held is told as a Gap."""
    lines = [line for line in text.split("\n") if line.strip()]
    last: Event | None = None
    for number, line in enumerate(lines, 1):
        try:
            last = loads(line)
        except ProtocolError:
            if number < len(lines) or text.endswith("\n") or last is None:
                raise
            last = Gap(seq=last.seq + 1, t=last.t, task=last.task, proc=last.proc, text="the log breaks off", lost=1)
        yield last


def _event(record: dict[str, Any]) -> Event:
    cls: Any = KINDS.get(record["type"], Note)
    readers = _readers(cls)
    values = {name: readers[name](value) for name, value in record.items() if name in readers}
    if cls is Note and record["type"] != Note.kind:
        values["text"] = f"{record['type']}: this proclab doesn't know such an event"
    event: Event = cls(**values)
    return event


# --- out ---


def _plain_fields(value: Any) -> dict[str, Any]:
    cls: Any = type(value)
    known = _defaults(cls)
    return {name: _plain(one) for name, default in known if (one := getattr(value, name)) != default}


def _plain(value: Any) -> Any:
    if type(value) in SCALARS:  # nine in ten; asking is_dataclass of them would take half the time
        return value
    if isinstance(value, Task):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return _plain_fields(value)


@cache
def _defaults(cls: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, field.default) for field in fields(cls))


# --- in ---


@cache
def _readers(cls: Any) -> dict[str, Reader]:
    hints = get_type_hints(cls)
    return {field.name: _reader(hints[field.name]) for field in fields(cls) if field.init}


def _reader(hint: Any) -> Reader:
    """How a value of this type is read from its JSON form."""
    if hint is Task:
        return _task
    if is_dataclass(hint):
        return _record(hint)
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        inner = _reader(next(arg for arg in args if arg is not types.NoneType))
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        each = _reader(args[0])
        return lambda value: tuple(each(one) for one in _checked(value, list))
    if origin is Literal:
        return lambda value: _one_of(value, args)
    return lambda value: _checked(value, hint)


def _record(cls: Any) -> Reader:
    def reader(value: Any) -> Any:
        known = _readers(cls)
        return cls(**{name: known[name](one) for name, one in _checked(value, dict).items() if name in known})

    return reader


def _task(value: Any) -> Task:
    pid, _, incarnation = _checked(value, str).partition(".")
    return Task(int(pid), int(incarnation))


def _checked(value: Any, cls: Any) -> Any:
    if type(value) is not cls:
        raise TypeError(f"{value!r} is no {cls.__name__}")
    return value


def _one_of(value: Any, allowed: tuple[Any, ...]) -> Any:
    if value not in allowed:
        raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
    return value
