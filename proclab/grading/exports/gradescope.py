"""gradescope/ID.json: what a Gradescope autograder leaves at results/results.json."""

from __future__ import annotations

from itertools import groupby

from proclab.grading.exports.gradebook import Entry, Status
from proclab.grading.exports.plainly import as_json, of_refusals, total_time
from proclab.grading.exports.told import Telling, plain
from proclab.grading.exports.visible import masked
from proclab.grading.record import Result, Verdict


def results(entry: Entry, telling: Telling) -> str:
    """The file. Without a score Gradescope says that the autograder failed, and that is so when the fault is ours."""
    record = entry.record
    found: dict[str, object] = {
        "output": telling.words.say("grade.ours") if entry.status is Status.OURS else of_refusals(record, telling),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "execution_time": total_time(entry),
        "extra_data": {
            "image": record.image,
            "harness": record.harness,
            "seed": record.seed,
            "sha256": record.sha256,
            "status": entry.status.value,
        },
        "tests": [],
    }
    if entry.status is not Status.OURS:
        found |= {"score": record.points, "tests": _tests(entry, telling)}
    return as_json(found)


def _tests(entry: Entry, telling: Telling) -> list[dict[str, object]]:
    tasks = groupby(masked(entry.record), key=lambda result: result.task)
    return [
        _test(f"{task}.{number}", result, entry, telling)
        for task, (_, checks) in enumerate(tasks, 1)
        for number, result in enumerate(checks, 1)
    ]


def _test(number: str, result: Result, entry: Entry, telling: Telling) -> dict[str, object]:
    feedback = telling.of(entry, result)
    return {
        "number": number,
        "name": feedback.title,
        "score": result.points,
        "max_score": result.max_points,
        "status": "passed" if result.verdict is Verdict.PASS else "failed",
        "output": plain(feedback, telling.words),
        "tags": [result.task, result.verdict.value.lower()],
        "visibility": result.visibility,
        "extra_data": {"check": result.check, "verdict": result.verdict.value},
    }
