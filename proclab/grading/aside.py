"""What stands beside a record and varies from run to run: excerpts, findings with their pids, times, events."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from proclab.errors import ProclabError
from proclab.events import Event, log
from proclab.grading.done import Done
from proclab.grading.failure import NoEvidence
from proclab.grading.record import Result, Verdict
from proclab.text import printable
from proclab.words import LANGS, catalogue

SHOWN = 4000  # characters of an output
DETAILS = 5  # findings that are told
EVENTS = 5000  # of a picture


class Times(msgspec.Struct, frozen=True):
    """What a run took: seconds, and bytes of the largest process."""

    wall: float = 0.0
    user: float = 0.0
    system: float = 0.0
    max_rss: int = 0


class Aside(msgspec.Struct, frozen=True):
    """Of one check: sentences by language, excerpts, times. `events` go to a file of their own."""

    details: dict[str, list[str]] = {}
    output: str = ""
    errors: str = ""
    line: str = ""  # "spawn.py:12", where it is known
    times: Times = Times()
    events: str = ""  # JSON Lines, proclab/events/log.py


def aside(result: Result, raised: BaseException | None, done: Done | None) -> Aside:
    """What there is to say of a check beside its result. Of one that passed only the times."""
    if done is None:
        return Aside(details=_trouble(raised))
    spent = done.outcome
    times = Times(spent.wall, spent.user, spent.system, spent.max_rss)
    if result.verdict is Verdict.PASS:
        return Aside(times=times)
    return Aside(
        details=_trouble(raised) or _details(done),
        output=_excerpt(done.out),
        errors=_excerpt(done.err),
        line=_line(done),
        times=times,
        events=_lines(done.told or ()),
    )


def _trouble(raised: BaseException | None) -> dict[str, list[str]]:
    """Our own trouble in its own words, which are English."""
    if not isinstance(raised, ProclabError | NoEvidence | AssertionError):
        return {}
    return {lang: [printable(str(raised))[:SHOWN]] for lang in LANGS}


def _line(done: Done) -> str:
    try:
        return done.line
    except ProclabError:  # the run that explains is lost: the one that proves is not
        return ""


def _details(done: Done) -> dict[str, list[str]]:
    found = [finding for finding in done.findings if finding.accuses][:DETAILS]
    return {lang: [catalogue(lang).finding(finding) for finding in found] for lang in LANGS}


def _excerpt(text: str) -> str:
    shown = printable(text, keep="\n\t")
    return shown if len(shown) <= SHOWN else f"{shown[: SHOWN // 2]}\n[…]\n{shown[-SHOWN // 2 :]}"


def _lines(events: Sequence[Event]) -> str:
    """For the timeline; nothing where a picture would hold too much."""
    return "".join(f"{log.dumps(event)}\n" for event in events) if len(events) <= EVENTS else ""
