"""prairielearn/ID.json: what an external grader of PrairieLearn leaves at results/results.json. 1 MB at most."""

from __future__ import annotations

from typing import Any

from proclab.grading.exports.gradebook import Entry, Status
from proclab.grading.exports.plainly import as_json, of_refusals
from proclab.grading.exports.told import Feedback, Telling, plain, shortened
from proclab.grading.exports.visible import Hidden, shown

MOST_BYTES = 1_000_000  # one more, and PrairieLearn takes none of it
LENGTHS = (16_000, 4_000, 2_000, 1_000, 500, 200, 0)  # characters of what is said of a check, tried one after the other


def results(entry: Entry, telling: Telling) -> str:
    """The file. What is ours is not gradable: PrairieLearn then gives the student the attempt back."""
    if entry.status is Status.OURS:
        told = telling.words.say("grade.ours")
        return as_json({"gradable": False, "format_errors": [told], "message": told})
    feedbacks = [telling.of(entry, result) for result in shown(entry.record).results]
    tests = [_test(feedback, telling) for feedback in feedbacks]
    for length in LENGTHS:
        text = as_json(_results(entry, telling, tests, length))
        if len(text.encode()) < MOST_BYTES:
            break
    return text


def _results(entry: Entry, telling: Telling, tests: list[dict[str, Any]], length: int) -> dict[str, object]:
    record, hidden = entry.record, shown(entry.record).hidden
    tests = [test | {"output": shortened(test["output"], length) if length else ""} for test in tests]
    if hidden.count:
        tests.append(_hidden(hidden, telling))
    return {
        "gradable": True,
        "score": round(record.points / record.max_points, 6) if record.max_points else 0.0,
        "message": shortened(of_refusals(record, telling), max(length, 200)),
        "tests": tests,
    }


def _test(feedback: Feedback, telling: Telling) -> dict[str, Any]:
    result = feedback.result
    return {
        "name": feedback.title,
        "description": result.check,
        "points": result.points,
        "max_points": result.max_points,
        "message": feedback.verdict,
        "output": plain(feedback, telling.words),
    }


def _hidden(hidden: Hidden, telling: Telling) -> dict[str, object]:
    name = telling.words.say("grade.hidden")
    return {"name": name, "points": hidden.points, "max_points": hidden.max_points}
