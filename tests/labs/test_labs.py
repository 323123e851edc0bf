"""Every lab that is found plays its script in real containers and shows what it promises."""

import os
from pathlib import Path

import pytest

from proclab.labs import discover
from proclab.played import complaints
from tests.labs.play import beside_pid1, busy, play

ROOT = Path(__file__).parents[2]
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
def played(engine, project):
    """The facts of a lab, played once for all its demos."""
    kept = {}

    def of(lab):
        if lab.number not in kept:
            kept[lab.number] = play(engine, project, lab)
        return kept[lab.number]

    return of


@pytest.mark.parametrize(("lab", "demo"), DEMOS)
def test_a_demo_shows_its_phenomenon(played, lab, demo):
    about = [complaint for complaint in complaints(lab, played(lab)) if complaint.startswith(f"{demo}[")]
    assert not about, "\n".join(about)


@pytest.mark.parametrize(("lab", "scene"), PID1)
def test_a_demo_as_process_1_shows_its_phenomenon(engine, project, lab, scene):
    found = complaints(lab, beside_pid1(engine, project, scene), scene.service)
    about = [complaint for complaint in found if complaint.startswith(f"{scene.demo}[{scene.number}]")]
    assert not about, "\n".join(about)


def test_there_is_a_scene_beside_process_1():
    assert PID1


@pytest.mark.soak
@pytest.mark.parametrize("load", ["idle", "busy"])
@pytest.mark.parametrize("lab", LABS, ids=lambda lab: f"lab-{lab.number}")
def test_every_phenomenon_shows_twenty_times_in_a_row(engine, project, lab, load):
    with busy(engine, project, (os.cpu_count() or 1) if load == "busy" else 0):
        for count in range(ROUNDS):
            found = complaints(lab, play(engine, project, lab))
            assert not found, f"round {count + 1}:\n" + "\n".join(found)
            for scene in (scene for scene in lab.scenes() if scene.pid1):
                about = complaints(lab, beside_pid1(engine, project, scene), scene.service)
                assert not [one for one in about if one.startswith(f"{scene.demo}[{scene.number}]")], about
