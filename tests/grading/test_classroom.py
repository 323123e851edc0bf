"""A class graded by the command: the same records however it is done; stopped and resumed; nothing left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from proclab import ROOT
from proclab.engine import Engine, Owner, labels, leftovers, owner_of
from tests.grading.classes import CLASS, command, records

pytestmark = pytest.mark.docker


def grade(submissions: Path, out: Path, *more: str) -> str:
    done = subprocess.run(command(submissions, out, *more), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert left_of(out) == []
    return done.stdout.splitlines()[-1]


def left_of(out: Path) -> list[tuple[str, str]]:
    """What is there of the last grading into this folder. (Other tests make things of their own meanwhile.)"""
    with Engine(Owner(owner_of(ROOT))) as engine:
        return leftovers(engine, f"{labels.RUN}={(out / '.batch').read_text()}")


@pytest.fixture(scope="module")
def graded(submissions: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("graded")
    assert grade(submissions, out, "--jobs", "1").startswith("5 submissions: 5 graded now, 0 as they were")
    return out


def test_everybody_has_a_record_a_page_and_a_row(graded: Path) -> None:
    assert [name.removesuffix(".json") for name in records(graded)] == [*CLASS, "eve"]
    assert (graded / "grades.csv").read_text("utf-8-sig").splitlines()[0].startswith("id,name,status,points")
    for name in ("report.html", "students/ann.html", "junit.xml", "gradescope/bob.json", "autolab/eve.txt"):
        assert (graded / name).stat().st_size > 0, name


def test_a_second_time_nothing_is_graded_again(submissions: Path, graded: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (graded / "records").iterdir()}
    assert grade(submissions, graded, "--jobs", "2").startswith("5 submissions: 0 graded now, 5 as they were")
    assert {path: path.stat().st_mtime_ns for path in (graded / "records").iterdir()} == before


@pytest.mark.soak
def test_two_at_once_write_the_same_records_as_one(submissions: Path, graded: Path, tmp_path: Path) -> None:
    grade(submissions, tmp_path / "two", "--jobs", "2")
    assert records(tmp_path / "two") == records(graded)


def test_a_grader_that_is_killed_goes_on_where_it_was_and_leaves_nothing(
    submissions: Path, graded: Path, tmp_path: Path
) -> None:
    out = tmp_path / "killed"
    with subprocess.Popen(
        command(submissions, out, "--jobs", "1"), cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout
        line = first.stdout.readline()  # the first record is on the disk
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    assert "ann" in line
    (batch,) = [(out / ".batch").read_text()]
    assert not grade(submissions, out, "--jobs", "1").startswith("5 submissions: 5 graded")
    assert records(out) == records(graded)
    with Engine(Owner(owner_of(ROOT))) as engine:
        assert leftovers(engine, f"{labels.RUN}={batch}") == []


def test_one_grader_at_a_time_works_in_a_folder(submissions: Path, tmp_path: Path) -> None:
    out = tmp_path / "busy"
    with subprocess.Popen(command(submissions, out), cwd=ROOT, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout
        first.stdout.readline()
        second = subprocess.run(command(submissions, out), cwd=ROOT, capture_output=True, text=True, check=False)
        assert second.returncode == 2
        assert "another grader is at work" in second.stderr
        first.send_signal(signal.SIGINT)
        assert any("finished first" in line for line in first.stdout)
        first.send_signal(signal.SIGINT)
        assert first.wait(60) == 130
    assert left_of(out) == []


def test_one_folder_for_embedding_says_by_its_status_what_came_of_it(submissions: Path) -> None:
    argv = [sys.executable, "-m", "proclab", "grade", "--labs", "1", "--json", "--one"]
    for name, status in (("ann", 1), ("nobody", 2)):  # ann has the first of three tasks
        done = subprocess.run([*argv, str(submissions / name)], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stderr
        assert done.stdout.startswith("{" if status == 1 else "")


@pytest.mark.soak
def test_an_interrupt_finishes_what_is_being_graded_and_the_same_command_goes_on(
    submissions: Path, graded: Path, tmp_path: Path
) -> None:
    out = tmp_path / "interrupted"
    with subprocess.Popen(
        command(submissions, out, "--jobs", "1"), cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout
        assert "ann" in first.stdout.readline()
        first.send_signal(signal.SIGINT)
        said = first.stdout.read()
        assert first.wait() == 130
    assert "finished first" in said
    known = len(records(out))
    # A line that was being printed when the signal came may be printed twice.
    names = {line.split()[1] for line in said.splitlines() if line.startswith(("✓", "✗"))}
    assert known == len(names | {"ann"})
    assert grade(submissions, out, "--jobs", "1").startswith(f"5 submissions: {5 - known} graded now, {known} as they")
    assert records(out) == records(graded)


def test_two_interrupts_end_it_at_once_and_nothing_is_left(submissions: Path, tmp_path: Path) -> None:
    out = tmp_path / "twice"
    with subprocess.Popen(
        command(submissions, out, "--jobs", "1"), cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout
        first.stdout.readline()
        first.send_signal(signal.SIGINT)
        assert any("finished first" in line for line in first.stdout)
        first.send_signal(signal.SIGINT)
        assert first.wait(60) == 130
    assert left_of(out) == []
