"""What a student may be shown: checks that are visible now. Of the others there is a sum, and no name anywhere.

Only Gradescope knows when a deadline has passed. Everywhere else `after_due_date` and `after_published` are hidden.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from proclab.grading.record import Record, Result

VISIBLE = "visible"


@dataclass(frozen=True)
class Hidden:
    """The checks that aren't shown, together."""

    count: int = 0
    points: float = 0.0
    max_points: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether nothing lacks."""
        return self.points >= self.max_points


@dataclass(frozen=True)
class Shown:
    """The results that are shown, and the sum of the others."""

    results: tuple[Result, ...]
    hidden: Hidden


def shown(record: Record) -> Shown:
    """What of a record its student may see."""
    results = masked(record)
    others = [result for result in results if result.visibility != VISIBLE]
    return Shown(
        tuple(result for result in results if result.visibility == VISIBLE),
        Hidden(len(others), sum(result.points for result in others), sum(result.max_points for result in others)),
    )


def masked(record: Record) -> list[Result]:
    """All results; one that waited for a hidden check doesn't name it."""
    visible = {result.check for result in record.results if result.visibility == VISIBLE}
    return [
        result if result.after in visible else msgspec.structs.replace(result, after="") for result in record.results
    ]
