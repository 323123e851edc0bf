"""A submission that nobody could grade: its record is no grade, and stands in the place of an older one."""

from __future__ import annotations

from proclab.grading.exports import EACH, Gradebook, Status
from proclab.grading.job import Answer, Order
from proclab.grading.lost import lost
from proclab.grading.marking import Check
from proclab.grading.outfolder import locked
from proclab.grading.report import class_page, student_page
from tests.unit.classes import HOSTILE, full, result, telling

CHECKS = (Check("spawn", "reports", points=2), Check("spawn", "reaps", points=2))
NAMES = tuple(check.name for check in CHECKS)
KEYS = {name: f"key of {name}" for name in NAMES}


def order(kept=()):
    held = {KEYS[each.check]: each for each in kept}
    return Order("jane", "Jane Doe", {"1/spawn.py": b"x"}, (), "0" * 64, (1,), held, "image", "harness", "batch")


def answer(why="its worker died", kept=()):
    return lost(order(kept), why, CHECKS, KEYS)


def command(result):
    return ""


def test_what_is_lost_is_no_grade_and_says_why():
    record = answer().record
    assert not record.graded
    assert (record.points, record.max_points, record.infra) == (0, 4, ("its worker died",))
    assert record.submission == "Jane Doe"


def test_an_older_record_is_not_taken_for_this_one(tmp_path):
    with locked(tmp_path) as out:
        out.save(Answer("jane", full("Jane Doe"), keys=KEYS), command)
        assert [entry.status for entry in Gradebook(tmp_path)] == [Status.COMPLETE]
        out.save(answer(), command)
    (entry,) = Gradebook(tmp_path)
    assert entry.status is Status.OURS
    assert "its worker died" in "".join(class_page([entry], telling()))
    assert "it is no grade" in student_page(entry, telling())
    assert '{"scores": {}}' in EACH["autolab/{id}.txt"](entry, telling())


def test_results_that_still_hold_are_kept_for_the_next_time(tmp_path):
    with locked(tmp_path) as out:
        out.save(answer(kept=[result("spawn.reaps", "ZOMBIE")]), command)
        assert list(out.kept("jane")) == ["key of spawn.reaps"]
    others = {"spawn.reports": "another", "spawn.reaps": "another too"}
    assert lost(order([result("spawn.reaps")]), "", CHECKS, others).record.results == ()


def test_why_is_printable_and_short():
    (why,) = answer(HOSTILE * 50).record.infra
    assert why.isprintable()
    assert len(why) == 300
