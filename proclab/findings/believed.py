"""Which findings a recording supports that may not be whole: none that rests on what is missing.

    any                      a hole somewhere           nothing is concluded
    guarded (for graders)    stopped by the program     nothing: it may have filled the recording on purpose
    any                      stopped, whole up to then  what was so until then; not what the program "never" did

What is missing is a finding like the others, and comes before them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from proclab.events import Doubt, Event, Evidence
from proclab.findings.finding import Finding

# They say of a process that it didn't do something before its end: one that we have ended might have done it yet.
OURS = frozenset({"seconds", "user"})  # a clock or somebody outside has stopped it: no program can make them come early
NEVER = frozenset({"fd_leak", "fd_leak_exec"})


@dataclass(frozen=True, kw_only=True)
class NotWhole(Finding):
    """The recording lacks something, so that nothing, or not all, can be concluded from it."""

    kind: ClassVar[str] = "not_whole"
    doubts: tuple[Doubt, ...]
    silent: bool  # there is no other finding


def believed(
    findings: Sequence[Finding],
    worth: Evidence,
    events: Sequence[Event] = (),
    stopped_at: Mapping[str, int] | None = None,
) -> tuple[Finding, ...]:
    """The findings that the recording supports; first, where it lacks something, that it does."""
    if worth.whole:
        return tuple(findings)
    silent = worth.holes or (worth.guarded and any(doubt.code not in OURS for doubt in worth.doubts))
    said = NotWhole(seq=max(0, len(events) - 1), doubts=worth.doubts, silent=silent)
    if silent:
        return (said,)
    moments = stopped_at or {}
    return (said, *(finding for finding in findings if finding.kind not in NEVER or _before(finding, events, moments)))


def _before(finding: Finding, events: Sequence[Event], stopped_at: Mapping[str, int]) -> bool:
    """Whether all that the finding says was over before the recorder began to end it."""
    if finding.until is None or finding.until >= len(events):
        return False
    return events[finding.until].end < stopped_at.get(finding.box, 0)
