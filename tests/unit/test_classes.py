"""tests/classes/mixed, the class of honest and hostile submissions: whole, up to date, and taken as it should be."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from proclab import ROOT
from proclab.grading.intake import Submission, roster
from proclab.grading.record import Verdict

MIXED = ROOT / "tests/classes/mixed"
EXPECTED = ROOT / "tests/classes/expected.txt"
KEEP = {
    int(path.parent.name.partition("-")[0]): [
        file for task in tomllib.loads(path.read_text()).get("task", ()) for file in task["files"]
    ]
    for path in ROOT.glob("labs/*/lab.toml")
}


@pytest.fixture(scope="module")
def make() -> ModuleType:
    return import_module("tests.classes.make")


@pytest.fixture(scope="module")
def submissions() -> dict[str, Submission]:
    return {source.name: source.take(KEEP) for source in roster(MIXED)}


def expected() -> dict[str, dict[str, str]]:
    """`h01-fork_bomb spawn.reports=PIDS` of the list → {h01-fork_bomb: {spawn.reports: PIDS}}"""
    lines = [line.split() for line in EXPECTED.read_text().splitlines() if line and not line.startswith("#")]
    return {folder: dict(each.split("=") for each in verdicts) for folder, *verdicts in lines}


def test_there_are_twenty_honest_and_many_hostile_submissions(submissions):
    assert sum(name.startswith("a") for name in submissions) == 20
    assert sum(name.startswith("h") for name in submissions) >= 60
    assert len({submission.id for submission in submissions.values()}) == len(submissions)


def test_every_hostile_submission_is_expected_to_come_to_something(submissions):
    assert {name for name in submissions if name.startswith("h")} == set(expected())
    assert {verdict for verdicts in expected().values() for verdict in verdicts.values()} <= set(Verdict)


def test_a_first_line_says_what_the_list_says():
    said = {}
    for path in MIXED.glob("h*/spawn.py"):
        first = path.read_bytes().partition(b"\n")[0] if path.is_file() and not path.is_symlink() else b""
        if match := re.match(rb"# expect: ((?:[a-z_.]+=[A-Z_]+ ?)+)", first):
            said[path.parent.name] = dict(each.split("=") for each in match[1].decode().split())
    assert len(said) >= 60
    assert said == {name: verdicts for name, verdicts in expected().items() if name in said}


def test_the_honest_ones_are_what_the_labs_have(make):
    there = {str(path.relative_to(MIXED)): path.read_bytes() for path in MIXED.glob("a*/**/*") if path.is_file()}
    assert there == dict(make.honest()), "run `python tests/classes/make.py`"


def test_what_is_expected_to_be_missing_or_refused_is_so_at_intake(submissions):
    for name, verdicts in expected().items():
        submission = submissions[name]
        taken = set(submission.files)
        if verdicts["spawn.reports"] == "REFUSED":
            assert (taken, bool(submission.refusal_of("1/spawn.py"))) == (set(), True), name
        elif verdicts["spawn.reports"] == "MISSING":
            assert (taken, submission.refusal_of("1/spawn.py")) == (set(), None), name
        else:
            assert taken == {"1/spawn.py"}, name


def test_of_the_honest_ones_everything_is_taken(submissions):
    for name, submission in submissions.items():
        if name.startswith("a"):
            assert submission.files
            assert submission.refused == ()


def test_what_git_can_not_hold_is_refused_too(make, tmp_path):
    (tmp_path / "class").mkdir()
    wanted = make.write_odd(tmp_path / "class")
    for source in roster(tmp_path / "class"):
        submission = source.take(KEEP)
        name = next(odd for odd in wanted if odd.removesuffix(".zip") == source.name)
        found = "REFUSED" if submission.refusal_of("1/spawn.py") else "MISSING"
        assert (name, dict(submission.files), found) == (name, {}, wanted[name])


def test_no_tool_of_ours_imports_or_follows_anything_of_a_hostile_submission(tmp_path):
    loaded = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "tests/classes"],
        cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert "no tests collected" in loaded.stdout
    assert "conftest.py has been loaded" not in loaded.stdout + loaded.stderr
    links = [path for path in MIXED.rglob("*") if path.is_symlink()]
    assert len(links) > 30
    assert {target for link in links if Path(target := os.readlink(link)).is_absolute()} == {
        "/etc/passwd",
        "/nowhere",
        "/nowhere/spawn.py",
    }  # a tool that follows links must not end up in a folder or a device of this machine
