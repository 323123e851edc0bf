"""Recordings that the live page starts; a shell script stands for scripts/trace."""

import queue
import sys

import pytest

from proclab.errors import UsageError
from proclab.live.choices import Choice
from proclab.live.recordings import Recordings, environment

DEADLINE = 20
UNTIL_INTERRUPTED = """
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
print("proclab: ready", file=sys.stderr, flush=True)
signal.sigwait([signal.SIGINT])
folder = os.path.join("out", os.environ["AS"])
os.makedirs(folder)
open(os.path.join(folder, "run.html"), "w").close()
"""
CHOICE = Choice("fork", "sysprog_fork.py", wish={"DEMO": "sysprog_fork"})


@pytest.fixture
def told():
    return queue.Queue()


@pytest.fixture
def recordings(tmp_path, told, monkeypatch):
    """Makes them with a script of these lines; ended on the way out."""
    monkeypatch.delenv("OUT", raising=False)
    made = []

    def make(*lines):
        script = tmp_path / "trace"
        script.write_text("\n".join(["#!/bin/bash", *lines]))
        script.chmod(0o755)
        made.append(Recordings(1, tmp_path, told.put, str(script)))
        return made[-1]

    yield make
    for each in made:
        each.close()


def until(told, state):
    """What was told, up to that state."""
    found = [told.get(timeout=DEADLINE)]
    while found[-1]["state"] != state:
        found.append(told.get(timeout=DEADLINE))
    return found


def until_ready(told):
    while told.get(timeout=DEADLINE)["said"] != "ready":
        pass


def test_what_the_script_says_is_told_and_its_page_is_served(recordings, told):
    ours = recordings(
        'echo "noise" >&2',
        'echo "proclab: recording $DEMO of lab $1" >&2',
        'mkdir -p out/$AS && echo "<p>$DEMO" > out/$AS/run.html',
    )
    ours.start(CHOICE)
    found = until(told, "kept")
    assert [each["said"] for each in found[:2]] == ["", "recording sysprog_fork of lab 1"]
    name = found[-1]["page"].removeprefix("runs/")
    assert name.startswith("lab-1-sysprog_fork-")
    assert ours.page(name) == b"<p>sysprog_fork\n"


def test_a_page_that_was_not_made_here_is_not_served(recordings, tmp_path):
    (tmp_path / "out/other").mkdir(parents=True)
    (tmp_path / "out/other/run.html").write_text("x")
    ours = recordings("true")
    assert ours.page("other") is None
    assert ours.page("../out/other") is None


def test_without_a_page_it_has_failed_and_the_last_sentence_says_why(recordings, told):
    recordings('echo "proclab: this machine refuses tracing" >&2', "exit 2").start(CHOICE)
    assert until(told, "failed")[-1]["said"] == "this machine refuses tracing"
    recordings("exit 3").start(CHOICE)
    assert until(told, "failed")[-1]["said"] == "it ended with 3"


def test_one_at_a_time_and_the_one_that_runs_can_be_ended(recordings, told):
    ours = recordings(f"exec {sys.executable} -c '{UNTIL_INTERRUPTED}'")
    ours.start(CHOICE)
    until_ready(told)
    with pytest.raises(UsageError, match="running"):
        ours.start(CHOICE)
    ours.stop()
    first = until(told, "kept")[-1]["page"]
    ours.start(CHOICE)
    until_ready(told)
    ours.close()
    assert until(told, "kept")[-1]["page"] != first


def test_what_make_was_told_is_not_passed_on(monkeypatch):
    for name in ("RUN", "DEMO", "WEB", "MAKEFLAGS"):
        monkeypatch.setenv(name, "old")
    monkeypatch.setenv("L", "ru")
    found = environment({"DEMO": "new"}, "name")
    assert (found["DEMO"], found["AS"], found["L"]) == ("new", "name", "ru")
    assert not {"RUN", "WEB", "MAKEFLAGS"} & found.keys()
