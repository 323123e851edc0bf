"""Exports: what other systems read of the records. An export is one module here, and one line below.

EACH    a file a submission: text(entry, telling)
WHOLE   a file a class, in pieces: pieces(book, telling); `book` is gone through as often as it takes
fill(csv, book, column)      our grades in the table that Canvas or Moodle gave
actions.lines(…)             what GitHub Actions shows at a line of a file
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from proclab.grading.exports import actions, autolab, github, grades, gradescope, junit, prairielearn
from proclab.grading.exports.fill import Filled, Note, fill
from proclab.grading.exports.gradebook import PEOPLE, Entry, Evidence, Gradebook, Person, Status, Times
from proclab.grading.exports.texts import texts
from proclab.grading.exports.told import Feedback, Telling
from proclab.grading.exports.visible import shown

EACH: Mapping[str, Callable[[Entry, Telling], str]] = {
    "gradescope/{id}.json": gradescope.results,
    "github/{id}.json": github.results,
    "prairielearn/{id}.json": prairielearn.results,
    "autolab/{id}.txt": autolab.text,
}
WHOLE: Mapping[str, Callable[[Iterable[Entry], Telling], Iterator[str]]] = {
    "grades.csv": grades.lines,
    "junit.xml": junit.lines,
}

__all__ = [
    "EACH",
    "PEOPLE",
    "WHOLE",
    "Entry",
    "Evidence",
    "Feedback",
    "Filled",
    "Gradebook",
    "Note",
    "Person",
    "Status",
    "Telling",
    "Times",
    "actions",
    "fill",
    "shown",
    "texts",
]
