"""What the recorder writes down beside the logs: start.json, files.json, end.json (docs/recording.md). Pure.

The recorder is trusted, but what lies in a folder may be anybody's: each of these is checked, or a ProtocolError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, get_args

from proclab import peer
from proclab.errors import ProtocolError
from proclab.events import EndCode, GapCode, What
from proclab.strace.struck import faults
from proclab.text import printable

PIDS = 1 << 31
SIGNALS = 128
FDS = 1 << 16
PROGRAMS = 16  # that a guarded one is before it is itself
SOURCES = 1 << 12
REASON = 200  # characters
ENDS: Mapping[str, EndCode] = {code: code for code in get_args(EndCode)}


class Missing(NamedTuple):
    """What a recording lacks, as a Gap says it."""

    code: GapCode
    what: tuple[str, ...] = ()


def start(text: str) -> dict[str, Any]:
    """start.json: the first process as it was before it began."""
    found = peer.mapping(text)
    known: dict[str, Any] = {name: peer.whole(found[name], 0, PIDS) for name in ("pid", "ppid") if name in found}
    known["realtime"] = peer.whole(found.get("realtime", 0))
    known["through"] = peer.whole(found.get("through", 0), 0, PROGRAMS)
    for name in ("blocked", "ignored"):
        known[name] = [peer.string(signal) for signal in peer.members(found.get(name, []), SIGNALS)]
    return known | {"fds": [_fd(fd) for fd in peer.members(found.get("fds", []), FDS)]}


def _fd(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict) or found.get("what") not in get_args(What):
        raise ProtocolError(f"this is no descriptor: {peer.shown(found)}")
    fd = peer.whole(found.get("fd"), 0, PIDS)
    texts = {name: peer.string(found.get(name, "")) for name in ("target", "flags")}
    return {"fd": fd, "of": peer.whole(found.get("of", fd), 0, PIDS), "what": found["what"], **texts}


def sources(text: str) -> dict[str, str]:
    """files.json: the student's files by their names in markers, every line fit to be shown."""
    found = peer.mapping(text)
    peer.members(list(found), SOURCES)
    return {printable(name): _source(file) for name, file in found.items()}


def _source(file: Any) -> str:
    if not isinstance(file, Mapping) or not isinstance(file.get("text", ""), str):
        raise ProtocolError(f"this is no source: {peer.shown(file)}")
    return printable(file.get("text", "").expandtabs(4), keep="\n")


def ended(text: str) -> Missing | None:
    """end.json: why the recording was ended before its program; None when it wasn't."""
    why = peer.string(peer.mapping(text).get("stopped", ""))
    if why in ENDS:
        return Missing(ENDS[why])
    return Missing("ended", (why[:REASON],)) if why else None


READERS: Mapping[str, Callable[[str], object]] = {"start.json": start, "files.json": sources, "faults.jsonl": faults}
