"""Facts from the guest: checked, whatever comes; outcomes and counters made of them."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proclab.clock import Deadline
from proclab.engine import Outcome, Owner, cgroup, owner_of
from proclab.engine.messages import LINE, message
from proclab.engine.outcome import shell_status
from proclab.errors import ProtocolError
from proclab.text import signal_name

EXIT = {"event": "exit", "id": 1, "code": None, "signal": 9, "timeout": None, "wall": 1, "user": 0.5, "system": 0.5}
EXIT |= {"max_rss": 1, "taken": 0, "streams": {"stdout": {"cut": 0, "tail": ""}}}
CLOSED = {"event": "closed", "leftovers": [{"pid": 1, "ppid": 1, "state": "S", "command": "x"}], "leftover_count": 1}
CLOSED |= {"litter": [], "doubts": [], "oom_kills": 0, "pids_hits": 0}


@pytest.mark.parametrize("good", [EXIT, CLOSED, {"event": "started", "id": 1, "pid": 2}])
def test_a_fact(good):
    assert message(json.dumps(good)) == good


@pytest.mark.parametrize(
    "line",
    [
        "",
        "no json",
        "[]",
        "{}",
        '{"event": "score", "value": 100}',
        '{"event": ["exit"]}',
        '{"event": "started", "id": "1", "pid": 2}',
        '{"event": "started", "id": true, "pid": 2}',
        '{"event": "started", "id": 1}',
        json.dumps(EXIT | {"wall": "1"}),
        json.dumps(EXIT).replace("0.5", "NaN"),
        json.dumps(EXIT).replace("0.5", "1e999"),
        json.dumps(EXIT).replace("0.5", "-0.5"),
        json.dumps(EXIT | {"max_rss": 2**63}),
        json.dumps(EXIT | {"signal": -9}),
        json.dumps(EXIT | {"timeout": "soon"}),
        json.dumps(EXIT | {"streams": {"stdout": {"cut": -1, "tail": ""}}}),
        json.dumps(CLOSED | {"leftover_count": -1}),
        json.dumps(EXIT | {"streams": {"stdout": []}}),
        json.dumps(EXIT | {"streams": {"stdout": {"cut": -1.5, "tail": ""}}}),
        json.dumps(CLOSED | {"leftovers": [{"pid": 1}]}),
        json.dumps(CLOSED | {"leftovers": [7]}),
        json.dumps(CLOSED | {"doubts": True}),
        "[" * 100_000,
        '{"event": "opened", "cwd": "' + "x" * LINE + '"}',
    ],
)
def test_what_is_no_fact_is_a_protocol_error(line):
    with pytest.raises(ProtocolError):
        message(line)


@given(st.text())
def test_any_text_is_a_fact_or_a_protocol_error(line):
    with contextlib.suppress(ProtocolError):
        message(line)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda v: st.lists(v) | st.dictionaries(st.text(), v),
    max_leaves=5,
)


@settings(max_examples=100)
@given(
    st.dictionaries(st.sampled_from([*EXIT, *CLOSED]), json_values, max_size=6),
    st.sampled_from(["exit", "closed", "failed"]),
)
def test_any_json_is_a_fact_or_a_protocol_error(body, event):
    with contextlib.suppress(ProtocolError):
        message(json.dumps({**body, "event": event}))


@pytest.mark.parametrize(
    ("status", "told"),
    [(0, (0, None)), (128, (128, None)), (137, (None, "SIGKILL")), (143, (None, "SIGTERM")), (255, (255, None))],
)
def test_a_shells_status(status, told):
    assert shell_status(status) == told


def test_signals_by_name():
    assert (signal_name(15), signal_name(40)) == ("SIGTERM", "SIGRTMIN+6")


@pytest.mark.parametrize(
    ("outcome", "told", "ok"),
    [
        (Outcome(exit_code=0), "exit code 0", True),
        (Outcome(exit_code=3), "exit code 3", False),
        (Outcome(signal="SIGTERM"), "killed by SIGTERM", False),
        (Outcome(exit_code=0, oom_kills=1), "out of memory", False),
        (Outcome(signal="SIGKILL", timeout="wall"), "stopped: time is up", False),
        (Outcome(signal="SIGXCPU", timeout="cpu"), "stopped: its CPU time is up", False),
        (Outcome(signal="SIGKILL", timeout="output"), "stopped: it printed too much", False),
        (Outcome(failed="ENOENT"), "could not be started: ENOENT", False),
        (Outcome(broken="the container is paused"), "not known: the container is paused", False),
        (Outcome(broken="the container ended (137)", oom_kills=1), "out of memory", False),
    ],
)
def test_an_outcome_in_words(outcome, told, ok):
    assert (outcome.in_words(), outcome.ok) == (told, ok)


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("low 0\noom_kill 3\n", "oom_kill", 3),
        ("oom_kill_disable 0\nunder_oom 0\noom_kill 1\n", "oom_kill", 1),
        ("max 7", "max", 7),
        ("oom_kill x", "oom_kill", None),
        ("", "max", None),
    ],
)
def test_a_control_groups_counter(text, key, value):
    assert cgroup.counter(text, key) == value


@pytest.mark.parametrize(
    "place",
    ["system.slice/docker-ID.scope/{}", "docker/ID/{}", "{0}/docker/ID/{1}", "{0}/system.slice/docker-ID.scope/{1}"],
    ids=["v2 systemd", "v2 cgroupfs", "v1 cgroupfs", "v1 systemd"],
)
def test_counters_are_found_in_every_version_and_with_every_driver(tmp_path, place):
    first = "{0}" in place
    memory = place.format("memory", "memory.oom_control") if first else place.format("memory.events")
    pids = place.format("pids", "pids.events") if first else place.format("pids.events")
    for name, text in ((memory, "oom_kill 2\n"), (pids, "max 5\n")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert cgroup.read("ID", tmp_path) == (2, 5)
    assert cgroup.read("other", tmp_path) == (None, None)


def test_a_deadline_does_not_move():
    now = [100.0]
    deadline = Deadline.after(5, lambda: now[0])
    assert (deadline.left, deadline.passed) == (5, False)
    now[0] = 107
    assert (deadline.left, deadline.passed) == (0, True)


def test_owners_are_told_apart_and_names_are_unique():
    assert owner_of(Path("/a"), "x") != owner_of(Path("/b"), "x") != owner_of(Path("/b"), "y")
    owner = Owner("me")
    assert owner.run != Owner("me").run
    assert len({owner.unique("lab-1") for _ in range(100)}) == 100
    labels = owner.labels(60)
    assert (labels["proclab"], labels["proclab.owner"], labels["proclab.run"]) == ("1", "me", owner.run)
