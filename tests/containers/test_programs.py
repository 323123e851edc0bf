"""The programs of tests/data/programs, recorded in two containers: the facts are those of expected.toml and no others.

One container records as everybody does, the other with strace -yy, which says by itself what each descriptor is: the
oracle. The facts must be the same.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import tarfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pytest

from proclab.compose import Project
from proclab.events import Event, Exit, Fork, Gap, Killed, Start, Thread
from proclab.labels import Owner
from proclab.sandbox import Engine, Sandbox
from proclab.spec import Mount
from proclab.state import Fact, derive, reduce
from proclab.strace import read_folder
from tests.unit.test_strace_oracle import disagreements, exchanged, said_by_strace

FOLDER = Path(__file__).parents[1] / "data" / "programs"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))
EXPECTED = tomllib.loads((FOLDER / "expected.toml").read_text(encoding="utf-8"))
RECORD = "python -Es /usr/lib/proclab/record.py"
SECONDS = 100
# One exec for all of them; what the programs print goes nowhere. A line for each: name, exit status, end.json.
LOOP = f"""
while read -r name; do
    {RECORD} run $OPTIONS --seconds 20 --bytes {1 << 30} --lines 9999999 -- /lab/run/$name.py < /dev/null > /dev/null
    echo "$name $? $(cat /tmp/proclab-recording/end.json)"
done
"""
# STRACE=FOLDER has all of this done by the strace that lies there: another version than the image's.
OTHER = os.environ.get("STRACE")
SIGNALLED = 128  # exit status of the recorder where a signal has killed the program
pytestmark = pytest.mark.docker


@dataclass(frozen=True)
class Recording:
    """One program's part of what a container has recorded."""

    files: dict[str, str]  # as read_folder takes them
    end: dict[str, object]
    status: int

    @cached_property
    def events(self) -> list[Event]:
        return read_folder(self.files)

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        return derive(self.events)

    @cached_property
    def logs(self) -> dict[int, str]:
        return {int(path.rpartition(".")[2]): text for path, text in self.files.items() if "/t." in path}


Recorded = dict[str, Recording]


def record(engine: Engine, project: Project, options: str) -> Recorded:
    """Every program, one after the other, in one container."""
    spec = project.spec("lab-1").running(*RECORD.split(), "hold")
    spec = replace(spec, mounts=(*spec.mounts, Mount(FOLDER, "/lab/run", read_only=True), *_other_strace()))
    with Sandbox(engine, spec) as sandbox:
        into = ["docker", "exec", "-i", "-e", "PROCLAB_BOX=lab", "-e", f"OPTIONS={options}", "-e",
                "PATH=/lab/strace:/usr/bin:/bin", sandbox.name]  # fmt: skip
        said = _run([*into, "bash", "-c", LOOP], "".join(f"{name}\n" for name in NAMES).encode()).decode()
        packed = _run([*into, *RECORD.split(), "pack"])
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        members = [(member.name, archive.extractfile(member)) for member in archive]
        files = {name: file.read().decode(errors="surrogateescape") for name, file in members if file}
    return dict(_parts(files, said))


def _other_strace() -> list[Mount]:
    return [Mount(Path(OTHER).resolve(), "/lab/strace", read_only=True)] if OTHER else []


def _run(argv: list[str], data: bytes = b"") -> bytes:
    return subprocess.run(argv, input=data, stdout=subprocess.PIPE, check=True, timeout=SECONDS).stdout


def _parts(files: dict[str, str], said: str) -> Iterator[tuple[str, Recording]]:
    """Each program by its name: the one that start.json of its folder tells."""
    ends = {name: (int(status), json.loads(end)) for name, status, end in map(_words, said.splitlines())}
    for path, text in files.items():
        if path.endswith("/start.json"):
            name = Path(json.loads(text)["argv"][1]).stem
            folder = path.removesuffix("start.json")
            own = {path: text for path, text in files.items() if path.startswith((folder, "lab/files.json"))}
            status, end = ends[name]
            yield name, Recording(own, end, status)


def _words(line: str) -> list[str]:
    return line.split(" ", 2)


@pytest.fixture(scope="module")
def recorded(owner: Owner, project: Project) -> tuple[Recorded, Recorded]:
    """As everybody records, and as the oracle does; the two at the same time."""
    with Engine(owner) as engine, ThreadPoolExecutor() as pool:
        plain, named = pool.map(lambda options: record(engine, project, options), ("", "--names"))
    return plain, named


@pytest.fixture(params=["plain", "names"])
def recordings(recorded: tuple[Recorded, Recorded], request: pytest.FixtureRequest) -> Recorded:
    """Each of the two."""
    return recorded[request.param == "names"]


ZOMBIE_UNTIL = r"was a zombie for TIME, until its parent, process \w+, reaped it$"


def named(events: list[Event], facts: tuple[Fact, ...]) -> list[str]:
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

    said = (re.sub(r"(?:process|threads?) \d+(?:(?:, | and )\d+)*", name, fact.en) for fact in facts)
    said = (re.sub(r"(?<=127\.0\.0\.1:)\d+", "PORT", re.sub(r"[\d.]+ (µs|ms|s)\b", "TIME", text)) for text in said)
    return sorted("; ".join(sorted(text.removeprefix("deadlock: ").split("; "))) if "deadlock" in text else text
                  for text in said)  # fmt: skip


# ---------------------------------------------------------------- what is expected, and no more


@pytest.mark.parametrize("name", NAMES)
def test_the_facts_are_the_expected_ones_and_no_others(recordings: Recorded, name: str) -> None:
    recording, expected = recordings[name], sorted(EXPECTED[name].get("facts", []))
    told = named(recording.events, recording.facts)
    # On a busy machine any parent may be kept from its wait for long enough: then the fact is true, and nobody's doing.
    late = [fact for fact in told if re.search(ZOMBIE_UNTIL, fact) and fact not in expected]
    assert [fact for fact in told if fact not in late] == expected


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
    assert [event.text for event in events if isinstance(event, Gap)] == EXPECTED[name].get("gaps", [])
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
        assert all(fact.en and fact.ru for fact in derive(events))


def _cut(path: str, text: str, part: float) -> str:
    if "/t." not in path:
        return text
    at = int(len(text) * part)
    return text[: at - (text[at - 1 : at] == "\n")]
