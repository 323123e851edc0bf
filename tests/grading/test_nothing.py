"""Who does nothing gets nothing: no check is passed by a program that hasn't done what the check looks at."""

from __future__ import annotations

import pytest

from proclab import ROOT
from proclab.engine import Owner
from proclab.grading import Grader, Verdict, course
from proclab.grading.course import keep_list
from proclab.grading.intake import Submission


@pytest.mark.docker
@pytest.mark.soak
@pytest.mark.parametrize("text", ["pass\n", "print('done', flush=True)\nraise SystemExit(0)\n"], ids=["empty", "done"])
def test_a_program_that_only_ends_well_gets_no_point(owner: Owner, text: str) -> None:
    labs = course(ROOT)
    files = {f"{lab}/{name}": text.encode() for lab, names in keep_list(labs).items() for name in names}
    with Grader(labs, owner=owner, ahead=False) as grader:
        record = grader.grade(Submission("nobody", "Nobody", files)).record
    passed = [result.check for result in record.results if result.verdict is Verdict.PASS]
    assert (passed, record.points) == ([], 0.0)
    assert record.graded
    assert len(record.results) == len(grader.checks)
