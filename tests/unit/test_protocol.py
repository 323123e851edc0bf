"""Orders and messages, each in its time: what is legal is taken, all else is a ProtocolError, whatever the bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proclab.engine.protocol import Protocol
from proclab.errors import ProtocolError

OPENED = {"event": "opened", "cwd": "/work/1"}
STARTED = {"event": "started", "id": 1, "pid": 7}
FAILED = {"event": "failed", "id": 1, "errno": "ENOENT", "text": "no such file"}
OUTPUT = {"event": "output", "id": 1, "stream": "stdout", "data": "x"}
TIMES = {"wall": 1.0, "user": 0.0, "system": 0.0, "max_rss": 1, "taken": 0}
EXIT: dict[str, Any] = {"event": "exit", "id": 1, "code": 0, "signal": None, "timeout": None, **TIMES, "streams": {}}
COUNTS = {"leftover_count": 0, "oom_kills": 0, "pids_hits": 0}
CLOSED = {"event": "closed", "leftovers": [], "litter": [], "doubts": [], **COUNTS}
ALL = [OPENED, STARTED, FAILED, OUTPUT, EXIT, CLOSED]
RUN = [{"do": "open"}, {"do": "start", "id": 1}, {"do": "close"}]


def lines(*messages):
    return b"".join(json.dumps(each).encode() + b"\n" for each in messages)


def ordered(*orders):
    protocol = Protocol()
    for order in orders:
        protocol.order(order)
    return protocol


def test_a_run_that_is_ordered_at_once_is_answered_step_by_step():
    protocol = ordered(*RUN)
    assert not protocol.heard
    for answer in (OPENED, STARTED, OUTPUT, OUTPUT, EXIT):
        assert protocol.receive(lines(answer)) == [answer]
        assert (protocol.run, protocol.heard) == ("closing", True)
    protocol.receive(lines(CLOSED))
    assert protocol.run == "idle"
    assert protocol.order({"do": "open"}) == '{"do": "open"}', "and the next run may begin"


def test_a_running_program_is_quiet_as_often_as_it_is_and_one_that_has_ended_never():
    protocol = ordered(*RUN[:2], {"do": "quiet", "id": 1, "seconds": 0.3})
    quiet = {"event": "quiet", "id": 1}
    assert protocol.receive(lines(OPENED, STARTED, quiet, quiet, EXIT))[2:4] == [quiet, quiet]
    with pytest.raises(ProtocolError, match="quiet of program 1, which is not running"):
        protocol.receive(lines(quiet))


def test_a_program_that_can_not_be_started_has_ended():
    protocol = ordered(*RUN)
    protocol.receive(lines(OPENED, FAILED))
    with pytest.raises(ProtocolError, match="output of program 1, which is not running"):
        protocol.receive(lines(OUTPUT))


@pytest.mark.parametrize(
    ("before", "order"),
    [
        ([], {"do": "close"}),
        ([], {"do": "start", "id": 1}),
        (RUN[:1], {"do": "open"}),
        (RUN[:2], {"do": "start", "id": 1}),
        (RUN[:1], {"do": "input", "id": 1, "data": ""}),
        (RUN[:1], {"do": "quiet", "id": 1, "seconds": 0.3}),
        (RUN, {"do": "close"}),
        (RUN, {"do": "open"}),
        (RUN, {"do": "start", "id": 2}),
        ([], {"do": "dance"}),
    ],
)
def test_an_order_out_of_its_time_is_refused(before, order):
    with pytest.raises(ProtocolError, match="while the run is"):
        ordered(*before).order(order)


@pytest.mark.parametrize(
    ("orders", "answers"),
    [
        ([], [OPENED]),
        (RUN, [CLOSED]),
        (RUN, [OPENED, OPENED]),
        (RUN[:2], [OPENED, CLOSED]),
        (RUN, [OPENED, CLOSED, CLOSED]),
        (RUN[:1], [OPENED, STARTED]),
        (RUN, [OPENED, OUTPUT]),
        (RUN, [OPENED, EXIT]),
        (RUN, [OPENED, STARTED, STARTED]),
        (RUN, [OPENED, STARTED, FAILED]),
        (RUN, [OPENED, STARTED, EXIT, EXIT]),
        (RUN, [OPENED, STARTED, EXIT, OUTPUT]),
        (RUN, [OPENED, STARTED, CLOSED, EXIT]),
    ],
)
def test_a_message_out_of_its_time_is_refused(orders, answers):
    protocol = ordered(*orders)
    protocol.receive(lines(*answers[:-1]))
    with pytest.raises(ProtocolError):
        protocol.receive(lines(answers[-1]))


def test_a_program_that_has_ended_may_still_be_sent_input():
    protocol = ordered(*RUN)
    protocol.receive(lines(OPENED, STARTED, EXIT))
    assert json.loads(protocol.order({"do": "input", "id": 1, "data": "x"}))["data"] == "x"


def outcome(pieces):
    """The messages that come of these bytes, or what is said of them."""
    protocol, found = ordered(*RUN), []
    try:
        for piece in pieces:
            found += protocol.receive(piece)
    except ProtocolError as error:
        return str(error)
    return found, protocol.run


@given(st.lists(st.sampled_from(ALL), max_size=8), st.data())
def test_it_does_not_matter_how_the_bytes_are_cut(answers, data):
    text = lines(*answers)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert outcome(pieces) == outcome([lines(each) for each in answers])


@given(st.lists(st.binary(max_size=40) | st.sampled_from(ALL).map(lines), max_size=6))
def test_whatever_the_guest_sends_comes_to_messages_or_to_one_exception(pieces):
    end = outcome(pieces)
    assert isinstance(end, str) or end[1] in ("closing", "idle")


@given(st.lists(st.sampled_from(ALL), max_size=8))
def test_nothing_comes_of_a_program_that_was_not_ordered_and_a_run_is_closed_once(answers):
    end = outcome([lines(each | {"id": 2} if "id" in each else each) for each in answers])
    if not isinstance(end, str):
        assert all("id" not in each for each in end[0])
        assert [each["event"] for each in end[0]] in ([], ["opened"], ["opened", "closed"])
