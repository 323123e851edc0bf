"""JSON of a peer that nobody trusts: a line, a file, whatever a container says in JSON. Pure.

Python's reader takes more than JSON is (Infinity, 1e999) and refuses some of it in its own ways (numbers of 5 000
digits, brackets in brackets without an end). Here there is one refusal, a ProtocolError, and numbers are finite.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from proclab.errors import ProtocolError
from proclab.text import printable

SHOWN = 60  # characters of what is refused
Shape = Mapping[str, type | tuple[type, ...]]  # of an object: its keys, and the types of their values


def loads(text: str) -> Any:
    """The value that the text encodes, or a ProtocolError that says why there is none.

    >>> loads('{"pid": 7}')["pid"]
    7
    """
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"this is no JSON: {shown(text)} ({printable(str(error))[:SHOWN]})") from error


def mapping(text: str) -> dict[str, Any]:
    """The same for what has to be an object."""
    value = loads(text)
    if not isinstance(value, dict):
        raise ProtocolError(f"this is no JSON object: {shown(text)}")
    return value


def whole(value: object, least: int = 0, most: int = (1 << 63) - 1) -> int:
    """A whole number between two bounds, or a ProtocolError; true and 1.0 are none."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ProtocolError(f"this is no whole number from {least} to {most}: {shown(value)}")
    return value


def string(value: object) -> str:
    """A string, made printable; or a ProtocolError."""
    if not isinstance(value, str):
        raise ProtocolError(f"this is no string: {shown(value)}")
    return printable(value)


def members(value: object, most: int) -> list[Any]:
    """A list of so many members at most, or a ProtocolError."""
    if not isinstance(value, list) or len(value) > most:
        raise ProtocolError(f"this is no list of {most} members at most: {shown(value)}")
    return value


def conform(found: Any, shape: Shape, what: str) -> None:
    """Raise unless `found` is a mapping that has these keys with these types."""
    if not isinstance(found, dict):
        raise ProtocolError(f"{what}: {shown(found)} is no object")
    for key, kind in shape.items():
        value = found.get(key)
        if key not in found or not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ProtocolError(f"{what}: {key} is {shown(value)}")
        if isinstance(value, int | float) and abs(value) >= 1 << 63:
            raise ProtocolError(f"{what}: {key} is too large")


def shown(value: object) -> str:
    """The beginning of what is refused; repr() of a number of 5 000 digits raises, and of a long list takes long."""
    if isinstance(value, str):
        return repr(printable(value[:SHOWN]))
    if isinstance(value, int) and value.bit_length() > 128:
        return "a very large number"
    return repr(value) if isinstance(value, int | float | None) else f"a {type(value).__name__}"


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:20]} is too large")
    return value
