"""The programs of tests/data/programs, recorded in two containers: the findings are those of expected.toml, no others.

One container records as everybody does, the other with strace -yy, which says by itself what each descriptor is: the
oracle. The findings must be the same.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from proclab.compose import Project
from proclab.engine import Engine, Owner
from proclab.events import Event, Exit, Fork, Gap, Killed, Start, Thread
from proclab.findings import Finding, derive
from proclab.state import reduce
from proclab.strace import read_folder
from proclab.words import catalogue
from tests.programs import Recorded, Recording, record
from tests.unit.oracle import disagreements, exchanged, said_by_strace

FOLDER = Path(__file__).parents[1] / "data" / "programs"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))
EXPECTED = tomllib.loads((FOLDER / "expected.toml").read_text(encoding="utf-8"))
SIGNALLED = 128  # exit status of the recorder where a signal has killed the program
pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def recorded(owner: Owner, project: Project) -> tuple[Recorded, Recorded]:
    """As everybody records, and as the oracle does; the two at the same time."""
    with Engine(owner) as engine, ThreadPoolExecutor() as pool:
        plain, named = pool.map(lambda options: record(engine, project, FOLDER, options), ("", "--names"))
    return plain, named


@pytest.fixture(params=["plain", "names"])
def recordings(recorded: tuple[Recorded, Recorded], request: pytest.FixtureRequest) -> Recorded:
    """Each of the two."""
    return recorded[request.param == "names"]


ZOMBIE_UNTIL = r"was a zombie for TIME, until its parent, process \w+, reaped it$"


def named(events: list[Event], findings: tuple[Finding, ...]) -> list[str]:
    """Sentences with processes and threads by order of birth instead of by pid, without durations and free ports.

    A circle has no beginning: where one starts to tell it depends on who came last.
    """
    names: dict[str, str] = {}
    for event in events:
        born = event.proc if isinstance(event, Start) else event.child if isinstance(event, Fork | Thread) else None
        if born is not None and str(born.pid) not in names:
            letter = "T" if isinstance(event, Thread) else "P"
            names[str(born.pid)] = f"{letter}{sum(name[0] == letter for name in names.values()) + 1}"

    def name(found: re.Match[str]) -> str:
        return re.sub(r"\d+", lambda pid: names.get(pid[0], pid[0]), found[0])

    said = (
        re.sub(r"(?:process|threads?) \d+(?:(?:, | and )\d+)*", name, catalogue("en").finding(finding))
        for finding in findings
    )
    said = (re.sub(r"(?<=127\.0\.0\.1:)\d+", "PORT", re.sub(r"[\d.]+ (µs|ms|s)\b", "TIME", text)) for text in said)
    return sorted(
        "; ".join(sorted(text.removeprefix("deadlock: ").split("; "))) if "deadlock" in text else text for text in said
    )


# ---------------------------------------------------------------- what is expected, and no more


@pytest.mark.parametrize("name", NAMES)
def test_the_facts_are_the_expected_ones_and_no_others(recordings: Recorded, name: str) -> None:
    recording, expected = recordings[name], sorted(EXPECTED[name].get("findings", []))
    told = named(recording.events, recording.findings)
    # On a busy machine any parent may be kept from its wait for long enough: then the finding is true.
    late = [finding for finding in told if re.search(ZOMBIE_UNTIL, finding) and finding not in expected]
    assert [finding for finding in told if finding not in late] == expected


@pytest.mark.parametrize("name", NAMES)
def test_the_program_did_what_it_is_for_and_is_recorded_whole(recordings: Recorded, name: str) -> None:
    recording = recordings[name]
    assert recording.status == 0
    assert recording.end["stopped"] == ""
    lives = Counter(type(event) for event in recording.events)
    assert lives[Start] == 1
    assert lives[Fork] + 1 == EXPECTED[name].get("processes", 1) == lives[Exit] + lives[Killed]
    assert lives[Thread] == EXPECTED[name].get("threads", 0)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_unknown_but_what_strace_hides(recordings: Recorded, name: str) -> None:
    events = recordings[name].events
    assert [event.code for event in events if isinstance(event, Gap)] == EXPECTED[name].get("gaps", [])
    (box,) = reduce(events).boxes.values()
    assert {process.status for process in box.processes.values()} == {"gone"}
    assert box.unknown == () or EXPECTED[name].get("gaps")


def test_every_program_is_expected_to_do_something() -> None:
    assert sorted(EXPECTED) == NAMES
    assert len(NAMES) >= 25


# ---------------------------------------------------------------- the oracle


@pytest.mark.parametrize("name", NAMES)
def test_every_descriptor_is_what_strace_says_it_is(recorded: tuple[Recorded, Recorded], name: str) -> None:
    recording = recorded[1][name]
    wrong, asked = disagreements(said_by_strace(recording.logs), recording.events)
    assert not wrong
    assert asked > 20
    assert exchanged(said_by_strace(recording.logs), recording.events)[0] == []


# ---------------------------------------------------------------- a pid that is used again


def reused(recording: Recording) -> dict[str, str]:
    """The recording as it would be had all children had one pid: `strace -A` goes on in the same file then.

    A kernel hands out all its pids before it uses one again, and only the host's administrator may hurry it
    (pid_max, ns_last_pid, clone3 with set_tid: all refused in a lab container), so it is done to the text.
    """
    (start,) = (json.loads(text) for path, text in recording.files.items() if path.endswith("start.json"))
    pid = start["pid"]
    children = sorted(set(recording.logs) - {pid})
    same = re.compile(rf"\b({'|'.join(map(str, children))})\b")
    files = {path: text for path, text in recording.files.items() if "/t." not in path}
    folder = next(path for path in files if path.endswith("start.json")).removesuffix("start.json")
    files[f"{folder}t.{pid}"] = same.sub(str(children[0]), recording.logs[pid])
    joined = "".join(recording.logs[child] for child in children)
    files[f"{folder}t.{children[0]}"] = same.sub(str(children[0]), joined)
    return files


def test_a_pid_that_is_used_again_is_another_process(recordings: Recorded) -> None:
    recording = recordings["one_by_one"]
    events = read_folder(reused(recording))
    ended = [(event.proc.incarnation, event.code) for event in events if isinstance(event, Exit)]
    assert ended == [(1, 3), (2, 4), (3, 5), (1, 0)]
    assert derive(events) == ()
    assert [type(event) for event in events] == [type(event) for event in recording.events]


# ---------------------------------------------------------------- cut off


@pytest.mark.parametrize("name", NAMES)
def test_a_log_that_is_cut_off_gives_a_state_and_a_gap(recorded: tuple[Recorded, Recorded], name: str) -> None:
    """The tracer was killed, or the disk is full: every log ends somewhere, in the middle of a line."""
    whole = recorded[0][name]
    for part in (0.2, 0.55, 0.9):
        events = read_folder({path: _cut(path, text, part) for path, text in whole.files.items()})
        assert any(isinstance(event, Gap) for event in events)
        state = reduce(events)
        born = {event.child for event in whole.events if isinstance(event, Fork | Thread)}
        pids = {child.pid for child in born if child} | {event.proc.pid for event in whole.events}
        assert {task.pid for box in state.boxes.values() for task in box.processes} <= pids
        assert all(catalogue("en").finding(finding) and catalogue("ru").finding(finding) for finding in derive(events))


def _cut(path: str, text: str, part: float) -> str:
    if "/t." not in path:
        return text
    at = int(len(text) * part)
    return text[: at - (text[at - 1 : at] == "\n")]
