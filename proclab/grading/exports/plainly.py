"""What several exports have in common: JSON, what intake refused, how long all of it took."""

from __future__ import annotations

import json

from proclab.grading.exports.gradebook import Entry
from proclab.grading.exports.told import Telling, shortened
from proclab.grading.record import Record, Refusal
from proclab.text import printable

NAMED = 20  # refusals
NAME = 200


def as_json(value: object) -> str:
    """JSON for people and programs."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def refusal(refused: Refusal, telling: Telling) -> str:
    """Why something of a submission was not taken."""
    code, name, detail = (shortened(printable(text), NAME) for text in (refused.code, refused.name, refused.detail))
    key = f"grade.refused.{code}"
    if telling.words.has(key):
        return telling.words.say(key, name=name, detail=detail)
    return ", ".join(filter(None, (code, name, detail)))


def of_refusals(record: Record, telling: Telling) -> str:
    """What of the submission was not taken, a line each; "" where all of it was."""
    if not record.refused:
        return ""
    told = [refusal(refused, telling) for refused in record.refused[:NAMED]]
    more = len(record.refused) - len(told)
    return "\n".join([telling.words.say("grade.refused"), *told, *(["…"] if more else [])])


def total_time(entry: Entry) -> float:
    """Seconds of all checks."""
    return round(sum(times.wall for times in entry.times.values()), 3)
