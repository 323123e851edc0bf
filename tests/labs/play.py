"""Plays a lab's script in its container(s) through the driver, and returns the conductor's facts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from proclab.compose import Project
from proclab.labs import Lab, Scene
from proclab.network import network
from proclab.played import Played, parse
from proclab.sandbox import Engine, Sandbox
from proclab.spec import ContainerSpec

PLAY = ("python", "-Es", "/usr/lib/proclab/play.py", "--json")
HAND = ("python", "-Es", "/usr/lib/proclab/hand.py")
SECONDS = 120.0


def play(engine: Engine, project: Project, lab: Lab) -> list[Played]:
    """The lab's own scenes: alone, or with a hand in every other service that a step names."""
    own, *others = [project.spec(name) for name in lab.services if name == lab.services[0] or has_steps(lab, name)]
    with ExitStack() as stack:
        networks = {wanted.name: stack.enter_context(network(engine, wanted)) for wanted in own.networks}
        for other in others:
            stack.enter_context(Sandbox(engine, other.running(*HAND, own.service), networks=networks))
        conductor = stack.enter_context(Sandbox(engine, own.running(*PLAY), networks=networks))
        outcome = conductor.wait(SECONDS)
    assert (outcome.stderr.text, outcome.stdout.cut) == ("", 0)
    return parse(outcome.stdout.text)


def has_steps(lab: Lab, service: str) -> bool:
    """Whether a step is played in this service's container."""
    return any(step.details.get("at") == service for scene in lab.scenes() for step in scene.steps)


def beside_pid1(engine: Engine, project: Project, scene: Scene) -> list[Played]:
    """A scene in a container whose process 1 is the demo: the conductor comes by exec."""
    program, *arguments = scene.pid1
    spec: ContainerSpec = project.spec(scene.service).running("python", f"/lab/demos/{program}.py", *arguments)
    argv = [*PLAY, "--service", scene.service, "--demo", scene.demo, "--scene", str(scene.number)]
    with Sandbox(engine, spec) as sandbox:

        def ask(client):
            return client.exec_start(client.exec_create(sandbox.id, argv)["Id"])

        return parse(engine.call("play beside process 1", ask, seconds=SECONDS).decode())


@contextmanager
def busy(engine: Engine, project: Project, processors: int) -> Iterator[None]:
    """All processors have something else to do meanwhile."""
    spin = project.spec("lab-1").running("python", "-c", "print('on', flush=True)\nwhile True: pass")
    with ExitStack() as stack:
        for _ in range(processors):
            spinner = stack.enter_context(Sandbox(engine, spin))
            assert spinner.wait_for_line("on", 30)
        yield
