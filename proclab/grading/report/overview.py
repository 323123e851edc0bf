"""report.html: the class. Which check fails how often, who has which points, and what was no grade by our fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import mean, median

from proclab.grading.exports.gradebook import Entry, Status
from proclab.grading.exports.told import Telling, points, shortened
from proclab.grading.exports.visible import VISIBLE
from proclab.grading.record import Result, Verdict
from proclab.grading.report.frame import framed
from proclab.text import printable

NAME = 120  # characters of a name that anybody reads


@dataclass
class Check:
    """What became of one check in the class. Of what is ours nothing is counted."""

    id: str
    title: str
    hidden: bool
    verdicts: Counter[Verdict] = field(default_factory=Counter)

    @property
    def task(self) -> str:
        """Its task."""
        return self.id.partition(".")[0]

    @property
    def passed(self) -> int:
        """How many passed it."""
        return self.verdicts[Verdict.PASS]

    @property
    def skipped(self) -> int:
        """How many never came to it."""
        return self.verdicts[Verdict.SKIPPED]

    @property
    def failed(self) -> int:
        """How many failed it."""
        return self.verdicts.total() - self.passed - self.skipped

    @property
    def share(self) -> int:
        """Per cent of all who passed it."""
        return round(100 * self.passed / (self.verdicts.total() or 1))


@dataclass(frozen=True)
class Person:
    """A submission in the table."""

    id: str
    name: str
    status: Status
    points: float
    most: float
    tasks: dict[str, tuple[float, float]]
    failed: tuple[str, ...]
    why: str = ""

    @property
    def share(self) -> int:
        """Per cent of the points."""
        return round(100 * self.points / self.most) if self.most else 0


def class_page(book: Iterable[Entry], telling: Telling) -> Iterator[str]:
    """The page of the class, piece by piece; of each submission only its line is kept in memory."""
    checks: dict[str, Check] = {}
    people = [_person(entry, checks, telling) for entry in book]
    tasks = list(dict.fromkeys(check.task for check in checks.values()))
    return framed(
        "overview.html",
        "overview.js",
        telling,
        points=points,
        checks=sorted(checks.values(), key=lambda check: -check.failed),
        words_of=lambda check: _verdicts(check, telling),
        tasks=tasks,
        people=[person for person in people if person.status is not Status.OURS],
        ours=[person for person in people if person.status is Status.OURS],
        figures=_figures(people, telling),
        cell=_cell,
    )


def _person(entry: Entry, checks: dict[str, Check], telling: Telling) -> Person:
    record = entry.record
    failed: list[str] = []
    tasks: dict[str, tuple[float, float]] = {}
    for result in record.results:
        check = checks.setdefault(
            result.check, Check(result.check, telling.title(result.check), result.visibility != VISIBLE)
        )
        got, most = tasks.get(result.task, (0.0, 0.0))
        tasks[result.task] = (got + result.points, most + result.max_points)
        if entry.status is not Status.OURS:
            check.verdicts[result.verdict] += 1
            failed += [check.id] if _is_failed(result) else []
    why = ", ".join([*record.infra, *(r.check for r in record.results if r.verdict is Verdict.INFRA)])
    return Person(
        entry.id,
        shortened(printable(record.submission), NAME),
        entry.status,
        record.points,
        record.max_points,
        tasks,
        tuple(failed),
        printable(why),
    )


def _is_failed(result: Result) -> bool:
    return result.verdict not in (Verdict.PASS, Verdict.SKIPPED)


def _verdicts(check: Check, telling: Telling) -> str:
    """`left a zombie 3, crashed 1`, the most frequent first."""
    failed = [(v, n) for v, n in check.verdicts.most_common() if v not in (Verdict.PASS, Verdict.SKIPPED)]
    return ", ".join(f"{telling.words.say(f'verdict.{verdict.value}')} {number}" for verdict, number in failed)


def _figures(people: Sequence[Person], telling: Telling) -> list[tuple[str, str]]:
    """The numbers at the head of the page, each with its word."""
    count = Counter(person.status for person in people)
    grades = [person.points for person in people if person.status is not Status.OURS]
    full = sum(person.points >= person.most for person in people if person.status is not Status.OURS)
    figures = [
        ("report.graded", str(count[Status.COMPLETE])),
        ("report.refused", str(count[Status.REFUSED])),
        ("report.ours", str(count[Status.OURS])),
        ("report.mean", points(mean(grades)) if grades else "–"),
        ("report.median", points(median(grades)) if grades else "–"),
        ("report.full", str(full)),
    ]
    return [(telling.words.say(key), number) for key, number in figures]


def _cell(person: Person, task: str) -> tuple[str, str, float]:
    """What a task's cell shows: its look, its text, and by what it is sorted."""
    if task not in person.tasks:
        return "none", "", -1.0
    got, most = person.tasks[task]
    return ("full" if got >= most else "part" if got else "zero"), points(got), got
