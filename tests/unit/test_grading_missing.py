"""What is not there: MISSING where nobody has handed it in, REFUSED where it was not taken; no container is made."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from proclab import ROOT
from proclab.engine import Owner
from proclab.grading import Grader, Verdict, course
from proclab.grading.grader import Graded
from proclab.grading.intake import Submission
from proclab.grading.record import Refusal

LINK = Refusal("link", "lab1/spawn.py")


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(course(ROOT, [1]), owner=Owner("unit"), ahead=False) as found:
        yield found


def verdicts(graded: Graded) -> set[tuple[str, str]]:
    return {(result.task, result.verdict) for result in graded.record.results if result.verdict != Verdict.SKIPPED}


def submission(*refused: Refusal) -> Submission:
    return Submission("ann", "ann", {}, refused, "0" * 64)


def test_what_was_not_taken_is_refused_and_the_rest_is_missing(grader):
    found = verdicts(grader.grade(submission(LINK)))
    assert found == {("spawn", "REFUSED"), ("tree", "MISSING"), ("shell", "MISSING")}
    assert verdicts(grader.grade(submission(Refusal("bomb")))) == {(t, "REFUSED") for t in ("spawn", "tree", "shell")}


def test_it_is_found_out_anew_when_something_else_is_refused(grader):
    before = grader.grade(submission())
    kept = {before.keys[result.check]: result for result in before.record.results}
    assert verdicts(before) == {("spawn", "MISSING"), ("tree", "MISSING"), ("shell", "MISSING")}
    assert ("spawn", "REFUSED") in verdicts(grader.grade(submission(LINK), kept))
