"""The host's side of a grading alone: `python -m proclab.bench.classes N` prints the most memory it took, in MB.

Answers are made up, as large as those of a class in which everybody fails everything.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from proclab import ROOT
from proclab.grading import Record, Result, Seen, Verdict, course, keep_list
from proclab.grading.aside import Aside
from proclab.grading.classroom import Classroom
from proclab.grading.harness import key
from proclab.grading.intake import roster
from proclab.grading.job import Answer, Order, encode
from proclab.grading.outfolder import locked
from proclab.grading.outputs import write_all
from proclab.grading.record import SCHEMA

OUTPUT = "a line of output\n" * 200


class MadeUp:
    """Hands that know the answer at once."""

    number = 4

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.room: Classroom | None = None

    def give(self, order: Order) -> None:
        """Keeps the order."""
        self.orders.append(order)

    def take(self) -> Iterator[bytes]:
        """Answers it."""
        order = self.orders.pop(0)
        assert self.room is not None
        results = tuple(
            Result(check.name, Verdict.FAIL, 0.0, float(check.points), seen=(Seen("assertion"),), argv=("a.py", "1"))
            for check in self.room.checks
        )
        record = Record(
            SCHEMA, order.name, order.sha256, tuple(order.files), (), order.labs, results, 0.0,
            sum(result.max_points for result in results), {}, order.image, order.harness,
        )  # fmt: skip
        beside = {result.check: Aside({"en": ["a detail"], "ru": ["a detail"]}, OUTPUT, OUTPUT) for result in results}
        keys = {check.name: key(check, order.files, order.image) for check in self.room.checks}
        yield encode(Answer(order.id, record, beside, keys))

    def close(self) -> None:
        """Nothing is open."""


def main(count: int) -> None:
    """Grades such a class."""
    with tempfile.TemporaryDirectory(prefix="proclab-bench-") as name:
        submissions, out = Path(name, "class"), Path(name, "out")
        for number in range(count):
            (submissions / f"student{number}").mkdir(parents=True)
            (submissions / f"student{number}" / "spawn.py").write_text(f"print({number})\n")
        labs = course(ROOT)
        assert keep_list(labs)
        with locked(out) as folder:
            hands = MadeUp()
            hands.room = room = Classroom(folder, labs, hands, "en", "bench")
            room.console.quiet = True
            room.grade(roster(submissions))
            write_all(out, "en")
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    main(int(sys.argv[1]))
