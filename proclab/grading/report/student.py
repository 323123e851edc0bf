"""A student's page: what was passed, and of each check that failed what was seen, why it matters and how to see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from proclab.grading.exports.gradebook import Entry, Status
from proclab.grading.exports.plainly import of_refusals
from proclab.grading.exports.told import Feedback, Telling, points, shortened
from proclab.grading.exports.visible import shown
from proclab.grading.record import Result, Verdict
from proclab.grading.report.frame import framed
from proclab.grading.report.timeline import Timeline, Timelines
from proclab.text import printable

SIGNS = {Verdict.PASS: "✓", Verdict.SKIPPED: "–", Verdict.INFRA: "!"}
LOOKS = {Verdict.PASS: "pass", Verdict.SKIPPED: "skip", Verdict.INFRA: "ours"}
NAME = 120  # characters of a name that anybody reads
OF_THE_FILE = (Verdict.MISSING, Verdict.REFUSED)  # the same of every check of the task


@dataclass(frozen=True)
class Line:
    """A check in the list."""

    feedback: Feedback
    sign: str
    look: str
    points: str
    link: str = ""


@dataclass(frozen=True)
class Task:
    """A task in the list."""

    name: str
    points: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Card:
    """What is said of a check that failed."""

    line: Line
    heading: str
    timeline: Timeline | None


def student_page(entry: Entry, telling: Telling) -> str:
    """The page of one submission."""
    found, record = shown(entry.record), entry.record
    tasks = [_task(name, list(results), entry, telling) for name, results in groupby(found.results, _name)]
    ours = entry.status is Status.OURS
    pieces = framed(
        "student.html",
        "",
        telling,
        title=shortened(printable(record.submission), NAME),
        ours=ours,
        total=_share(record.points, record.max_points, entry, telling),
        refusals=of_refusals(record, telling).splitlines(),
        hidden=telling.hidden(found.hidden) if found.hidden.count and not ours else "",
        tasks=tasks,
        cards=list(_cards(tasks, Timelines(entry.folder, telling.lang), entry)),
    )
    return "".join(pieces)


def _name(result: Result) -> str:
    return result.task


def _task(name: str, results: Sequence[Result], entry: Entry, telling: Telling) -> Task:
    feedbacks = [telling.of(entry, result) for result in results]
    told: set[str] = set()
    lines = []
    for feedback in feedbacks:
        verdict = feedback.result.verdict
        once = verdict in OF_THE_FILE and verdict in told
        told.add(verdict)
        lines.append(_line(feedback, entry, telling, linked=verdict not in LOOKS and not once))
    got, most = (sum(getattr(result, what) for result in results) for what in ("points", "max_points"))
    return Task(name, _share(got, most, entry, telling), tuple(lines))


def _line(feedback: Feedback, entry: Entry, telling: Telling, linked: bool) -> Line:
    result = feedback.result
    return Line(
        feedback,
        SIGNS.get(result.verdict, "✗"),
        LOOKS.get(result.verdict, "fail"),
        _share(result.points, result.max_points, entry, telling),
        result.check if linked else "",
    )


def _cards(tasks: Sequence[Task], timelines: Timelines, entry: Entry) -> Iterator[Card]:
    for task in tasks:
        for line in task.lines:
            if line.link:
                result = line.feedback.result
                heading = printable(" ".join(result.argv))[:120] or line.feedback.title
                events = entry.shown_by(result).events
                yield Card(line, heading, timelines.of(events, line.feedback.title, heading))


def _share(got: float, most: float, entry: Entry, telling: Telling) -> str:
    """`2 of 4`; nothing where it is no grade."""
    if entry.status is Status.OURS:
        return ""
    return telling.words.say("report.of", got=points(got), most=points(most))
