"""Which deaths the recorder has caused: it kills what runs when a recording ends, a guided run what a scene leaves.

Such a SIGKILL has no sender in the recording. What it makes (zombies, orphans, ends of waits) is nobody's fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proclab import peer
from proclab.errors import ProtocolError


@dataclass(frozen=True)
class Felling:
    """When the recorder of a box kills, as far as its files say."""

    since: int | None = None  # nanoseconds since the epoch; None: it did not end the recording
    guided: bool = False  # scenes are cleared one after the other
    spared: frozenset[int] = frozenset()  # processes that the script itself kills: that is part of the scene

    def fells(self, pid: int, t: int) -> bool:
        """Whether a SIGKILL that nobody in the recording sent was the recorder's."""
        ended = self.since is not None and t >= self.since
        return ended or (self.guided and pid not in self.spared)


def felling(end: str, facts: str) -> Felling:
    """From a box's end.json and the conductor's facts.jsonl. What is missing or makes no sense says nothing."""
    ended = _object(end)
    since = ended.get("stopped_at", 0 if ended.get("stopped") else None)  # its first version didn't say when
    sent = [
        fact.get("pid")
        for fact in map(_object, facts.splitlines())
        if (fact.get("fact"), fact.get("signal")) == ("signal", "KILL")
    ]
    spared = frozenset(pid for pid in sent if isinstance(pid, int))
    return Felling(since if isinstance(since, int) else None, bool(facts), spared)


def _object(text: str) -> Mapping[str, Any]:
    try:
        return peer.mapping(text)
    except ProtocolError:
        return {}
