"""Who does the jobs: a worker that dies costs a retry, a job that kills two is put aside, the others don't notice."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from contextlib import closing, suppress
from typing import Any

import msgspec
import pytest
from distributed import KilledWorker
from distributed.client import FutureCancelledError

from proclab import ROOT
from proclab.errors import InfraError, UsageError
from proclab.grading.hands import Cluster, Hands, Local
from proclab.grading.job import Answer
from tests.unit.deaths import do, order


def all_of(workers: Hands, orders: list[object]) -> dict[str, str]:
    """What came of these orders, by submission."""
    waiting, came, busy = list(orders), {}, 0
    while waiting or busy:
        while waiting and busy < workers.number:
            workers.give(waiting.pop(0))  # type: ignore[arg-type]
            busy += 1
        for data in workers.take():
            answer = msgspec.msgpack.decode(data, type=Answer)
            came[answer.id] = answer.trouble
            busy -= 1
    return came


def orders(folder):
    names = ["plain", "once", "always", "plain", "plain"]
    return [order(f"{number}-{name}", name, folder) for number, name in enumerate(names)]


EXPECTED = {"0-plain": "done plain", "1-once": "done once", "3-plain": "done plain", "4-plain": "done plain"}


@pytest.mark.parametrize("number", [1, 2])
def test_a_worker_that_dies_costs_a_retry_and_a_job_that_kills_two_is_put_aside(tmp_path, number):
    with closing(Local(number, do)) as workers:
        came = all_of(workers, orders(tmp_path))
    assert came.pop("2-always") == "it has cost 2 workers their life"
    assert came == EXPECTED


@pytest.mark.slow
def test_a_cluster_of_dasks_does_the_same(tmp_path):
    import dask
    from distributed import LocalCluster

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1", silence_logs=50
        ) as cluster,
        closing(Cluster(cluster.scheduler_address, 2, do)) as workers,
    ):
        came = all_of(workers, orders(tmp_path))
    assert came.pop("2-always") == "it has cost 2 workers their life"
    assert came == EXPECTED


WORKER: Any = None  # the one that has died: nobody asks


class Future:
    """A job of a Dask that is done and called off again: `status` is still "finished", `result` says how it ended."""

    status = "finished"

    def __init__(self, came: bytes | Exception) -> None:
        self.came = came

    def result(self) -> bytes:
        if isinstance(self.came, Exception):
            raise self.came
        return self.came


@pytest.mark.parametrize(
    ("came", "alone", "expected"),
    [
        (b"points", False, b"points"),
        (b"points", True, b"points"),
        (KilledWorker("job", WORKER, 1), False, b""),  # it's tried again alone
        (KilledWorker("job", WORKER, 1), True, "it has cost 2 workers their life"),
        (OSError("full"), False, "OSError: full"),
    ],
)
def test_what_a_job_says_at_last_counts_though_it_was_done_before(came, alone, expected, tmp_path):
    workers = Cluster.__new__(Cluster)
    workers._killed, workers._alone = KilledWorker, {"7"} if alone else set()
    answer = workers._answer(order("7", "plain", tmp_path), Future(came))
    if isinstance(expected, str):
        assert msgspec.msgpack.decode(answer, type=Answer).trouble == expected
    else:
        assert answer == expected


def test_a_scheduler_that_has_gone_ends_the_grading_with_a_sentence(tmp_path):
    workers = Cluster.__new__(Cluster)
    workers._killed = KilledWorker
    with pytest.raises(InfraError, match="the Dask scheduler has gone; start it again"):
        workers._answer(order("7", "plain", tmp_path), Future(FutureCancelledError("job", "scheduler-connection-lost")))


def test_without_a_scheduler_a_sentence_says_so():
    with pytest.raises(UsageError, match=r"no Dask scheduler answers at tcp://127.0.0.1:9"):
        Cluster("tcp://127.0.0.1:9", timeout=1.0)


MASTER = """
import sys, time
from proclab.grading.hands import Local
if __name__ == "__main__":
    workers = Local(1, print)
    print(workers._free[0].submit(__import__("os").getpid).result(), flush=True)
    time.sleep(100)
"""


def test_a_grader_that_is_killed_takes_its_workers_along(tmp_path):
    script = tmp_path / "master.py"
    script.write_text(MASTER)
    master = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert master.stdout is not None
    with master.stdout as said:
        worker = os.pidfd_open(int(said.readline()))
        try:
            master.kill()
            master.wait()
            assert select.select([worker], [], [], 20)[0], "the worker lives on"
        finally:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(worker, signal.SIGKILL)
            os.close(worker)
