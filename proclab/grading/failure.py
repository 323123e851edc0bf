"""Why a check did not pass: exceptions that carry a verdict and what was seen. Only our own fault is an InfraError."""

from __future__ import annotations

from proclab.grading.record import Seen, Verdict


class CheckFailed(Exception):
    """A check's judgement: what the program did is not what the task asks for."""

    def __init__(self, verdict: Verdict, code: str, **values: str | int) -> None:
        super().__init__(f"{verdict}: {code} {values}")
        self.verdict = verdict
        self.seen = Seen(code, values)


class NoEvidence(Exception):
    """The recording lacks something, so that a check can conclude nothing from it: nobody is accused, nobody passes."""
