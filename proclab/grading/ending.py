"""How a run ended → the verdict on that alone. Pure.

Limits that load does not reach (idle time, processor time) are the program's; a wall clock that ran out all the same
says that the machine was too slow: our fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from proclab.engine import Outcome
from proclab.errors import InfraError
from proclab.grading.failure import CheckFailed
from proclab.grading.record import Verdict

STUCK = frozenset({"deadlock", "standstill", "no_eof"})  # findings that say why nothing went on
# What Python says of an exception; of a file that it can't read as a program there is no traceback.
EXCEPTION = re.compile(r"^Traceback \(most recent call last\)|^(?:Syntax|Indentation|Tab)Error: ", re.MULTILINE)
LATE = {"cpu": "cpu_time", "recording": "too_many_calls"}


def must_be_known(outcome: Outcome) -> None:
    """Raise an InfraError where the end is not known by our fault or the machine's."""
    if outcome.oom_kills:
        return  # of memory the run itself had the last, whatever else went with it
    if outcome.broken or (outcome.after and outcome.after.broken):
        raise InfraError(f"a run was lost: {outcome.broken or (outcome.after and outcome.after.broken)}")
    if outcome.timeout == "wall" and not outcome.pids_hits:
        raise InfraError("the machine was too busy to run a program to its end")
    if outcome.failed:
        raise InfraError(f"python could not be started: {outcome.failed}")


def must_have_ended(outcome: Outcome, findings: Iterable[str], counted_refusals: bool) -> None:
    """Raise the CheckFailed of a program that did not end by itself; `findings`: kinds of those that accuse."""
    if outcome.oom_kills:
        raise CheckFailed(Verdict.MEMORY, "memory")
    if outcome.timeout == "pids" or (outcome.pids_hits and counted_refusals):
        raise CheckFailed(Verdict.PIDS, "pids")
    if outcome.timeout == "output":
        raise CheckFailed(Verdict.OUTPUT, "output")
    if outcome.timeout == "idle":
        stuck = STUCK & set(findings)
        raise CheckFailed(Verdict.DEADLOCK if stuck else Verdict.TIMEOUT, "stuck" if stuck else "idle")
    if outcome.timeout:
        raise CheckFailed(Verdict.TIMEOUT, LATE.get(outcome.timeout, "cpu_time"))


def crashed(outcome: Outcome) -> bool:
    """Whether it reads as a crash: Python's own exit status after an exception, with what it says of that then."""
    return outcome.exit_code == 1 and bool(EXCEPTION.search(outcome.stderr.text))
