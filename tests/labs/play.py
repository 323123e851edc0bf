"""Plays a lab's script in its container(s) through the driver, and returns the conductor's facts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from proclab.labs import Lab, Performance, Scene, performances
from tests.conftest import Bench

PLAY = ("python", "-Es", "/usr/lib/proclab/play.py", "--json")
REMOTE = ("python", "-Es", "/usr/lib/proclab/remote.py")
SECONDS = 120.0


def play(bench: Bench, lab: Lab) -> list[Performance]:
    """The lab's own scenes: alone, or with a remote in every other service that a step names."""
    own, *others = [name for name in lab.services if name == lab.services[0] or has_steps(lab, name)]
    for other in others:
        bench.start(other, *REMOTE, own)
    outcome = bench.start(own, *PLAY).wait(SECONDS)
    assert (outcome.stderr.text, outcome.stdout.cut) == ("", 0)
    return performances(outcome.stdout.text)


def has_steps(lab: Lab, service: str) -> bool:
    """Whether a step is played in this service's container."""
    return any(step.details.get("at") == service for scene in lab.scenes() for step in scene.steps)


def beside_pid1(bench: Bench, scene: Scene) -> list[Performance]:
    """A scene in a container whose process 1 is the demo: the conductor comes by exec."""
    program, *arguments = scene.pid1
    sandbox = bench.demo(scene.service, program, *arguments)
    argv = [*PLAY, "--service", scene.service, "--demo", scene.demo, "--scene", str(scene.number)]

    def ask(client):
        return client.exec_start(client.exec_create(sandbox.id, argv)["Id"])

    return performances(bench.engine.call("play beside process 1", ask, seconds=SECONDS).decode())


@contextmanager
def busy(bench: Bench, processors: int) -> Iterator[None]:
    """All processors have something else to do meanwhile."""
    for _ in range(processors):
        spinner = bench.start("lab-1", "python", "-c", "print('on', flush=True)\nwhile True: pass")
        assert spinner.wait_for_line("on", 30)
    yield
