"""A submission in parts: told in the tasks' order, whichever is ready first; trouble is told as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from proclab import ROOT
from proclab.errors import InfraError
from proclab.grading import course, parts
from proclab.grading.intake import Submission
from proclab.grading.job import Answer, Order, encode
from proclab.grading.record import SCHEMA, Record, Result, Verdict

TASKS = ["spawn", "tree", "shell"]


def record(task: str, points: float) -> Record:
    result = Result(f"{task}.x", Verdict.PASS if points else Verdict.FAIL, points, 2.0)
    return Record(SCHEMA, "ann", "0", (), (), (1,), (result,), points, 2.0, {}, "image", "harness")


class Hands:
    """Two processes, the later order of which is always done first."""

    def __init__(self, number: int, method: str) -> None:
        self.orders: list[Order] = []
        self.closed = False

    @property
    def has_room(self) -> bool:
        return len(self.orders) < 2

    def give(self, order: Order) -> None:
        self.orders.append(order)

    def take(self) -> Iterator[bytes]:
        order = self.orders.pop()
        yield encode(Answer(order.id, record(order.task, 2.0 if order.task == "tree" else 0.0)))

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> type[Hands]:
    class Ours(Hands):
        pass

    monkeypatch.setattr(parts, "Local", Ours)
    monkeypatch.setattr(parts, "Engine", lambda owner: nullcontext())
    monkeypatch.setattr(parts, "wipe", lambda engine, run: None)
    return Ours


def test_tasks_are_told_in_their_order_and_make_one_record(hands: type[Hands]) -> None:
    with parts.Parts(course(ROOT, [1])) as found:
        answers = list(found.grade(Submission("ann", "ann", {})))
    assert [answer.id for answer in answers] == TASKS
    whole = parts.whole(answers)
    assert [result.check for result in whole.results] == [f"{task}.x" for task in TASKS]
    assert (whole.points, whole.max_points) == (2.0, 6.0)


def test_a_task_that_could_not_be_graded_is_our_trouble(hands: type[Hands], monkeypatch: pytest.MonkeyPatch) -> None:
    wiped: list[str] = []
    monkeypatch.setattr(parts, "wipe", lambda engine, run: wiped.append(run))
    monkeypatch.setattr(
        hands, "take", lambda self: iter([encode(Answer(self.orders.pop().id, trouble="the engine is gone"))])
    )
    with pytest.raises(InfraError, match="the engine is gone"), parts.Parts(course(ROOT, [1])) as found:
        list(found.grade(Submission("ann", "ann", {})))
    assert len(wiped) == 1
