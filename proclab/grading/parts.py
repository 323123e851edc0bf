"""One submission, graded task by task, as many tasks at once as there are processes: a student waits for the slowest.

Tasks need nothing of each other, and most of a run is waiting: for the program, on purpose or not, and for the engine.
Each task has containers of its own; the record is the same as that of one process (grader.py) that does all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

import msgspec

from proclab import ROOT
from proclab.compose import load
from proclab.engine import Engine, Owner, labels, owner_of, wipe
from proclab.errors import InfraError, ProclabError
from proclab.grading.course import GradedLab
from proclab.grading.ground import ALONE
from proclab.grading.hands import Local
from proclab.grading.harness import harness
from proclab.grading.intake import Submission
from proclab.grading.job import Answer, Order
from proclab.grading.record import Record

PROCESSES = 3  # at most: on two processors faster than one or two (measured); a lab has no more tasks than this


class Parts:
    """Grades a submission in parts, and again when it has changed. Use it in a `with` statement."""

    def __init__(self, labs: Sequence[GradedLab]) -> None:
        self.labs = tuple(labs)
        self._tasks = [task.name for lab in labs for task in lab.tasks]
        self._image = load(ROOT / "compose.yaml").spec(ALONE).image
        self._batch = labels.new_run()
        self._hands = Local(min(PROCESSES, len(self._tasks)), method="forkserver")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._hands.close()
        # Of a process that was killed, by us or by others, the containers are still there.
        with suppress(ProclabError), Engine(Owner(owner_of(ROOT))) as engine:
            wipe(engine, run=self._batch)

    def grade(self, submission: Submission) -> Iterator[Answer]:
        """What came of each task, in their order, as soon as it is known; InfraError where nothing could."""
        waiting = [self._order(submission, task) for task in self._tasks]
        ended: dict[str, Answer] = {}
        for task in self._tasks:
            while task not in ended:
                while waiting and self._hands.has_room:
                    self._hands.give(waiting.pop(0))
                answers = (msgspec.msgpack.decode(data, type=Answer) for data in self._hands.take())
                ended |= {answer.id: answer for answer in answers}
            if ended[task].record is None:
                raise InfraError(ended[task].trouble)
            yield ended[task]

    def _order(self, submission: Submission, task: str) -> Order:
        return Order(
            task, submission.name, dict(submission.files), submission.refused, submission.sha256,
            tuple(lab.lab.number for lab in self.labs), {}, self._image, harness(), self._batch, task,
        )  # fmt: skip


def whole(parts: Sequence[Answer]) -> Record:
    """The record of all tasks."""
    records = [part.record for part in parts if part.record]
    results = tuple(result for record in records for result in record.results)
    return msgspec.structs.replace(
        records[0],
        results=results,
        points=float(sum(result.points for result in results)),
        max_points=float(sum(result.max_points for result in results)),
    )
