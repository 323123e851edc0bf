"""What can befall a grading: it is killed at any moment, its engine restarts. No grade is lost, and none is another."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from proclab import ROOT
from proclab.engine import Engine, Owner, labels, leftovers, owner_of, wipe
from tests.grading.classes import command, records

pytestmark = [pytest.mark.docker, pytest.mark.soak]
MOMENTS = 20
SOCKET = "/var/run/docker.sock"


def grade(submissions: Path, out: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(submissions, out, "--jobs", "2"),
        cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def graded(submissions: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], float]:
    """The records of the class, and the seconds that they take."""
    out, begun = tmp_path_factory.mktemp("graded"), time.monotonic()
    assert grade(submissions, out).returncode == 0
    return records(out), time.monotonic() - begun


def test_a_grader_that_is_killed_at_any_moment_is_gone_on_with(
    submissions: Path, graded: tuple[dict[str, bytes], float], tmp_path: Path
) -> None:
    wanted, seconds = graded
    for number in range(MOMENTS):
        out = tmp_path / str(number)
        moment = random.uniform(0, seconds)
        with subprocess.Popen(command(submissions, out, "--jobs", "2"), cwd=ROOT, stdout=subprocess.DEVNULL) as first:
            with suppress(subprocess.TimeoutExpired):
                first.wait(moment)
            os.kill(first.pid, signal.SIGKILL)
        again = grade(submissions, out)
        assert again.returncode == 0, f"killed after {moment} s: {again.stderr}"
        assert records(out) == wanted, f"killed after {moment} s"
        with Engine(Owner(owner_of(ROOT))) as engine:
            assert leftovers(engine, f"{labels.RUN}={(out / '.batch').read_text()}") == []


# ---------------------------------------------------------------- an engine that restarts


class Relay:
    """A way to the engine that can be cut: what is connected is closed, and nobody answers until it is mended."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.open: list[socket.socket] = []
        self.mend()

    def mend(self) -> None:
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen(64)
        threading.Thread(target=self._serve, args=(self.listener,), daemon=True).start()

    def cut(self) -> None:
        self.path.unlink()
        for each in (self.listener, *self.open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self.open = []

    def _serve(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                here, _ = listener.accept()
                there = socket.socket(socket.AF_UNIX)
                there.connect(SOCKET)
                self.open += [here, there]
                for source, target in ((here, there), (there, here)):
                    threading.Thread(target=self._copy, args=(source, target), daemon=True).start()

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)


@contextmanager
def relay(folder: Path) -> Iterator[Relay]:
    made = Relay(folder / "engine.sock")
    with suppress(FileNotFoundError), closing(made.listener):
        yield made
        made.cut()


@pytest.mark.skipif(not Path(SOCKET).is_socket(), reason="the engine is not at its usual place")
def test_an_engine_that_restarts_in_mid_batch_costs_no_grade(
    submissions: Path, graded: tuple[dict[str, bytes], float], tmp_path: Path
) -> None:
    """As its containers end with it, they are ended here. Whoever was being graded is told as ours, or graded again."""
    out = tmp_path / "out"
    with relay(tmp_path) as way:
        environment = os.environ | {"DOCKER_HOST": f"unix://{way.path}"}
        first = subprocess.Popen(
            command(submissions, out, "--jobs", "2"),
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        with first:
            assert first.stdout
            line = first.stdout.readline()
            way.cut()
            with Engine(Owner(owner_of(ROOT))) as engine:
                wipe(engine, run=(out / ".batch").read_text())
            way.mend()
            said = line + first.stdout.read()
        assert first.returncode in (0, 2), said
        known = records(out)
        again = grade(submissions, out, DOCKER_HOST=environment["DOCKER_HOST"])
        assert again.returncode == 0, again.stderr
    assert records(out) == graded[0]
    assert {name for name, data in known.items() if data != graded[0][name]} <= {
        f"{line.split()[1]}.json" for line in said.splitlines() if line.startswith("!")
    }, said
