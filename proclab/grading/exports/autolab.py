"""autolab/ID.txt: what an autograder prints for Autolab. The last line is the scores, a problem a task; the one before
shows the checks.

Autolab turns every word before a colon in the last line into a key, even within a string. So it holds nothing but names
of tasks, which are names of Python files. Where a scores line lacks, Autolab writes 0 for every problem: of what is
ours, the line is there and empty.
"""

from __future__ import annotations

import json
from collections import defaultdict

from proclab.grading.exports.gradebook import Entry, Status
from proclab.grading.exports.plainly import of_refusals
from proclab.grading.exports.told import Feedback, Telling, plain
from proclab.grading.exports.visible import shown
from proclab.grading.record import Record, Verdict


def text(entry: Entry, telling: Telling) -> str:
    """The file."""
    if entry.status is Status.OURS:
        return f"{telling.words.say('grade.ours')}\n{_json({'scores': {}})}\n"
    found = shown(entry.record)
    feedbacks = [telling.of(entry, result) for result in found.results]
    lines = [of_refusals(entry.record, telling), *(_paragraph(feedback, telling) for feedback in feedbacks)]
    if found.hidden.count:
        lines.append(telling.hidden(found.hidden))
    last = [_json(_stages(feedbacks)), _json({"scores": scores(entry.record)})]
    return "\n".join([*filter(None, lines), *last]) + "\n"


def scores(record: Record) -> dict[str, float]:
    """The points by task; a problem of that name has to be on the site."""
    found: dict[str, float] = defaultdict(float)
    for result in record.results:
        found[result.task] += result.points
    return {task: round(points, 4) for task, points in found.items()}


def _stages(feedbacks: list[Feedback]) -> dict[str, object]:
    stages: dict[str, dict[str, object]] = defaultdict(dict)
    for feedback in feedbacks:
        passed = feedback.result.verdict is Verdict.PASS
        hint = {"hint": feedback.hint or feedback.verdict} if not passed else {}
        stages[feedback.result.task][feedback.title] = {"passed": passed, **hint}
    return {"_presentation": "semantic", "stages": list(stages), **stages}


def _paragraph(feedback: Feedback, telling: Telling) -> str:
    said = plain(feedback, telling.words, outputs=False).replace("\n\n", "\n").replace("\n", "\n  ")
    head = f"{feedback.result.verdict.value}: {feedback.title}"
    return f"{head}\n  {said}" if said else head


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
