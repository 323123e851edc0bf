"""The record of a submission that nobody could grade: its worker died, or the engine is gone. It is no grade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from proclab.grading.exports.told import shortened
from proclab.grading.job import Answer, Order
from proclab.grading.marking import Check
from proclab.grading.record import SCHEMA, Record
from proclab.text import printable

WHY = 300  # characters


def lost(order: Order, why: str, checks: Sequence[Check], keys: Mapping[str, str]) -> Answer:
    """Stands in the place of the answer, and of an older record of the student, which would be taken for this one.

    Results that still hold are kept, so that they need not be found out again.
    """
    held = {check.name: order.kept[keys[check.name]] for check in checks if keys[check.name] in order.kept}
    record = Record(
        schema=SCHEMA,
        submission=printable(order.name),
        sha256=order.sha256,
        files=tuple(sorted(order.files)),
        refused=order.refused,
        labs=order.labs,
        results=tuple(held.values()),
        points=0.0,
        max_points=float(sum(check.points for check in checks)),
        limits={},
        image=order.image,
        harness=order.harness,
        infra=(shortened(printable(why), WHY),),
    )
    return Answer(order.id, record, keys={name: keys[name] for name in held}, trouble=why)
