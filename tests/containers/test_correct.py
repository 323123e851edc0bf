"""Nobody is accused who has done nothing wrong: correct programs of many styles, idle and with busy processors."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from proclab.compose import Project
from proclab.engine import Engine, Owner
from proclab.words import catalogue
from tests.programs import Recorded, programs, record

FOLDER = Path(__file__).parents[1] / "data" / "correct"
NAMES = programs(FOLDER)
ROUNDS = 3
pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def recorded(owner: Owner, project: Project) -> Recorded:
    with Engine(owner) as engine:
        return record(engine, project, FOLDER)


@contextmanager
def busy(processors: int) -> Iterator[None]:
    """So many processors have something else to do meanwhile."""
    with ExitStack() as stack:
        for _ in range(processors):
            spinner = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            stack.callback(spinner.kill)
        yield


def accused(recorded: Recorded) -> dict[str, list[str]]:
    """Whom the facts accuse, and of what."""
    said = {
        name: [catalogue("en").finding(finding) for finding in one.findings if finding.accuses]
        for name, one in recorded.items()
    }
    return {name: facts for name, facts in said.items() if facts}


@pytest.mark.parametrize("name", NAMES)
def test_a_correct_program_is_not_accused(recorded: Recorded, name: str) -> None:
    assert recorded[name].status == 0
    assert accused({name: recorded[name]}) == {}


@pytest.mark.soak
@pytest.mark.parametrize("load", ["idle", "busy"])
def test_no_correct_program_is_ever_accused(owner: Owner, project: Project, load: str) -> None:
    with busy((os.cpu_count() or 1) if load == "busy" else 0), Engine(owner) as engine:
        for _ in range(ROUNDS):
            recorded = record(engine, project, FOLDER)
            assert {name: one.status for name, one in recorded.items() if one.status} == {}
            assert accused(recorded) == {}


def test_there_are_correct_programs_of_many_styles() -> None:
    assert len(NAMES) >= 20
