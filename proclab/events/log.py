"""Events as JSON Lines and back: one object a line, `{"v":2,"type":"read",…}`.

A field that has its default is left out. A field that we don't know is passed over, and an event type that we don't
know becomes a Note, so that a log with further kinds and fields can still be looked at; an unknown code is refused.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache, lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from proclab.errors import ProtocolError
from proclab.events import KINDS, VERSION, Event, Gap, Line, Note, Task
from proclab.text import printable

Reader = Callable[[Any], Any]


def dumps(event: Event) -> str:
    """One event as one line of JSON, ASCII only, without the line end."""
    return f'{{"v":{VERSION},"type":"{event.kind}",{",".join(_fields(event))}}}'


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
    """The events of a whole log; what a broken off last line held becomes a Gap."""
    lines = [line for line in text.split("\n") if line.strip()]
    last: Event | None = None
    for number, line in enumerate(lines, 1):
        try:
            last = loads(line)
        except ProtocolError:
            if number < len(lines) or text.endswith("\n") or last is None:
                raise
            last = Gap(seq=last.seq + 1, t=last.t, task=last.task, proc=last.proc, code="cut", lost=1)
        yield last


def _event(record: dict[str, Any]) -> Event:
    cls: Any = KINDS.get(record["type"], Note)
    readers = _readers(cls)
    unknown = cls is Note and record["type"] != Note.kind
    passed = ("code", "what") if unknown else ()  # what they mean there is not known either
    values = {name: readers[name](value) for name, value in record.items() if name in readers and name not in passed}
    if unknown:
        values |= {"code": "unknown", "what": printable(_checked(record["type"], str))}
    event: Event = cls(**values)
    return event


# --- out ---


def _fields(record: Any) -> list[str]:
    """`"name":value` of every field that hasn't its default."""
    cls: Any = type(record)
    known, values = _known(cls), vars(record)
    return [
        lead + WRITERS.get(type(value), _written)(value)
        for name, lead, default in known
        if (value := values[name]) != default
    ]


def _written(value: Any) -> str:
    if type(value) in WRITERS:
        return WRITERS[type(value)](value)
    if isinstance(value, tuple):
        return f"[{','.join(map(_written, value))}]"
    return _object(value)


def _object(record: Any) -> str:
    return f"{{{','.join(_fields(record))}}}"


WRITERS: Mapping[type, Callable[[Any], str]] = {
    str: encode_basestring_ascii,
    int: int.__repr__,
    bool: lambda value: "true" if value else "false",
    types.NoneType: lambda value: "null",
    Task: lambda task: f'"{task}"',
    Line: lru_cache(1 << 12)(_object),  # every call of a loop has the same few
}


@cache
def _known(cls: Any) -> tuple[tuple[str, str, Any], ...]:
    """Of each field its name, its name as JSON, its default."""
    return tuple((field.name, f'"{field.name}":', field.default) for field in fields(cls))


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
        return lambda value: tuple(each(entry) for entry in _checked(value, list))
    if origin is Literal:
        return lambda value: _one_of(value, args)
    return lambda value: _checked(value, hint)


def _record(cls: Any) -> Reader:
    def reader(value: Any) -> Any:
        known = _readers(cls)
        return cls(**{name: known[name](field) for name, field in _checked(value, dict).items() if name in known})

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
