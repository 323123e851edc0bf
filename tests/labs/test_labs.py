"""Every lab that is found plays its script in real containers and shows what it promises."""

import os
from contextlib import ExitStack, contextmanager

import pytest

from proclab import ROOT
from proclab.labs import complaints, discover
from tests.conftest import Bench
from tests.labs.play import beside_pid1, busy, play

LABS = discover(ROOT)
DEMOS = [pytest.param(lab, demo.name, id=f"lab-{lab.number}-{demo.name}") for lab in LABS for demo in lab.demos]
PID1 = [
    pytest.param(lab, scene, id=f"lab-{lab.number}-{scene.demo}-{scene.number}")
    for lab in LABS
    for scene in lab.scenes()
    if scene.pid1
]
ROUNDS = 20
pytestmark = [pytest.mark.docker, pytest.mark.slow]


@pytest.fixture(scope="module")
def new_bench(engine, project, internal):
    """Benches for one play each: its containers and networks are gone after it."""

    @contextmanager
    def make():
        with ExitStack() as stack:
            yield Bench(engine, project, stack, internal, {}, keep=1 << 20)

    return make


@pytest.fixture(scope="module")
def played(new_bench):
    """The facts of a lab, played once for all its demos."""
    kept = {}

    def of(lab):
        if lab.number not in kept:
            with new_bench() as bench:
                kept[lab.number] = play(bench, lab)
        return kept[lab.number]

    return of


@pytest.mark.parametrize(("lab", "demo"), DEMOS)
def test_a_demo_shows_its_phenomenon(played, lab, demo):
    about = [complaint for complaint in complaints(lab, played(lab)) if complaint.startswith(f"{demo}[")]
    assert not about, "\n".join(about)


@pytest.mark.parametrize(("lab", "scene"), PID1)
def test_a_demo_as_process_1_shows_its_phenomenon(bench, lab, scene):
    found = complaints(lab, beside_pid1(bench, scene), scene.service)
    about = [complaint for complaint in found if complaint.startswith(f"{scene.demo}[{scene.number}]")]
    assert not about, "\n".join(about)


def test_there_is_a_scene_beside_process_1():
    assert PID1


@pytest.mark.soak
@pytest.mark.parametrize("load", ["idle", "busy"])
@pytest.mark.parametrize("lab", LABS, ids=lambda lab: f"lab-{lab.number}")
def test_every_phenomenon_shows_twenty_times_in_a_row(bench, new_bench, lab, load):
    with busy(bench, (os.cpu_count() or 1) if load == "busy" else 0):
        for count in range(ROUNDS):
            with new_bench() as one:
                found = complaints(lab, play(one, lab))
                assert not found, f"round {count + 1}:\n" + "\n".join(found)
                for scene in (scene for scene in lab.scenes() if scene.pid1):
                    about = complaints(lab, beside_pid1(one, scene), scene.service)
                    assert not [line for line in about if line.startswith(f"{scene.demo}[{scene.number}]")], about
