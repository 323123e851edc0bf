"""junit.xml: the whole class in the form that pytest writes (xunit2), for CI and for whatever reads JUnit.

A suite a submission, a case a check. What was not passed is a failure, what is ours is an error, and what waited for
another check is skipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from proclab.grading.exports.gradebook import Entry, Status
from proclab.grading.exports.told import Feedback, Telling, plain
from proclab.grading.record import Result, Verdict
from proclab.text import printable
from proclab.views import xml

NAME = "proclab"
PROPERTIES = ("verdict", "points", "max_points", "visibility")
KINDS = {Verdict.PASS: "", Verdict.SKIPPED: "skipped", Verdict.INFRA: "error"}


def lines(book: Iterable[Entry], telling: Telling) -> Iterator[str]:
    """The file, a submission after the other."""
    now = datetime.now(UTC).isoformat()
    yield f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="{NAME}">\n'
    for entry in book:
        yield _suite(entry, telling, now) + "\n"
    yield "</testsuites>\n"


def _suite(entry: Entry, telling: Telling, now: str) -> str:
    results = entry.record.results
    kinds = [_kind(result) for result in results]
    ours = entry.status is Status.OURS and "error" not in kinds  # a record without any result
    return xml.tag(
        "testsuite",
        *(_case(entry, result, telling) for result in results),
        *([_infra(entry, telling)] if ours else []),
        name=entry.id,
        errors=kinds.count("error") + ours,
        failures=kinds.count("failure"),
        skipped=kinds.count("skipped"),
        tests=len(results) + ours,
        time=_seconds(sum(times.wall for times in entry.times.values())),
        timestamp=now,
        hostname=NAME,
    )


def _case(entry: Entry, result: Result, telling: Telling) -> str:
    feedback, kind = telling.of(entry, result), _kind(result)
    task, _, name = result.check.partition(".")
    values = (result.verdict.value, result.points, result.max_points, result.visibility)
    properties = (xml.tag("property", name=key, value=value) for key, value in zip(PROPERTIES, values, strict=True))
    return xml.tag(
        "testcase",
        xml.tag("properties", *properties),
        _outcome(feedback, kind, telling),
        xml.tag("system-out", xml.text(feedback.output)) if feedback.output else "",
        xml.tag("system-err", xml.text(feedback.errors)) if feedback.errors else "",
        classname=f"{entry.id}.{task}",
        name=name,
        time=_seconds(entry.took(result).wall),
    )


def _outcome(feedback: Feedback, kind: str, telling: Telling) -> str:
    if not kind:
        return ""
    message = feedback.seen[0] if feedback.seen else feedback.verdict
    text = plain(feedback, telling.words, outputs=False)
    named = {} if kind == "error" else {"type": feedback.result.verdict.value}
    return xml.tag(kind, xml.text(text or message), message=message, **named)


def _infra(entry: Entry, telling: Telling) -> str:
    told = telling.words.say("grade.ours")
    text = printable(", ".join(entry.record.infra)) or told
    return xml.tag(
        "testcase", xml.tag("error", xml.text(text), message=told), classname=entry.id, name="grading", time="0.000"
    )


def _kind(result: Result) -> str:
    return KINDS.get(result.verdict, "failure")


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"
