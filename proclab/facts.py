"""Facts from a guest: JSON lines, checked for size and shape before anyone uses them. Pure.

The guest is trusted, its channel is out of the program's reach, and still nothing is believed that could harm the
host: a line has a length, a depth that the parser bears, and types.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proclab.errors import ProtocolError

LINE = 8 * 1024 * 1024
Shape = Mapping[str, type | tuple[type, ...]]
_NONE = type(None)
SHAPES: Mapping[str, Shape] = {
    "opened": {"cwd": str},
    "started": {"id": int, "pid": int},
    "failed": {"id": int, "errno": str, "text": str},
    "output": {"id": int, "stream": str, "data": str},
    "exit": {
        "id": int,
        "code": (int, _NONE),
        "signal": (int, _NONE),
        "timeout": (str, _NONE),
        "wall": (int, float),
        "user": (int, float),
        "system": (int, float),
        "max_rss": int,
        "taken": int,
        "streams": dict,
    },
    "closed": {
        "leftovers": list,
        "leftover_count": int,
        "litter": list,
        "clean": bool,
        "oom_kills": int,
        "pids_hits": int,
    },
}
PROCESS: Shape = {"pid": int, "ppid": int, "state": str, "command": str}
REST: Shape = {"cut": int, "tail": str}


@dataclass(frozen=True)
class Leftover:
    """A process that was still there when its run was closed."""

    pid: int
    ppid: int
    state: str
    command: str


def fact(line: str) -> dict[str, Any]:
    """One line -> its fact, or a ProtocolError.

    >>> fact('{"event": "started", "id": 1, "pid": 7}')["pid"]
    7
    """
    if len(line) > LINE:
        raise ProtocolError(f"a fact of {len(line)} characters")
    try:
        found = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"a fact that is no JSON ({error}): {line[:200]!r}") from error
    event = found.get("event") if isinstance(found, dict) else None
    if not isinstance(event, str) or event not in SHAPES:
        raise ProtocolError(f"an unknown fact: {line[:200]!r}")
    conform(found, SHAPES[event], event)
    for process in found["leftovers"] if event == "closed" else ():
        conform(process, PROCESS, "leftovers")
    for rest in found["streams"].values() if event == "exit" else ():
        conform(rest, REST, "streams")
    return dict(found)


def conform(found: Any, shape: Shape, what: str) -> None:
    """Raise unless `found` is a mapping that has these keys with these types."""
    if not isinstance(found, dict):
        raise ProtocolError(f"{what}: {found!r:.100} is no object")
    for key, kind in shape.items():
        value = found.get(key)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ProtocolError(f"{what}: {key} is {value!r:.100}")


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
