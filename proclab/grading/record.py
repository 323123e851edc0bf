"""The record of one submission: what it was worth and why, as one canonical JSON document. All else is made of it.

A record holds only what is the same in every run: verdicts, points, codes. What varies (times, pids, excerpts of
output, the order of events) stands beside it in files of its own, so that two gradings can be compared by their bytes.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from proclab.errors import ProtocolError
from proclab.schedules import KERNEL

SCHEMA = 1


class Verdict(StrEnum):
    """What became of a check. All but INFRA say something of the submission; INFRA is our fault and no grade."""

    PASS = "PASS"
    FAIL = "FAIL"
    CRASH = "CRASH"
    TIMEOUT = "TIMEOUT"
    MEMORY = "MEMORY"
    PIDS = "PIDS"
    OUTPUT = "OUTPUT"
    ZOMBIE = "ZOMBIE"
    FD_LEAK = "FD_LEAK"
    ORPHAN = "ORPHAN"
    DEADLOCK = "DEADLOCK"
    RACE = "RACE"
    MISSING = "MISSING"
    REFUSED = "REFUSED"
    SKIPPED = "SKIPPED"
    INFRA = "INFRA"


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that a check saw. Its words are grade.seen.CODE of the catalogue, or in the lab's checks.toml."""

    code: str
    values: dict[str, str | int] = {}


class Result(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one check found out about one submission."""

    check: str  # "spawn.reaps": task and function
    verdict: Verdict
    points: float
    max_points: float
    visibility: str = "visible"
    seen: tuple[Seen, ...] = ()
    findings: tuple[str, ...] = ()  # kinds of accusing findings that the check asked for and found
    argv: tuple[str, ...] = ()  # of the run that was judged: the file and its arguments
    stdin: str = ""
    plan: str = ""
    after: str = ""  # SKIPPED: the check that had to pass first

    @property
    def task(self) -> str:
        """The task that the check belongs to: "spawn"."""
        return self.check.partition(".")[0]


class Refusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something of a submission that was not taken, and why (grade.refused.CODE)."""

    code: str
    name: str = ""
    detail: str = ""


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One submission, graded."""

    schema: int
    submission: str  # its name, as shown
    sha256: str  # of names and contents
    files: tuple[str, ...]
    refused: tuple[Refusal, ...]
    labs: tuple[int, ...]
    results: tuple[Result, ...]
    points: float
    max_points: float
    limits: dict[str, float]
    image: str  # fingerprint of the image in which it ran
    harness: str  # of the code that judged it
    seed: int = KERNEL  # of the schedule in which its programs ran
    infra: tuple[str, ...] = ()  # why it could not be graded; then it is no grade

    @property
    def graded(self) -> bool:
        """Whether its points are a grade: nothing of it failed by our fault."""
        return not self.infra and all(result.verdict is not Verdict.INFRA for result in self.results)


def dumps(record: Record) -> bytes:
    """The canonical form: keys in order, one value a line, a newline at the end.

    >>> dumps(Record(1, "a", "", (), (), (), (), 0, 0, {}, "", ""))[:17]
    b'{\\n "files": [],\\n '
    """
    plain = msgspec.json.encode(record, order="sorted")
    return msgspec.json.format(plain, indent=1) + b"\n"


def loads(data: bytes) -> Record:
    """A record of such bytes; ProtocolError where they are none."""
    try:
        record = msgspec.json.decode(data, type=Record)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"no record: {error}") from error
    if record.schema != SCHEMA:
        raise ProtocolError(f"a record of version {record.schema}; this proclab reads version {SCHEMA}")
    return record
