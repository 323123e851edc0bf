"""grades.csv: a row a submission, a column a check. For a spreadsheet and for programs; no LMS reads it (see fill)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from proclab.grading.exports.gradebook import Entry, Status
from proclab.grading.exports.told import Telling, points
from proclab.text import printable

COLUMNS = ("id", "name", "status", "points", "max_points")
MARK = "\ufeff"  # without it a spreadsheet takes UTF-8 for something else
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def lines(book: Iterable[Entry], telling: Telling) -> Iterator[str]:
    """The file, line by line. The points of a record that is ours are no points: its cells are empty."""
    checks = list(dict.fromkeys(result.check for entry in book for result in entry.record.results))
    yield MARK + _line([*COLUMNS, *checks])
    for entry in book:
        record = entry.record
        grade = entry.status is not Status.OURS
        got = {result.check: points(result.points) for result in record.results if grade}
        total = points(record.points) if grade else ""
        head = [entry.id, record.submission, entry.status.value, total, points(record.max_points)]
        yield _line([*head, *(got.get(check, "") for check in checks)])


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    >>> harmless("=1+1"), harmless("Jane")
    ("'=1+1", 'Jane')
    """
    text = printable(cell)
    return f"'{text}" if text.startswith(FORMULA) or text.lstrip().startswith(FORMULA) else text


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(map(harmless, cells))
    return text.getvalue()
