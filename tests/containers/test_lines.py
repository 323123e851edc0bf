"""Source lines: the library calls of tests/data/lines, each recorded at its own line and at no other's."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from proclab.compose import Project
from proclab.engine import Engine, Owner
from proclab.events import Call, Event, LockGot
from tests.programs import Recorded, record

FOLDER = Path(__file__).parents[1] / "data" / "lines"
pytestmark = pytest.mark.docker


def rows(name: str) -> dict[int, set[str]]:
    """What a program says that stands at its lines."""
    lines = (FOLDER / f"{name}.py").read_text(encoding="utf-8").splitlines()
    told = {number: line.partition("  #: ")[2].split() for number, line in enumerate(lines, 1) if "  #: " in line}
    return {number: set(calls) - {"-"} for number, calls in told.items()}


def calls_by_line(events: list[Event]) -> dict[int, set[str]]:
    """The program's own calls, by the line that they are recorded at."""
    found: dict[int, set[str]] = defaultdict(set)
    for event in events:
        if event.own and event.line is not None and isinstance(event, Call | LockGot):
            found[event.line.number].add(event.call if isinstance(event, Call) else "flock")
    return found


@pytest.fixture(scope="module")
def recorded(owner: Owner, project: Project) -> Recorded:
    with Engine(owner) as engine:
        return record(engine, project, FOLDER)


@pytest.mark.parametrize("name", ["implicit", "library", "situations"])
def test_each_call_of_the_library_is_recorded_at_its_own_line_and_no_other(recorded: Recorded, name: str) -> None:
    found, asked = calls_by_line(recorded[name].events), rows(name)
    assert {line: found[line] for line in asked} == asked


def test_the_programs_came_to_their_ends(recorded: Recorded) -> None:
    assert {name: one.status for name, one in recorded.items()} == {"implicit": 0, "library": 0, "situations": 1}


def test_the_table_is_long_enough() -> None:
    assert len([calls for calls in rows("library").values() if calls]) >= 100
