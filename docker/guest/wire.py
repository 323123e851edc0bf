"""What comes over the lab's network, where any program may be the other side: bounded lines, facts as they should be.

Parses and refuses; sends nothing and plays nothing.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

LINE_BYTES = 8 << 20  # a panel's text, escaped, is the longest
PIECE = 1 << 16
NUMBERS = 1 << 63
# The facts that a stage reports (stage.py), with their types; `?`: may be missing.
FACTS: dict[str, dict[str, Any]] = {
    "start": {"as": str, "pid": int, "argv": list},
    "names": {"names": dict},
    "sent": {"of": str, "line": str},
    "end": {"of": str},
    "signal": {"signal": str, "pid": int, "error?": str},
    "line": {"of": str, "text": str},
    "panel": {"run": str, "code": (int, type(None)), "text": str},
    "exit": {"of": str, "exit?": int, "signal?": str},
    "count": {"of": str, "line": str, "count": int, "first": (str, type(None))},
    "killed": {"of": str, "pid": int},
    "cut": {"of": str, "lines": int},
    "overdue": {"do": str, "of": (str, type(None)), "lack": str, "wanted": list, "never?": list},
}


class Strange(Exception):
    """The other side said what is no answer, or nothing."""


class Lines:
    """Each line as it comes. What has come stays when a receive is broken off (^C); a generator would be over then."""

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        self.receive = receive
        self.whole: deque[bytes] = deque()
        self.part = bytearray()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        """Raises Strange at a line that is too long, EOFError (once no line is left) at the end."""
        while not self.whole:
            self._take(self.receive(PIECE))
        return self.whole.popleft()

    def _take(self, piece: bytes) -> None:
        if not piece:
            raise EOFError("the other container has gone")
        *ends, rest = piece.split(b"\n")
        for end in ends:
            self.whole.append(bytes(self.part + end))
            self.part.clear()
        self.part += rest
        if len(self.part) > LINE_BYTES:
            raise Strange(f"a line of more than {LINE_BYTES} bytes")


def answer(line: bytes) -> dict[str, Any]:
    """A fact, or {"done": names}, with the fields that it has to have and no others; raises Strange."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Strange("no JSON") from error
    if not isinstance(said, dict):
        raise Strange("no fact")
    if "done" in said:
        return _fields(said, {"done": dict, "overdue?": str})
    kind = said.get("fact")
    if not isinstance(kind, str) or kind not in FACTS:
        raise Strange("an unknown fact")
    fact = _fields(said, FACTS[kind])
    if kind == "exit" and "exit" not in fact and "signal" not in fact:
        raise Strange("an end without its kind")
    return {"fact": kind} | fact


def _fields(said: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, kind in wanted.items():
        key = name.rstrip("?")
        if key in said:
            found[key] = _value(said[key], kind)
        elif key == name:
            raise Strange(f"{key} is missing")
    return found


def _value(value: Any, kind: Any) -> Any:
    """The value, if it is of that type and can be printed."""
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Strange("a value of another type")
    if isinstance(value, int) and abs(value) >= NUMBERS:
        raise Strange("a number that is none of ours")
    if isinstance(value, list):
        return [_value(entry, str) for entry in value]
    if isinstance(value, dict):
        return {_value(key, str): _value(entry, str) for key, entry in value.items()}
    return value.encode(errors="replace").decode() if isinstance(value, str) else value  # no half of a pair
