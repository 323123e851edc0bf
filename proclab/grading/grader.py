"""Grades submissions, one after the other: checks carried out in containers → records, and what stands beside them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import msgspec

from proclab import ROOT
from proclab.compose import load
from proclab.engine import Owner, owner_of
from proclab.errors import EngineDown, ImageMissing, ProclabError
from proclab.grading import student
from proclab.grading.aside import Aside, aside
from proclab.grading.course import GradedLab
from proclab.grading.done import Done
from proclab.grading.failure import CheckFailed, NoEvidence
from proclab.grading.ground import ALONE, CLIENT, SERVER, Ground
from proclab.grading.harness import LIMITS, harness, key
from proclab.grading.intake import Submission
from proclab.grading.marking import Check
from proclab.grading.plugin import Job, Loop
from proclab.grading.record import SCHEMA, Record, Result, Seen, Verdict
from proclab.text import printable

ATTEMPTS = 3  # at a check whose run was lost by our fault
# Results that are found out anew: those of no run, where the key says nothing of what was refused or waited for.
NOT_KEPT = frozenset({Verdict.SKIPPED, Verdict.INFRA, Verdict.MISSING, Verdict.REFUSED})
STDIN_SHOWN = 2000  # characters of what a program was given, in a record
OUR_FIXTURE = "ours"
PLACES = {"server": SERVER, "client": CLIENT}  # tasks that have a host of their own; all others are alone
Told = Callable[[Result, Aside | None], None]


@dataclass
class Graded:
    """A record, and what stands beside it: by check what varies from run to run, and keys of its results."""

    record: Record
    beside: dict[str, Aside] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    runs: tuple[float, ...] = ()  # seconds of each run that was made for it


class Grader:
    """Grades one submission after the other. Use it in a `with` statement, from one thread."""

    def __init__(
        self, labs: Sequence[GradedLab], *, owner: Owner | None = None, ahead: bool = True, first: str = ""
    ) -> None:
        """`first`: the task that is graded first; a container for it is made while pytest starts."""
        self.labs = tuple(labs)
        self._first = first
        project = load(ROOT / "compose.yaml")
        self.image = project.spec(ALONE).image
        self._ground = Ground(project, owner or Owner(owner_of(ROOT)), ahead=ahead)
        names = [*(task.name for lab in labs for task in lab.tasks), OUR_FIXTURE]
        self._loop = Loop([lab.checks for lab in labs], names)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self._ground)
            if self._first:
                self._ground.expect(PLACES.get(self._first, ALONE))
            stack.enter_context(self._loop)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    @property
    def checks(self) -> tuple[Check, ...]:
        """All checks, in their order."""
        return self._loop.checks

    def grade(
        self,
        submitted: Submission,
        kept: Mapping[str, Result] | None = None,
        told: Told | None = None,
        wanted: Collection[str] = (),
    ) -> Graded:
        """The record of a submission; `kept`: results by key, of which those are taken that still hold.

        `wanted`: only these checks, and those that they wait for.
        """
        told = told or (lambda result, beside: None)
        work = _Work(self, submitted, kept or {}, told, self._with_those_before(wanted))
        try:
            self._loop.run(Job(work.fixtures(), work.carry, work.carried))
        finally:
            self._ground.next_submission()
        return work.graded()

    def _with_those_before(self, wanted: Collection[str]) -> frozenset[str]:
        """All that is to be carried out for these checks; for none, for all."""
        found = set(wanted or (check.name for check in self.checks))
        for check in reversed(self.checks):  # what a check waits for stands before it
            if check.name in found and check.waits_for:
                found.add(check.waits_for)
        return frozenset(found)

    @property
    def ground(self) -> Ground:
        return self._ground


class _Work:
    """One submission under the grader's hands."""

    def __init__(
        self,
        grader: Grader,
        submitted: Submission,
        kept: Mapping[str, Result],
        told: Told,
        wanted: frozenset[str],
    ) -> None:
        self._grader = grader
        self._submitted = submitted
        self._kept = kept
        self._told = told
        self._wanted = wanted
        self._runs = student.Runs()
        self._attempts = 0
        self._results: dict[str, Result] = {}
        self._beside: dict[str, Aside] = {}
        self._keys: dict[str, str] = {}

    def fixtures(self) -> dict[str, Callable[[], object]]:
        """The student's programs by task, and our counterparts."""
        found: dict[str, Callable[[], object]] = {}
        for lab in self._grader.labs:
            for task in lab.tasks:
                files = self._files(lab.lab.number, task.files)
                place = PLACES.get(task.name, ALONE)
                found[task.name] = lambda main=task.main, files=files, place=place: student.Student(  # type: ignore[misc]
                    self._grader.ground, main, files, place, self._runs
                )
            if ours := lab.ours():
                found[OUR_FIXTURE] = lambda ours=ours: student.Ours(self._grader.ground, ours)  # type: ignore[misc]
        return found

    def _files(self, lab: int, names: Sequence[str]) -> dict[str, str | bytes]:
        return {name: data for name in names if (data := self._submitted.files.get(f"{lab}/{name}")) is not None}

    def carry(self, check: Check) -> bool:
        """Whether the check is to be carried out now: not if its result is kept, or what it waits for did not pass."""
        if check.name not in self._wanted:
            return False
        self._keys[check.name] = found = key(check, self._submitted.files, self._grader.image)
        before = self._results.get(check.waits_for)
        if check.waits_for and (before is None or before.verdict is not Verdict.PASS):
            return self._settled(_result(check, Verdict.SKIPPED, after=check.waits_for))
        kept = self._kept.get(found)
        if kept and kept.verdict not in NOT_KEPT:
            return self._settled(kept)
        self._runs.last = None
        return True

    def carried(self, check: Check, raised: BaseException | None) -> bool:
        """Takes what came of a check; True: once more, in a container that has seen nothing."""
        self._attempts += 1
        if raised is not None and not isinstance(raised, CheckFailed | AssertionError) and self._attempts < ATTEMPTS:
            self._runs = student.Runs()
            self._grader.ground.next_submission()
            return True
        self._attempts = 0
        if isinstance(raised, EngineDown | ImageMissing):
            raise raised  # no further check would fare better, and each would wait as long
        done = self._runs.last
        try:
            result = self._refused(_judged(check, raised, done), check)
            self._beside[check.name] = aside(result, raised, done)
        except Exception as error:  # what was recorded is too much for a reader of ours: this check's trouble only
            result = _result(check, Verdict.INFRA, Seen("check_error", {"error": type(error).__name__}))
            self._beside[check.name] = aside(result, error, None)
        self._settled(result)
        return False

    def _refused(self, result: Result, check: Check) -> Result:
        """What is missing because it was not taken, is refused."""
        file = str(result.seen[0].values.get("file", "")) if result.verdict is Verdict.MISSING else ""
        if not file or not self._submitted.refusal_of(f"{check.lab}/{file}"):
            return result
        return msgspec.structs.replace(result, verdict=Verdict.REFUSED, seen=(Seen("refused", {"file": file}),))

    def _settled(self, result: Result) -> bool:
        self._results[result.check] = result
        self._told(result, self._beside.get(result.check))
        return False

    def graded(self) -> Graded:
        """All that was found out."""
        results = tuple(self._results[check.name] for check in self._grader.checks if check.name in self._wanted)
        record = Record(
            schema=SCHEMA,
            submission=printable(self._submitted.name),
            sha256=self._submitted.sha256,
            files=tuple(sorted(self._submitted.files)),
            refused=tuple(self._submitted.refused),
            labs=tuple(lab.lab.number for lab in self._grader.labs),
            results=results,
            points=float(sum(result.points for result in results)),
            max_points=float(sum(result.max_points for result in results)),
            limits=dict(LIMITS),
            image=self._grader.image,
            harness=harness(),
        )
        runs = tuple(done.outcome.wall for done in self._runs.done.values())
        return Graded(record, self._beside, self._keys, runs)


def _judged(check: Check, raised: BaseException | None, done: Done | None) -> Result:
    if raised is None:
        return _result(check, Verdict.PASS)
    if isinstance(raised, CheckFailed):
        verdict, seen = raised.verdict, raised.seen
    elif isinstance(raised, AssertionError):
        verdict, seen = Verdict.FAIL, Seen("assertion")
    elif isinstance(raised, ProclabError | NoEvidence):
        verdict, seen = Verdict.INFRA, Seen("no_evidence" if isinstance(raised, NoEvidence) else "infra")
    else:
        verdict, seen = Verdict.INFRA, Seen("check_error", {"error": type(raised).__name__})
    return _result(check, verdict, seen, done)


def _result(
    check: Check, verdict: Verdict, seen: Seen | None = None, done: Done | None = None, after: str = ""
) -> Result:
    return Result(
        check=check.name,
        verdict=verdict,
        points=float(check.points if verdict is Verdict.PASS else 0),
        max_points=float(check.points),
        visibility=check.visibility,
        seen=(seen,) if seen else (),
        findings=_asked(seen),
        argv=done.request.argv if done is not None else (),
        stdin=printable(done.request.stdin[:STDIN_SHOWN].decode(errors="replace"), keep="\n") if done else "",
        plan=done.request.plan if done is not None else "",
        after=after,
    )


def _asked(seen: Seen | None) -> tuple[str, ...]:
    """The kinds of findings that the check asked for. Which others a wrong program has may change from run to run."""
    kinds = str(seen.values.get("kinds", "")) if seen else ""
    return tuple(filter(None, kinds.split(", ")))
