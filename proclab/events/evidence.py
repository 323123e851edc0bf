"""What a recording is worth: which reasons there are to doubt that it is whole, in codes.

The records stand beside the events, because a recorder's log and the findings that are drawn from it share them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Stop = Literal["seconds", "bytes", "lines", "logs", "user"]
Hole = Literal[
    "no_end",
    "full",
    "shared",
    "untraced",
    "plan",
    "incomplete",
    "unlogged",
    "lost",
    "exec",
    "taken",
    "garbled",
    "unknown",
]
Code = Stop | Hole
STOPS: frozenset[str] = frozenset(get_args(Stop))


@dataclass(frozen=True)
class Doubt:
    """One reason why a recording isn't whole."""

    code: Code
    box: str = ""
    what: tuple[str, ...] = ()  # which logs, which processes


@dataclass(frozen=True)
class Evidence:
    """What a recording is worth. Guarded: its program couldn't get at it, so that it can prove something."""

    guarded: bool = False
    doubts: tuple[Doubt, ...] = ()

    @property
    def holes(self) -> bool:
        """Whether something is missing before the recording's end. (When it was stopped, all before that is there.)"""
        return any(doubt.code not in STOPS for doubt in self.doubts)

    @property
    def whole(self) -> bool:
        return not self.doubts
