"""Calls with a deadline of their own, in the order in which they were made."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from proclab.clock import Deadline
from proclab.engine.worker import DeadlineMissed, Worker


class Resource:
    """What a worker opens; counts how often, and remembers whose thread it was."""

    def __init__(self):
        self.thread = threading.get_ident()
        self.closed = threading.Event()

    def close(self):
        self.closed.set()


@pytest.fixture
def opened():
    return []


@pytest.fixture
def worker(opened):
    def make():
        opened.append(Resource())
        return opened[-1]

    one = Worker(make, "test")
    yield one
    one.close()


def soon():
    return Deadline.after(10)


def test_a_call_runs_in_the_resources_own_thread(worker, opened):
    threads = {worker.call(lambda r: (r.thread, threading.get_ident()), soon()) for _ in range(3)}
    assert len(opened) == 1
    assert threads == {(opened[0].thread, opened[0].thread)}
    assert opened[0].thread != threading.get_ident()


def test_an_exception_reaches_the_caller(worker):
    with pytest.raises(ZeroDivisionError):
        worker.call(lambda _: 1 / 0, soon())
    assert worker.call(lambda _: "still there", soon()) == "still there"


def test_a_resource_that_does_not_open_is_that_calls_failure(opened):
    answers = iter([ZeroDivisionError, Resource])
    worker = Worker(lambda: _make(next(answers)), "test")
    with pytest.raises(ZeroDivisionError):
        worker.call(lambda _: 1, soon())
    assert worker.call(lambda _: 2, soon()) == 2
    worker.close()


def _make(what):
    if issubclass(what, Exception):
        raise what
    return what()


def test_a_call_that_hangs_is_left_behind_and_the_next_gets_a_new_thread(worker, opened):
    release = threading.Event()
    with pytest.raises(DeadlineMissed):
        worker.call(lambda _: release.wait(10), Deadline.after(0.05))
    assert worker.call(lambda _: "new", soon()) == "new"
    assert len(opened) == 2
    release.set()
    assert opened[0].closed.wait(10)


def test_close_lets_the_resource_go(worker, opened):
    worker.call(lambda _: None, soon())
    worker.close()
    worker.close()
    assert opened[0].closed.wait(10)


def test_control_c_comes_at_once_and_the_interrupted_call_still_ends_before_the_next(worker):
    order, release = [], threading.Event()

    def interrupted(_):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        release.wait(10)
        order.append("first")

    with pytest.raises(KeyboardInterrupt):
        worker.call(interrupted, soon())
    assert order == []
    release.set()
    worker.call(lambda _: order.append("second"), soon())
    assert order == ["first", "second"]


def test_a_shielded_call_ends_before_control_c_is_raised(worker):
    order = []

    def interrupted(_):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        order.append("done")

    with pytest.raises(KeyboardInterrupt):
        worker.call(interrupted, soon(), shielded=True)
    assert order == ["done"]


def test_control_c_comes_also_in_tests_that_a_script_has_started_in_its_background():
    """Such a job ignores SIGINT, and so would all that it starts."""
    one = f"{__file__}::test_control_c_comes_at_once_and_the_interrupted_call_still_ends_before_the_next"
    pytest_ = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", one]
    done = subprocess.run(["bash", "-c", "trap '' INT; exec \"$@\"", "bash", *pytest_], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
