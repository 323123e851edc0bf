"""Our grades in the CSV that Canvas or Moodle gave: what comes back to them is their own file, with one column filled.

So ids, languages, separators and columns that we know nothing of survive. A grade stands only in the row of whom it
surely is; everything else is told, and its cell stays as it was. A record that is ours is no grade.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from proclab.grading.exports.cells import Table
from proclab.grading.exports.gradebook import Entry, Status
from proclab.grading.exports.roll import Roll
from proclab.grading.exports.sheet import Sheet, Student, sheet
from proclab.grading.exports.told import points
from proclab.text import printable
from proclab.words import Lang, catalogue

EXCUSED = "EX"  # Canvas


@dataclass(frozen=True)
class Note:
    """What whoever fills in a gradebook must know: a key of the catalogue, and its values."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)

    def said(self, lang: Lang) -> str:
        """The sentence."""
        return catalogue(lang).say(f"fill.{self.code}", **self.values)


@dataclass(frozen=True)
class Filled:
    """The file, how many grades were written into it, and what is to be told."""

    data: bytes
    grades: int
    notes: tuple[Note, ...]


def fill(data: bytes, book: Iterable[Entry], column: str = "") -> Filled:
    """Fills the grades in; `column` is the header (Canvas: the title) where the table has several to choose from."""
    found = sheet(Table(data), column)
    notes: list[Note] = []
    owners = _owners(Roll(found), book, notes)
    grades = 0
    for place, student in enumerate(found.students):
        note = _put(found, student, owners.get(place, []))
        grades += note is None
        notes += [note] if note else []
    notes += _scales(found, owners)
    return Filled(found.table.data(), grades, tuple(notes))


def _owners(roll: Roll, book: Iterable[Entry], notes: list[Note]) -> dict[int, list[Entry]]:
    """The submissions of each row."""
    owners: dict[int, list[Entry]] = defaultdict(list)
    for entry in book:
        places = roll.places(entry)
        if not places:
            notes.append(Note("nobody" if places is not None else "several", {"name": _name(entry)}))
        for place in places or ():
            owners[place].append(entry)
    return owners


def _put(found: Sheet, student: Student, owners: list[Entry]) -> Note | None:
    """Writes the grade into the student's row; else says why not."""
    name = {"name": printable(student.name)}
    if len(owners) != 1:
        what = ", ".join(map(_name, owners))
        return Note("twice", {**name, "what": what}) if owners else Note("absent", name)
    if owners[0].status is Status.OURS:
        return Note("ours", name)
    if len(student.row.cells) <= found.grade:
        return Note("short", name)
    if found.table.value(student.row, found.grade).strip().upper() == EXCUSED:
        return Note("excused", name)
    found.table.put(student.row, found.grade, _grade(owners[0], student.most))
    return None


def _grade(entry: Entry, most: float | None) -> str:
    """The points, as a share of what the LMS's assignment is out of."""
    got, out_of = entry.record.points, entry.record.max_points
    return points(got if most is None or not out_of else got * most / out_of)


def _scales(found: Sheet, owners: Mapping[int, list[Entry]]) -> Iterator[Note]:
    """Where the LMS's assignment is out of another number of points than ours."""
    pairs = {
        (entry.record.max_points, most)
        for place, several in owners.items()
        for entry in several
        if (most := found.students[place].most) is not None and most != entry.record.max_points
    }
    for ours, theirs in sorted(pairs):
        yield Note("scaled", {"ours": points(ours), "theirs": points(theirs)})


def _name(entry: Entry) -> str:
    shown = printable(entry.record.submission)
    return shown if shown == entry.id else f"{shown} ({entry.id})"
