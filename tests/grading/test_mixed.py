"""The class of honest and hostile submissions, graded: each comes to what it should, and the honest notice nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from proclab import ROOT
from proclab.grading.record import Record, Verdict, loads

MIXED = ROOT / "tests/classes/mixed"
pytestmark = [pytest.mark.docker, pytest.mark.soak]


def graded(submissions: Path, out: Path, labs: str = "1") -> Mapping[str, bytes]:
    """The records of a class, by their ids, as `make grade` writes them."""
    command = [sys.executable, "-m", "proclab", "grade", str(submissions), "--out", str(out), "--labs", labs]
    done = subprocess.run([*command, "--jobs", "2"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return {path.stem: path.read_bytes() for path in (out / "records").glob("*.json")}


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    return graded(MIXED, tmp_path_factory.mktemp("together"))


def expected() -> dict[str, dict[str, str]]:
    lines = (ROOT / "tests/classes/expected.txt").read_text().splitlines()
    split = [line.split() for line in lines if line and not line.startswith("#")]
    return {folder: dict(each.split("=") for each in verdicts) for folder, *verdicts in split}


def verdicts(record: Record) -> dict[str, str]:
    return {result.check: str(result.verdict) for result in record.results}


def test_every_hostile_submission_comes_to_what_it_should(together):
    records = {record.submission: record for record in map(loads, together.values())}
    found = {
        folder: {check: verdicts(records[folder])[check] for check in wanted} for folder, wanted in expected().items()
    }
    assert found == expected()


def test_none_of_them_is_our_fault(together):
    ours = {
        (record.submission, result.check)
        for record in map(loads, together.values())
        for result in record.results
        if result.verdict is Verdict.INFRA
    }
    assert ours == set()


def test_the_honest_ones_have_the_same_records_without_the_hostile_ones(together, tmp_path):
    for folder in MIXED.glob("a*"):
        shutil.copytree(folder, tmp_path / "honest" / folder.name)
    alone = graded(tmp_path / "honest", tmp_path / "out")
    assert len(alone) == 20
    assert alone == {id: data for id, data in together.items() if id in alone}
    assert any(loads(data).points == loads(data).max_points for data in alone.values())
