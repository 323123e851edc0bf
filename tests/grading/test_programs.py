"""Every check is proven: by programs that pass it, however they are written, and by one whose only fault it finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from proclab import ROOT
from proclab.engine import Owner
from proclab.grading import Grader, Result, Verdict, course
from proclab.grading.classroom import collected
from tests.grading import programs
from tests.grading.programs import Known
from tests.soaked import cases

WRONG, CORRECT = list(programs.wrong()), list(programs.correct())
docker = pytest.mark.docker


def some(known: list[Known]) -> list[object]:
    """All of them for pytest; `make test` tries one of each task, `make test-soak` the others."""
    first = {(each.lab.number, each.task.name): each for each in sorted(known, key=_slow, reverse=True)}
    return cases(known, now=lambda each: each is first[each.lab.number, each.task.name])


def _slow(known: Known) -> bool:
    """Whether it is waited for, because its fault is that it doesn't end."""
    stated = known.path.parent.name == "wrong" and known.stated["verdict"]
    return stated in ("TIMEOUT", "DEADLOCK")


@pytest.fixture(scope="module")
def grader(owner: Owner) -> Iterator[Grader]:
    with Grader(course(ROOT), owner=owner) as found:
        yield found


def seen(results: tuple[Result, ...]) -> list[tuple[str, str, object]]:
    return [(result.check, result.verdict.value, result.seen) for result in results]


@docker
@pytest.mark.parametrize("known", some(WRONG))
def test_the_check_finds_the_fault_and_gives_it_its_verdict(grader: Grader, known: Known) -> None:
    check, verdict = known.stated["check"], known.stated["verdict"]
    results = grader.grade(known.submission(), wanted=[check]).record.results
    found = next(result for result in results if result.check == check)
    assert found.verdict == verdict, seen(results)
    assert found.points == 0
    assert found.seen


@docker
@pytest.mark.parametrize("known", some(CORRECT))
def test_a_correct_program_has_full_points_however_it_is_written(grader: Grader, known: Known) -> None:
    wanted = [check.name for check in grader.checks if check.task == known.task.name]
    results = grader.grade(known.submission(), wanted=wanted).record.results
    assert [each for each in seen(results) if each[1] != Verdict.PASS] == []
    assert len(results) >= len(wanted) >= 4


def test_no_check_is_without_a_program_that_it_alone_must_find_wrong() -> None:
    checks = {check.name for check in collected(course(ROOT))}
    proven = {known.stated["check"] for known in WRONG}
    assert proven - checks == set(), "checks that are not there"
    assert checks - proven == set(), "checks that nothing proves"


def test_verdicts_that_are_stated_are_verdicts_of_a_programs_own() -> None:
    stated = {known.stated["verdict"] for known in WRONG}
    assert stated <= {verdict.value for verdict in Verdict} - {"PASS", "SKIPPED", "INFRA", "REFUSED", "MISSING"}


@pytest.mark.parametrize(("lab", "task"), [(lab, task) for lab in programs.LABS for task in lab.tasks], ids=str)
def test_every_task_has_its_programs(lab: object, task: object) -> None:
    wrong = [known for known in WRONG if known.task == task]
    correct = [known for known in CORRECT if known.task == task]
    assert len(wrong) >= 4
    assert len(correct) >= 3, "a solution and two alternatives"
    faults = Counter(known.stated["fault"] for known in wrong)
    assert [fault for fault, count in faults.items() if count > 1] == []


def test_there_are_wrong_programs_enough() -> None:
    assert len(WRONG) >= 60
    assert [lab.number for lab in programs.LABS] == [1, 2, 3, 4, 5]
