"""Messages of an agent: JSON lines, checked for size and shape before anyone uses them. Pure.

The guest is trusted, its channel is out of the program's reach, and still nothing is believed that could harm the
host: a line has a length, a depth that the parser bears, and types.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proclab import peer
from proclab.errors import ProtocolError
from proclab.peer import Shape, conform
from proclab.text import printable

LINE = 8 * 1024 * 1024
_NONE = type(None)
SHAPES: Mapping[str, Shape] = {
    "opened": {"cwd": str},
    "started": {"id": int, "pid": int},
    "failed": {"id": int, "errno": str, "text": str},
    "output": {"id": int, "stream": str, "data": str},
    "quiet": {"id": int},
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
    "file": {"of": str, "name": str, "data": str, "more": bool},
    "closed": {
        "leftovers": list,
        "leftover_count": int,
        "litter": list,
        "doubts": list,
        "oom_kills": int,
        "pids_hits": int,
    },
}
PROCESS: Shape = {"pid": int, "ppid": int, "state": str, "command": str}
TIMEOUTS = (None, "wall", "cpu", "output", "idle", "quiet", "pids", "recording")
PLACES = ("recording", "folder", "names")  # where a file comes from; of `names` only the name
REST: Shape = {"cut": int, "tail": str}


@dataclass(frozen=True)
class Leftover:
    """A process that was still there when its run was closed."""

    pid: int
    ppid: int
    state: str
    command: str


def message(line: str) -> dict[str, Any]:
    """One line -> its message, or a ProtocolError.

    >>> message('{"event": "started", "id": 1, "pid": 7}')["pid"]
    7
    """
    if len(line) > LINE:
        raise ProtocolError(f"a message of {len(line)} characters")
    found = peer.mapping(line)
    event = found.get("event")
    if not isinstance(event, str) or event not in SHAPES:
        raise ProtocolError(f"an unknown message: {peer.shown(line)}")
    conform(found, SHAPES[event], event)
    for key, value in found.items():
        _amount(value, f"{event}: {key}")
    if event == "closed":
        return found | _closed(found)
    if event == "failed":
        return found | {name: printable(found[name]) for name in ("errno", "text")}
    if event == "exit":
        _exit(found)
    if event == "file" and found["of"] not in PLACES:
        raise ProtocolError(f"a file of {peer.shown(found['of'])}")
    return found


def _exit(found: dict[str, Any]) -> None:
    """What can have ended a program, and the rest of its two streams."""
    if found["timeout"] not in TIMEOUTS:
        raise ProtocolError(f"exit: timeout is {peer.shown(found['timeout'])}")
    for name, most in (("code", 255), ("signal", signal.NSIG)):
        peer.whole(found[name] or 0, 0, most)
    for stream, rest in found["streams"].items():
        conform(rest, REST, "streams")
        if stream not in ("stdout", "stderr") or rest["cut"] < 0:
            raise ProtocolError(
                f"exit: a stream {peer.shown(stream)}, of which {peer.shown(rest['cut'])} bytes are cut"
            )


def _closed(found: dict[str, Any]) -> dict[str, Any]:
    """The names are the program's own: they reach a terminal as what they are, text."""
    for process in found["leftovers"]:
        conform(process, PROCESS, "leftovers")
    words = ("state", "command")
    left = [{**process, **{name: printable(process[name]) for name in words}} for process in found["leftovers"]]
    return {"leftovers": left, **{key: [peer.string(text) for text in found[key]] for key in ("litter", "doubts")}}


def _amount(value: object, what: str) -> None:
    """Raise for a number that counts nothing: each number here is an amount, an id or a code."""
    if isinstance(value, int | float) and value < 0:
        raise ProtocolError(f"{what} is {value!r:.100}")
