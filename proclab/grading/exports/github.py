"""github/ID.json: what a step of GitHub Classroom gives its reporter, as its output `result` and in base64."""

from __future__ import annotations

import base64
import re

from proclab.grading.exports.gradebook import Entry, Status
from proclab.grading.exports.plainly import as_json
from proclab.grading.exports.told import Telling, plain
from proclab.grading.exports.visible import Hidden, shown
from proclab.grading.record import Result, Verdict

LINE = re.compile(r"(.+):(\d{1,7})")


def results(entry: Entry, telling: Telling) -> str:
    """The file. One that is ours is out of 0 points: the reporter then reports none."""
    if entry.status is Status.OURS:
        test = _test(telling.words.say("grade.ours.name"), "error", 0, telling.words.say("grade.ours"))
        return as_json({"version": 1, "status": "error", "max_score": 0, "tests": [test]})
    found = shown(entry.record)
    tests = [_of(entry, result, telling) for result in found.results]
    if found.hidden.count:
        tests.append(_hidden(found.hidden, telling))
    passed = all(test["status"] == "pass" for test in tests)
    status = "pass" if passed and entry.status is Status.COMPLETE else "fail"
    return as_json({"version": 1, "status": status, "max_score": entry.record.max_points, "tests": tests})


def encoded(text: str) -> str:
    """The line for $GITHUB_OUTPUT; `base64 -w0` makes the same of the file."""
    return f"result={base64.b64encode(text.encode()).decode()}"


def _of(entry: Entry, result: Result, telling: Telling) -> dict[str, object]:
    feedback = telling.of(entry, result)
    test = _test(feedback.title, "pass", result.points, None)
    if result.verdict is not Verdict.PASS:
        test |= {"status": "fail", "message": plain(feedback, telling.words, outputs=False)}
    at = LINE.fullmatch(feedback.line)
    where = {"filename": at[1], "line_no": int(at[2])} if at else {}
    return test | where | {"test_code": feedback.command, "duration": round(entry.took(result).wall * 1000)}


def _hidden(hidden: Hidden, telling: Telling) -> dict[str, object]:
    name = telling.words.say("grade.hidden")
    return _test(name, "pass" if hidden.passed else "fail", hidden.points, None)


def _test(name: str, status: str, score: float, message: str | None) -> dict[str, object]:
    return {
        "name": name,
        "status": status,
        "score": score,
        "message": message,
        "test_code": "",
        "filename": "",
        "line_no": 0,
        "duration": 0,
    }
