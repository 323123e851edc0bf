"""pytest with our own loop: what is a check, in which order, for one submission after the other."""

from __future__ import annotations

import shutil

import pytest

from proclab.errors import UsageError
from proclab.grading.marking import check, of
from proclab.grading.plugin import Job, Loop

CHECKS = """
from proclab.grading import check

@check("spawn", points=2)
def first(spawn):
    spawn("first")

@check("spawn", after="first", visibility="hidden")
def second(spawn, ours):
    spawn("second")

def helper(spawn):
    spawn("helper")

def test_nothing(spawn):
    spawn("test")
"""


@pytest.fixture
def loop(tmp_path):
    def start(text=CHECKS, names=("spawn", "ours")):
        folder = tmp_path / "7-lab"
        folder.mkdir()
        (folder / "checks.py").write_text(text)
        (folder / "conftest.py").write_text("raise SystemExit('a conftest.py was loaded')")
        return Loop([folder / "checks.py"], names)

    return start


def carried_out(running, spawn, carry=lambda known: True, again=lambda known: False):
    """What came of each check of one job."""
    came = []

    def carried(known, raised):
        came.append((known.name, raised))
        return again(known)

    running.run(Job({"spawn": lambda: spawn, "ours": lambda: None}, carry, carried))
    return came


def test_what_is_marked_is_a_check_and_nothing_else(loop):
    with loop() as running:
        found = [(known.name, known.points, known.waits_for, known.visibility, known.lab) for known in running.checks]
        assert found == [("spawn.first", 2, "", "visible", 7), ("spawn.second", 1, "spawn.first", "hidden", 7)]


def test_a_check_is_collected_once_and_carried_out_for_each_submission(loop):
    calls = []
    with loop() as running:
        for name in ("ann", "bob"):
            came = carried_out(running, lambda word, name=name: calls.append((name, word)))
            assert came == [("spawn.first", None), ("spawn.second", None)]
    assert calls == [("ann", "first"), ("ann", "second"), ("bob", "first"), ("bob", "second")]


def test_what_a_check_raises_is_handed_over_itself_and_the_next_one_goes_on(loop):
    trouble = ValueError("no")

    def spawn(word):
        if word == "first":
            raise trouble

    with loop() as running:
        assert carried_out(running, spawn) == [("spawn.first", trouble), ("spawn.second", None)]


def test_a_check_can_be_left_out_or_carried_out_again(loop):
    tries = []
    with loop() as running:
        came = carried_out(running, tries.append, lambda known: known.function == "first", lambda known: len(tries) < 3)
    assert tries == ["first"] * 3
    assert came == [("spawn.first", None)] * 3


def test_what_goes_wrong_beside_the_checks_is_raised_and_the_loop_goes_on(loop):
    with loop() as running:
        with pytest.raises(RuntimeError, match="mine"):
            carried_out(running, print, lambda known: (_ for _ in ()).throw(RuntimeError("mine")))
        assert len(carried_out(running, lambda word: None)) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import nowhere", "No module named 'nowhere'"),
        ("x = 1", "there are no checks"),
        (CHECKS.replace('after="first"', 'after="later"'), "spawn.second comes after spawn.later"),
        (CHECKS.replace("def second(", "def first("), "comes after spawn.first"),
        (CHECKS.replace('"hidden"', '"secret"'), "not 'secret'"),
    ],
)  # fmt: skip
def test_checks_that_make_no_sense_are_refused_with_the_reason(loop, text, said):
    with pytest.raises(UsageError, match=said), loop(text):
        pytest.fail("it was started")


def test_a_fixture_that_nobody_offers_is_what_the_check_raises(loop):
    with loop(names=("spawn",)) as running:
        (first, none), (second, error) = carried_out(running, lambda word: None)
        assert (first, none, second) == ("spawn.first", None, "spawn.second")
        assert "ours" in str(error)


def test_a_function_is_no_check_unless_it_is_marked():
    def plain():
        """Nothing."""

    assert of(plain) is None
    assert of(check("spawn")(plain)).name == "spawn.plain"
    before = of(plain).source
    assert len(before) == 64


def test_a_check_depends_on_its_own_lines_and_on_what_stands_beside_the_checks(loop, tmp_path):
    def sources(text):
        with loop(text) as running:
            return [known.source for known in running.checks]

    first, second = sources(CHECKS)
    shutil.rmtree(tmp_path / "7-lab")
    changed = sources(CHECKS.replace('spawn("second")', 'spawn("another")'))
    assert (changed[0] == first, changed[1] == second) == (True, False)
    shutil.rmtree(tmp_path / "7-lab")
    changed = sources(CHECKS.replace('spawn("helper")', 'spawn("another")'))
    assert (changed[0] == first, changed[1] == second) == (False, False)


def test_a_check_depends_on_our_counterparts(loop, tmp_path):
    with loop() as running:
        before = [known.source for known in running.checks]
    ours = tmp_path / "7-lab" / "ours"
    ours.mkdir()
    (ours / "peer.py").write_text("print(1)")
    with Loop([tmp_path / "7-lab" / "checks.py"], ["spawn", "ours"]) as running:
        assert set(before).isdisjoint(known.source for known in running.checks)
