"""A mistake of ours that a submission brings to light costs its check, or its submission, and nobody else's grade."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace

import msgspec
import pytest

from proclab.errors import EngineDown, InfraError
from proclab.grading import Verdict, grader, job
from proclab.grading.intake import Submission
from proclab.grading.marking import Check
from tests.unit.deaths import order


@pytest.fixture
def mistake(monkeypatch):
    """Whoever tells what stands beside a result falls over what a run has left."""

    def fail(result, raised, done):
        if result.verdict is not Verdict.INFRA:
            raise RecursionError("too deep")
        return aside(result, raised, done)

    aside = grader.aside
    monkeypatch.setattr(grader, "aside", fail)


def results():
    """What is told of a check that has passed."""
    told = []
    submitted = Submission("ann", "Ann", {})
    work = grader._Work(SimpleNamespace(), submitted, {}, lambda *said: told.append(said), frozenset())
    assert not work.carried(Check("spawn", "reports", points=2), None)
    return [(result.verdict, result.points, [seen.values for seen in result.seen]) for result, _ in told]


def test_what_is_not_understood_of_a_run_is_trouble_of_its_check(mistake):
    assert results() == [(Verdict.INFRA, 0.0, [{"error": "RecursionError"}])]


def test_what_is_understood_is_none():
    assert results() == [(Verdict.PASS, 2.0, [])]


def test_a_mistake_of_ours_costs_one_submission(monkeypatch, tmp_path):
    def fail(wanted):
        raise KeyError("nobody thought of that")

    monkeypatch.setattr(job, "_answer", fail)
    answer = msgspec.msgpack.decode(job.carry_out(job.encode(order("ann", "Ann", tmp_path))), type=job.Answer)
    assert (answer.id, answer.record) == ("ann", None)
    assert "KeyError" in answer.trouble


@pytest.mark.parametrize(("trouble", "ends"), [(EngineDown("no daemon"), True), (InfraError("a run was lost"), False)])
def test_without_an_engine_a_submission_is_over_at_once_and_a_lost_run_costs_its_check(trouble, ends):
    told = []
    ground = SimpleNamespace(next_submission=lambda: None)
    submitted = Submission("ann", "Ann", {})
    work = grader._Work(SimpleNamespace(ground=ground), submitted, {}, lambda *said: told.append(said), frozenset())
    check = Check("spawn", "reports", points=2)
    assert [work.carried(check, trouble) for _ in range(grader.ATTEMPTS - 1)] == [True] * (grader.ATTEMPTS - 1)
    with pytest.raises(EngineDown) if ends else nullcontext():
        assert not work.carried(check, trouble)
    assert [result.verdict for result, _ in told] == ([] if ends else [Verdict.INFRA])
