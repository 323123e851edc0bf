"""A class as the grader leaves it: five submissions with their records, evidence and times, made by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from hypothesis import strategies as st

from proclab.events import Event
from proclab.events import log as eventlog
from proclab.grading.course import Words
from proclab.grading.exports import Entry, Telling
from proclab.grading.exports.texts import of_lab
from proclab.grading.record import Record, Refusal, Result, Seen, Verdict, dumps
from proclab.words import Lang
from tests.unit.views import piped

HOSTILE = (
    '</script><script>alert(1)</script><img src=x onerror="alert(2)">{{ 7*7 }}{% raw %} \x1b[2J\x1b]0;mine\x07'
    "\u202egnp.exe\u2066 \0 \r\n::error::x ]]> <!-- & ' \" \ufffe =1+1"
)
CHECKS = of_lab(
    Words(
        {
            "spawn.reports": {
                "title": {"en": "Every child's status is reported", "ru": "О каждом потомке сказано, чем он кончил"},
                "why": {"en": "The status is all that is left of a process.", "ru": "Больше от процесса не остаётся."},
                "hint": {"en": "wait() returns two values.", "ru": "wait() возвращает два значения."},
            },
            "spawn.reaps": {
                "title": {"en": "Every child is reaped", "ru": "Каждый потомок дождался родителя"},
                "why": {
                    "en": "A zombie holds its entry in the process table until its parent waits for it.",
                    "ru": "Зомби занимает место в таблице процессов, пока родитель не вызовет wait.",
                },
                "hint": {"en": "Count how often you fork and how often you wait.", "ru": "Сосчитайте fork и wait."},
            },
            "spawn.failing_fork": {"title": {"en": "SECRET TITLE", "ru": "СЕКРЕТНОЕ НАЗВАНИЕ"}},
            "spawn.after_secret": {"title": {"en": "Goes on after that", "ru": "Идёт дальше"}},
            "bank.right": {"title": {"en": "The balance is right", "ru": "Остаток верен"}},
        },
        {
            "zombies": {"en": "{count} children were never waited for", "ru": "Не дождались потомков: {count}"},
            "balance": {"en": "the balance is {got} and not {wanted}", "ru": "остаток {got}, а не {wanted}"},
            "left_over": {"en": "it left {name} behind", "ru": "осталось {name}"},
        },
    )
)


def telling(lang: Lang = "en") -> Telling:
    """The words of the checks here."""
    return Telling(lang, CHECKS)


def result(check: str, verdict: str = "PASS", most: float = 2, **fields: Any) -> Result:
    """A result; nothing is got for anything but PASS, unless `points` says so."""
    points = fields.pop("points", most if verdict == "PASS" else 0)
    return Result(check, Verdict(verdict), points, most, **fields)


def record(name: str, *results: Result, **fields: Any) -> Record:
    """A record of these results."""
    known: dict[str, Any] = {
        "schema": 1,
        "submission": name,
        "sha256": "0" * 64,
        "files": ("1/spawn.py",),
        "refused": (),
        "labs": (1, 2),
        "points": sum(each.points for each in results),
        "max_points": 10.0,
        "limits": {"wait": 5.0},
        "image": "sha256:1",
        "harness": "1.0",
    }
    return Record(results=results, **(known | fields))


def full(name: str) -> Record:
    """All points."""
    return record(
        name,
        result("spawn.reports"),
        result("spawn.reaps"),
        result("spawn.failing_fork", visibility="hidden"),
        result("spawn.after_secret", after="spawn.failing_fork"),
        result("bank.right"),
    )


def failing(name: str) -> Record:
    """A zombie, a hidden check that fails and one that waits for it, a wrong balance."""
    return record(
        name,
        result("spawn.reports"),
        result("spawn.reaps", "ZOMBIE", seen=(Seen("zombies", {"count": 2}),), argv=("spawn.py", "3")),
        result("spawn.failing_fork", "CRASH", visibility="hidden", seen=(Seen("secret_code", {"x": "SECRET"}),)),
        result("spawn.after_secret", "SKIPPED", after="spawn.failing_fork"),
        result("bank.right", "RACE", points=0.5, seen=(Seen("balance", {"got": 90, "wanted": 100}),)),
    )


def hostile() -> Record:
    """What a program chose stands in every text there is."""
    return record(
        HOSTILE,
        result("spawn.reports", "FAIL", seen=(Seen("left_over", {"name": HOSTILE}), Seen("unknown", {"x": HOSTILE}))),
        result("spawn.reaps", "FAIL", argv=("spawn.py", HOSTILE), stdin=HOSTILE, plan=HOSTILE),
        refused=(Refusal("link", HOSTILE, HOSTILE),),
    )


RECORDS = {
    "jane": full("Jane Doe"),
    "john": failing("John Roe"),
    "mallory": hostile(),
    "ours": record("Ann Other", result("spawn.reports"), result("spawn.reaps", "INFRA"), infra=("engine_down",)),
    "bomb": record("Bob Bomb", refused=(Refusal("ratio", "bomb.zip"),), files=()),
}
EVIDENCE: dict[str, dict[str, dict[str, Any]]] = {
    "john": {
        "spawn.reaps": {
            "details": {"en": ["process 18 is a zombie from step 5 to the end"], "ru": ["процесс 18 — зомби"]},
            "output": "18 0\n19 0\n",
            "errors": "",
            "line": "spawn.py:12",
            "command": 'make trace-1 RUN="spawn.py 3"',
            "events": "evidence/john/spawn.reaps.jsonl",
        },
        "bank.right": {
            "details": {"en": ["two payments read 100"], "ru": ["два платежа прочитали 100"]},
            "output": "balance 90\n",
            "line": "bank.py:40",
            "command": 'make fault-2 PROGRAM=bank.py PLAN="open(balance):delay=2ms"',
            "events": "evidence/john/bank.right.jsonl",
        },
        "spawn.failing_fork": {"output": "SECRET OUTPUT", "details": {"en": ["SECRET DETAIL"]}},
    },
    "mallory": {
        "spawn.reports": {
            "details": {"en": [HOSTILE] * 30, "ru": [HOSTILE]},
            "output": HOSTILE * 8000,
            "errors": HOSTILE,
            "line": f"{HOSTILE}:12",
            "command": HOSTILE,
            "events": "../../../etc/passwd",
        }
    },
}
TIMES = {"jane": {"spawn.reports": {"wall": 0.25, "user": 0.01, "system": 0.01, "max_rss": 9_000_000}}}


def written(folder: Path, events: dict[str, list[Event]] | None = None) -> Path:
    """The class in a folder, as `make grade` leaves it. `events` by the path in it."""
    runs = {"evidence/john/spawn.reaps.jsonl": piped(), "evidence/john/bank.right.jsonl": piped()}
    texts = {f"records/{name}.json": dumps(found) for name, found in RECORDS.items()}
    texts |= {f"evidence/{name}.json": msgspec.json.encode(found) for name, found in EVIDENCE.items()}
    texts |= {f"times/{name}.json": msgspec.json.encode(found) for name, found in TIMES.items()}
    texts |= {path: eventlog.write(found).encode() for path, found in (runs if events is None else events).items()}
    for path, data in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


# ---------------------------------------------------------------- any record

NASTY = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.just(HOSTILE)
SEENS = st.builds(Seen, NASTY, st.dictionaries(NASTY, NASTY | st.integers(-(2**53), 2**53), max_size=2))
RESULTS = st.builds(
    Result,
    check=st.from_regex(r"[a-z]{1,4}\.[a-z_]{1,6}", fullmatch=True),
    verdict=st.sampled_from(Verdict),
    points=st.floats(0, 5),
    max_points=st.floats(0, 5),
    visibility=st.sampled_from(["visible", "hidden", "after_due_date", "after_published"]),
    seen=st.lists(SEENS, max_size=2).map(tuple),
    argv=st.lists(NASTY, max_size=2).map(tuple),
    stdin=NASTY,
    plan=NASTY,
    after=st.sampled_from(["", "a.b"]),
)
ANY_RECORDS = st.builds(
    lambda name, results, refused, infra: record(name, *results, refused=refused, infra=infra),
    NASTY,
    st.lists(RESULTS, max_size=5, unique_by=lambda found: found.check),
    st.lists(st.builds(Refusal, NASTY, NASTY, NASTY), max_size=2).map(tuple),
    st.lists(NASTY, max_size=1).map(tuple),
)
ANY_ENTRY = st.builds(Entry, st.from_regex(r"[a-z0-9_-]{1,8}", fullmatch=True), ANY_RECORDS)
