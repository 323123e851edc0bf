"""The same verdicts again and again, idle and with every processor busy, by one process, by eight, and by a cluster."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from distributed import LocalCluster

from proclab import ROOT
from proclab.engine import Owner
from proclab.grading import Grader, Verdict, course, keep_list
from proclab.grading.intake import take
from tests.grading.classes import command, records

pytestmark = [pytest.mark.docker, pytest.mark.soak]
TIMES = int(os.environ.get("TIMES", "50"))
GRADINGS = 5
LOADS = ["idle", "busy"]


@contextmanager
def load(kind: str) -> Iterator[None]:
    """Nothing, or two programs for each processor that use all that they get."""
    with ExitStack() as stack:
        for _ in range(2 * (os.cpu_count() or 1) if kind == "busy" else 0):
            spinner = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            stack.callback(spinner.kill)
        yield


@pytest.mark.parametrize("kind", LOADS)
@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_a_solution_has_full_points_every_time(owner: Owner, number: int, kind: str) -> None:
    (lab,) = course(ROOT, [number])
    solution = take(lab.lab.folder / "solution", keep_list([lab]))
    with load(kind), Grader([lab], owner=owner) as grader:
        for turn in range(TIMES):
            results = grader.grade(solution).record.results
            assert [each for each in results if each.verdict is not Verdict.PASS] == [], f"turn {turn}"


@contextmanager
def workers(how: str) -> Iterator[list[str]]:
    """The options for so many processes ("8"), or for so many of a Dask scheduler's workers ("dask 2")."""
    if not how.startswith("dask"):
        yield ["--jobs", how]
        return
    options = {"dashboard_address": None, "host": "127.0.0.1", "silence_logs": 50, "threads_per_worker": 1}
    with LocalCluster(n_workers=int(how.removeprefix("dask ")), processes=True, **options) as cluster:
        yield ["--cluster", cluster.scheduler_address]


@pytest.fixture(scope="module")
def graded(submissions: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The records by one process."""
    out = tmp_path_factory.mktemp("graded")
    subprocess.run(command(submissions, out, "--jobs", "1"), cwd=ROOT, check=True, capture_output=True)
    return records(out)


@pytest.mark.parametrize("kind", LOADS)
@pytest.mark.parametrize("how", ["1", "8", "dask 1", "dask 2"])
def test_a_class_has_the_same_records_every_time(
    submissions: Path, graded: dict[str, bytes], tmp_path: Path, how: str, kind: str
) -> None:
    with load(kind), workers(how) as options:
        for turn in range(GRADINGS):
            out = tmp_path / str(turn)
            done = subprocess.run(command(submissions, out, *options), cwd=ROOT, capture_output=True, check=False)
            assert done.returncode == 0, done.stderr
            assert records(out) == graded, f"turn {turn}"
