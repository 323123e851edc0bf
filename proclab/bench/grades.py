"""Rows of `make bench` about grading: what it costs beside the programs' own runs, how much fits into a minute."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from proclab import ROOT
from proclab.bench.figures import Amount, Figure, Ratio
from proclab.bench.stopwatch import seconds
from proclab.engine import labels
from proclab.errors import InfraError
from proclab.grading import Grader, course, keep_list
from proclab.grading.hands import Cluster, Hands, Local
from proclab.grading.intake import take
from proclab.grading.job import Answer, Order, encode

CLASS = 12  # submissions for the rate
ROUNDS = 3
JOBS, WAIT = 40, 0.2  # for a cluster: jobs that only wait, and how long
MOST_MB = 200.0


def submission_rows(owner: labels.Owner) -> Iterator[Figure]:
    """One full submission of each lab, all right: its time ÷ that of its recorded runs; and its containers."""
    for lab in course(ROOT):
        submission = take(lab.lab.folder / "solution", keep_list([lab]))
        whole, runs = [], []
        with Grader([lab], owner=owner) as grader:
            for number in range(ROUNDS + 1):
                start = time.monotonic()
                graded = grader.grade(submission)
                if number:  # the first one has waited for its containers
                    whole.append(time.monotonic() - start)
                    runs.append(sum(graded.runs))
            containers = grader.ground.used / (ROUNDS + 1)
        if graded.record.points < graded.record.max_points:
            raise InfraError(f"the solution of lab {lab.lab.number} was not graded as one")
        yield Ratio(f"grading lab {lab.lab.number} ÷ its recorded runs", tuple(whole), tuple(runs), limit=1.25)
        yield Amount(f"containers a submission of lab {lab.lab.number}", containers, "")


def class_rows() -> Iterator[Figure]:
    """Full submissions of all labs a minute, as many at once as there are processors."""
    jobs = os.cpu_count() or 1
    with _folder() as folder:
        for number in range(CLASS):
            one = folder / "class" / f"student{number}"
            for lab in course(ROOT):
                shutil.copytree(lab.lab.folder / "solution", one / f"lab{lab.lab.number}")
        argv = [sys.executable, "-m", "proclab", "grade", "-o", str(folder / "out"), "--jobs", str(jobs)]
        taken = seconds(
            lambda: subprocess.run([*argv, str(folder / "class")], cwd=ROOT, check=True, capture_output=True)
        )
    yield Amount(f"full submissions a minute, {jobs} at once", CLASS * 60 / taken, "", 60, more_is_better=True)


def memory_rows() -> Iterator[Figure]:
    """The most memory that the host's side takes for a class of 30 and of 1 000, the containers' work left out."""
    for count in (30, 1000):
        argv = [sys.executable, "-m", "proclab.bench.classes", str(count)]
        done = subprocess.run(argv, cwd=ROOT, check=True, capture_output=True, text=True)
        yield Amount(f"memory of the grader, {count} submissions", float(done.stdout.split()[-1]), "MB", MOST_MB)


def cluster_rows() -> Iterator[Figure]:
    """Two of Dask's workers ÷ one, for jobs that wait; and what the scheduler takes for a job of nothing."""
    with _cluster(1) as one, _cluster(2) as two:
        rates = [(_rate(two, waiting, JOBS), _rate(one, waiting, JOBS)) for _ in range(ROUNDS)]
        ours, bare = zip(*rates, strict=True)
        yield Ratio("Dask: two workers ÷ one", ours, bare, limit=1.8, unit="/s", more_is_better=True)
        yield Amount("Dask: a job of nothing", 1000 / _rate(one, nothing, 10 * JOBS), "ms")
    with closing(Local(2, nothing)) as hands:
        yield Amount("processes: a job of nothing", 1000 / _rate(hands, nothing, 10 * JOBS), "ms")


@contextmanager
def _cluster(workers: int) -> Iterator[str]:
    from distributed import LocalCluster

    options = {"dashboard_address": None, "host": "127.0.0.1", "silence_logs": 50}
    with LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, **options) as cluster:  # type: ignore[no-untyped-call]
        yield str(cluster.scheduler_address)


def _rate(where: str | Hands, do: Callable[[bytes], bytes], count: int) -> float:
    """Jobs a second."""
    hands: Hands = Cluster(where, do=do) if isinstance(where, str) else where
    orders = [Order(str(number), "", {}, (), "", (), {}, "", "", do.__name__) for number in range(count)]
    start = time.monotonic()
    left = len(orders)
    busy = 0
    while left:
        while orders and busy < hands.number:
            hands.give(orders.pop())
            busy += 1
        for _ in hands.take():
            busy, left = busy - 1, left - 1
    return count / (time.monotonic() - start)


def waiting(order: bytes) -> bytes:
    """A job that waits, as one for its containers does."""
    time.sleep(WAIT)
    return nothing(order)


def nothing(order: bytes) -> bytes:
    """A job without work."""
    return encode(Answer(msgspec.msgpack.decode(order, type=Order).id))


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="proclab-bench-") as name:
        yield Path(name)
