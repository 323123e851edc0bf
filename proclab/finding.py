"""A doctor's finding, and how a list of them is told.

*bad* means that a lab will not run, *warn* that it runs but something is slower, weaker or less exact than
promised.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what was seen, what follows from it, and the exact command that mends it."""

    name: str
    status: Status
    seen: str
    means: str = ""
    fix: str = ""


def ok(name: str, seen: str, means: str = "") -> Finding:
    return Finding(name, Status.OK, seen, means)


def warn(name: str, seen: str, means: str, fix: str) -> Finding:
    return Finding(name, Status.WARN, seen, means, fix)


def bad(name: str, seen: str, means: str, fix: str) -> Finding:
    return Finding(name, Status.BAD, seen, means, fix)


def render(findings: Sequence[Finding]) -> str:
    """The table for people: one line for what is well, more for what is not."""
    count = {status: sum(it.status == status for it in findings) for status in Status}
    summary = f"{count[Status.OK]} ok, {count[Status.WARN]} warnings, {count[Status.BAD]} bad"
    return "\n".join([*(line for it in findings for line in _lines(it)), "", summary])


def _lines(it: Finding) -> list[str]:
    """The fix stays on one line, whatever its length: it is there to be copied."""
    margin = " " * 16
    means = textwrap.wrap(it.means, 110, initial_indent=margin, subsequent_indent=margin)
    return [f"{it.status:<5} {it.name:<9} {it.seen}", *means, *([f"{margin}fix: {it.fix}"] if it.fix else [])]


def exit_status(findings: Sequence[Finding]) -> int:
    """0 fit (warnings included), 1 not."""
    return int(any(it.status == Status.BAD for it in findings))
