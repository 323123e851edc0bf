"""What the doctor says of one thing that it looked at, and how a list of diagnoses is printed.

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
class Diagnosis:
    """One thing looked at: what was seen, what follows from it, and the exact command that mends it."""

    name: str  # of the judge; `examine` fills it in
    status: Status
    seen: str
    means: str = ""
    fix: str = ""


def ok(seen: str, means: str = "") -> Diagnosis:
    return Diagnosis("", Status.OK, seen, means)


def warn(seen: str, means: str, fix: str) -> Diagnosis:
    return Diagnosis("", Status.WARN, seen, means, fix)


def bad(seen: str, means: str, fix: str) -> Diagnosis:
    return Diagnosis("", Status.BAD, seen, means, fix)


def render(diagnoses: Sequence[Diagnosis]) -> str:
    """The table for people: one line for what is well, more for what is not."""
    count = {status: sum(each.status == status for each in diagnoses) for status in Status}
    summary = f"{count[Status.OK]} ok, {count[Status.WARN]} warnings, {count[Status.BAD]} bad"
    return "\n".join([*(line for each in diagnoses for line in _lines(each)), "", summary])


def _lines(diagnosis: Diagnosis) -> list[str]:
    """The fix stays on one line, whatever its length: it is there to be copied."""
    margin = " " * 16
    means = textwrap.wrap(diagnosis.means, 110, initial_indent=margin, subsequent_indent=margin)
    first = f"{diagnosis.status:<5} {diagnosis.name:<9} {diagnosis.seen}"
    return [first, *means, *([f"{margin}fix: {diagnosis.fix}"] if diagnosis.fix else [])]


def exit_status(diagnoses: Sequence[Diagnosis]) -> int:
    """0 fit (warnings included), 1 not."""
    return int(any(each.status == Status.BAD for each in diagnoses))
