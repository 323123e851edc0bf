"""Which containers are ours, and what they are called."""

import os
import select
import signal
import subprocess
import sys

import pytest

from proclab.live.running import Running, arrivals, free_name, parse

DEADLINE_MS = 20_000
WATCHER = """
from proclab.live.running import arrivals
with arrivals(0) as came:
    next(came)
    print('came', flush=True)
    for _ in came: pass
"""


def test_the_containers_of_the_checkout_the_oldest_first():
    lines = "c\tours-12-3\tclient\nb\tours\tserver\na\tours\tserver\n"
    assert parse(lines, "ours", ["server", "client"]) == [
        Running("a", "server"),
        Running("b", "server"),
        Running("c", "client"),
    ]


def test_not_those_of_another_checkout_of_another_lab_or_of_nobody():
    lines = "a\tours2\tserver\nb\tours\tlab-1\nc\t\t\nd\n\nbroken"
    assert parse(lines, "ours", ["server"]) == []


def test_a_box_is_named_after_its_service_and_numbered_where_that_is_taken():
    assert free_name("client", []) == "client"
    assert free_name("client", ["client", "server"]) == "client-2"
    assert free_name("client", ["client", "client-3", "client-2"]) == "client-4"


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """A docker command that tells of one container, and goes on; its process, once it has told."""
    docker, pid = tmp_path / "docker", tmp_path / "pid"
    os.mkfifo(tmp_path / "never")
    docker.write_text(f"#!/bin/sh\necho $$ > {pid}\necho a-container\nexec cat {tmp_path}/never\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return lambda: os.pidfd_open(int(pid.read_text()))


def has_ended(process: int) -> bool:
    """Whether a process (a pidfd) has ended, by the deadline."""
    poll = select.poll()
    poll.register(process, select.POLLIN)
    ended = poll.poll(DEADLINE_MS) != []
    if not ended:
        signal.pidfd_send_signal(process, signal.SIGKILL)
    os.close(process)
    return ended


def test_who_waits_for_containers_leaves_no_docker_behind(engine):
    with arrivals(0) as came:
        next(came)
        process = engine()
    assert has_ended(process)


def test_nor_does_one_that_is_killed(engine):
    with subprocess.Popen([sys.executable, "-c", WATCHER], stdout=subprocess.PIPE) as watcher:
        assert watcher.stdout.readline() == b"came\n"
        process = engine()
        watcher.send_signal(signal.SIGKILL)
    assert has_ended(process)
