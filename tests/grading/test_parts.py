"""A submission graded task by task by several processes: the same record as by one, in the same order."""

from __future__ import annotations

import pytest

from proclab import ROOT
from proclab.engine import Engine, Owner, labels, leftovers
from proclab.grading import Grader, Verdict, course
from proclab.grading.course import keep_list
from proclab.grading.intake import Submission, fingerprint
from proclab.grading.parts import Parts, whole

LAB = ROOT / "labs" / "1-processes"


@pytest.mark.docker
def test_the_parts_make_the_record_that_one_grader_makes(owner: Owner) -> None:
    labs = course(ROOT, [1])
    kept = [name for name in keep_list(labs)[1] if name != "tree.py"]  # nobody has handed in that one
    files = {f"1/{name}": (LAB / "solution" / name).read_bytes() for name in kept}
    files["1/spawn.py"] = (LAB / "wrong" / "spawn-raw_status.py").read_bytes()
    submission = Submission("ann", "Ann", files, (), fingerprint(files))
    with Parts(labs) as parts:
        answers = list(parts.grade(submission))
        again = whole(list(parts.grade(submission)))
    assert [answer.id for answer in answers] == ["spawn", "tree", "shell"]
    with Engine(owner) as engine:
        assert leftovers(engine, f"{labels.RUN}={parts._batch}") == []
    with Grader(labs, owner=owner, ahead=False) as grader:
        record = grader.grade(submission).record
    assert whole(answers) == again == record
    assert {Verdict.PASS, Verdict.MISSING} < {result.verdict for result in record.results}
    assert 0 < record.points < record.max_points
