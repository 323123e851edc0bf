"""What the table is that Canvas or Moodle gave: which rows are students, which column takes the grade, out of how much.

Canvas writes its headers in English whatever its user reads; Moodle writes them in the language of whoever downloads.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from proclab.errors import UsageError
from proclab.grading.exports.cells import Row, Table

CANVAS_IDS = ("ID", "SIS User ID", "SIS Login ID", "Integration ID")
ASSIGNMENT = re.compile(r"(.*\S) \(\d+\)")  # Canvas: the title, and the number of the assignment
READ_ONLY = re.compile(r"read\s+only")
# Moodle's headers, folded, in the languages that proclab speaks; in another one `column` names the grade's.
IDS = {"identifier", "идентификатор", "id", "id number", "индивидуальный номер", "username", "логин"}
EMAILS = {"email address", "email", "e-mail", "адрес электронной почты"}
NAMES = {"full name", "полное имя", "имя и фамилия", "имя / фамилия", "фио", "name"}
FIRST, LAST = {"first name", "имя"}, {"last name", "surname", "фамилия"}
GRADE = {"grade", "оценка"}
MOST = {"maximum grade", "максимальная оценка"}
PARTICIPANT = re.compile(r"\D+?(\d+)")  # of the worksheet: "Participant 1234"


@dataclass(frozen=True)
class Student:
    """A row of the table: who it is of, and out of how much the grade is, where the table says that."""

    row: Row
    name: str
    ids: frozenset[str]
    names: frozenset[str]
    most: float | None


@dataclass(frozen=True)
class Sheet:
    """The students of a table, and the column of the grade; `lms` whose table it is."""

    lms: str
    table: Table
    grade: int
    students: tuple[Student, ...]


def folded(text: str) -> str:
    """A name without case, order of its words and punctuation.

    >>> folded("Doe, Jane") == folded("jane DOE")
    True
    """
    return " ".join(sorted(_words(text)))


def spellings(*names: str) -> frozenset[str]:
    """How a name may be written: its words in any order, or run together as Canvas does in the names of files."""
    return frozenset({folded(name) for name in names} | {"".join(_words(name)) for name in names}) - {""}


def sheet(table: Table, column: str = "") -> Sheet:
    """Canvas's gradebook, Moodle's grading worksheet or gradebook; raises UsageError where it is none of these."""
    if not table.rows:
        raise UsageError("the table is empty")
    header = [table.value(table.rows[0], number).strip() for number in range(len(table.rows[0].cells))]
    return _canvas(table, header, column) if _of_canvas(header) else _moodle(table, header, column)


def number(text: str) -> float | None:
    """`100.00`, `100,00`; None of what is no number."""
    return float(text.strip().replace(",", ".")) if re.fullmatch(r"\s*\d{1,9}([.,]\d{1,9})?\s*", text) else None


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold().replace("_", " "))


# ---------------------------------------------------------------- Canvas


def _of_canvas(header: list[str]) -> bool:
    return "Section" in header and (header[:1] == ["Student"] or header[:2] == ["LastName", "FirstName"])


def _canvas(table: Table, header: list[str], column: str) -> Sheet:
    ids = [place for place, title in enumerate(header[: header.index("Section")]) if title in CANVAS_IDS]
    possible = next((row for row in table.rows[1:] if "Points Possible" in table.value(row, 0)), Row([], ""))
    free = {
        place: title
        for place, title in enumerate(header)
        if ASSIGNMENT.fullmatch(title) and not READ_ONLY.search(table.value(possible, place))
    }
    grade = _chosen(free, column, lambda title: ASSIGNMENT.sub(r"\1", title))
    most = number(table.value(possible, grade))
    students = []
    for row in table.rows[1:]:
        known = frozenset(value for place in ids if (value := table.value(row, place).strip()))
        if known and row is not possible:
            name, names = _canvas_name(table, row, header)
            students.append(Student(row, name, known, names, most))
    return Sheet("canvas", table, grade, tuple(students))


def _canvas_name(table: Table, row: Row, header: list[str]) -> tuple[str, frozenset[str]]:
    first, second = table.value(row, 0), table.value(row, 1)
    if header[0] == "Student":
        return first, spellings(first)
    return f"{second} {first}", spellings(f"{second} {first}", f"{first} {second}")


def _chosen(free: dict[int, str], column: str, title: Callable[[str], str]) -> int:
    """The column that is meant: by its header, by the title in it, or as the only one that there is."""
    wanted = column.strip()
    found = [place for place, header in free.items() if not wanted or wanted in (header, title(header))]
    if len(found) == 1:
        return found[0]
    known = ", ".join(repr(header) for header in free.values()) or "none"
    what = f"no column {wanted!r} for a grade" if wanted else "more than one column could take the grade, or none"
    raise UsageError(f"{what}: there is {known}", "name it: COLUMN=…")


# ---------------------------------------------------------------- Moodle


def _moodle(table: Table, header: list[str], column: str) -> Sheet:
    titles = [title.casefold() for title in header]
    participants = _participants(table)
    ids = sorted({place for place, title in enumerate(titles) if title in IDS | EMAILS} | participants)
    grade = _moodle_grade(header, titles, column, participants)
    most = next((place for place, title in enumerate(titles) if title in MOST), -1)
    names = _name_columns(titles) or ([[1]] if participants else [])
    if not ids and not names:
        raise UsageError("the table has neither a column of ids nor one of names that is known")
    students = []
    for row in table.rows[1:]:
        values = {table.value(row, place).strip() for place in ids} - {""}
        said = [" ".join(table.value(row, place) for place in places).strip() for places in names]
        if values or any(said):
            shown = next(filter(None, [*said, *sorted(values)]))
            students.append(Student(row, shown, _numbered(values), spellings(*said), number(table.value(row, most))))
    return Sheet("moodle", table, grade, tuple(students))


def _participants(table: Table) -> set[int]:
    """The first column, where it is the worksheet's: a word in whatever language, and a number."""
    first = [table.value(row, 0) for row in table.rows[1:] if any(row.cells)]
    return {0} if first and all(PARTICIPANT.fullmatch(value) for value in first) else set()


def _numbered(values: Iterable[str]) -> frozenset[str]:
    """The ids, and the number alone of `Participant 1234`."""
    return frozenset(part for value in values for part in (value, PARTICIPANT.sub(r"\1", value)))


def _name_columns(titles: list[str]) -> list[list[int]]:
    whole = [[place] for place, title in enumerate(titles) if title in NAMES]
    parts = [[place for place, title in enumerate(titles) if title in words] for words in (FIRST, LAST)]
    return whole + ([[parts[0][0], parts[1][0]]] if all(parts) else [])


def _moodle_grade(header: list[str], titles: list[str], column: str, participants: set[int]) -> int:
    if column:
        return _chosen(dict(enumerate(header)), column, lambda title: title)
    known = {place: header[place] for place, title in enumerate(titles) if title in GRADE}
    return _chosen(known, "", lambda title: title) if known else _unnamed(header, participants)


def _unnamed(header: list[str], participants: set[int]) -> int:
    where = "the worksheet" if participants else "the table"
    raise UsageError(f"{where} has no column that is called Grade; there is {', '.join(map(repr, header))}", "COLUMN=…")
