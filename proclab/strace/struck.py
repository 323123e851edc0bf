"""Which calls a fault plan has met: what the injector wrote down (docker/guest/injector.py) → the steps of the log.

strace doesn't know of it: it sees a call that fails, or is late. But a thread is in one call at a time, and both clocks
are one, so a moment and a thread name the call.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from proclab import peer
from proclab.errors import ProtocolError
from proclab.strace.steps import Journal

FILE = "faults.jsonl"
LINES = 20_000
PIDS = 1 << 31
KINDS = ("error", "delay", "short", "signal", "undone")


class Struck(NamedTuple):
    """One call that the plan met."""

    t: int
    tid: int
    call: str
    kind: str


def faults(text: str) -> list[Struck]:
    """faults.jsonl; a ProtocolError if it makes no sense or breaks off."""
    *lines, end = text.removesuffix("\n").split("\n")
    if len(lines) > LINES or "end" not in peer.mapping(end):
        raise ProtocolError("this is no whole record of faults")
    return [_struck(peer.mapping(line)) for line in lines]


def _struck(found: dict[str, Any]) -> Struck:
    kind, call = peer.string(found.get("kind")), peer.string(found.get("call"))
    if kind not in KINDS:
        raise ProtocolError(f"this is no kind of fault: {peer.shown(kind)}")
    return Struck(peer.whole(found.get("t")), peer.whole(found.get("tid"), 1, PIDS), call, kind)


def faults_of(files: Mapping[str, str]) -> dict[str, list[str]]:
    """Of each program with a plan, by its folder, what the plan did. Never raises: what makes no sense did nothing."""
    found: dict[str, list[str]] = {}
    for path, text in files.items():
        if path.endswith(f"/{FILE}"):
            try:
                found[path.removesuffix(f"/{FILE}")] = [struck.kind for struck in faults(text)]
            except ProtocolError:
                found[path.removesuffix(f"/{FILE}")] = []
    return found


def mark(journal: Journal, struck: Sequence[Struck]) -> None:
    """Say of each call what the plan did to it."""
    for one in struck:
        steps = journal.steps.get(one.tid, [])
        place = bisect_right(steps, one.t, key=lambda step: step.begin) - 1
        if place >= 0 and steps[place].kind == "call" and steps[place].name == one.call and one.kind != "undone":
            steps[place].fault = one.kind
