"""Facts held against the script: what passes, and each way in which a demo can fail to show its phenomenon."""

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proclab.errors import ProtocolError
from proclab.labs import complaints, performances
from proclab.labs.lab import parse as parse_lab
from tests.unit.conducted import BOTH, FACTS, STEPS


def lab(steps):
    demo = {"name": "fork", "title": BOTH, "scene": [{"step": steps}]}
    return parse_lab({"title": BOTH, "services": ["lab-1"], "demo": [demo]}, Path("labs/1-x"))


def judged(facts, steps=STEPS):
    return complaints(lab(steps), performances("\n".join(json.dumps(fact) for fact in facts)))


def with_fact(index, **change):
    return [fact | change if i == index else fact for i, fact in enumerate(FACTS)]


def test_facts_that_show_all_that_was_promised_pass():
    assert judged(FACTS) == []


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        (with_fact(6, text="   8 x S"), "MISSING"),
        (with_fact(6, text="  18 x Z"), "MISSING"),
        (with_fact(6, text="   8 x Z\ncat"), "BAD"),
        (with_fact(8, exit=1), "not exit 0"),
        (with_fact(8, exit=None, signal="KILL"), "not exit 0"),
        ([*FACTS[:4], FACTS[4], *FACTS[4:]], "is in 2 lines, not 1…1"),
        (with_fact(4, text="nothing"), "is in 0 lines, not 1…1"),
        ([*FACTS[:6], {"fact": "overdue", "do": "panel", "of": None, "lack": "panel", "wanted": ["Z"]}], "overdue"),
        ([*FACTS, {"fact": "killed", "of": "demo", "pid": 7}], "killed"),
        ([*FACTS[:7], *FACTS[8:]], "send was followed by"),
        (FACTS[:3], "start was followed by {'fact': 'nothing'}"),
        (FACTS[:2], "was not played"),
        ([], "was not played"),
    ],
)
def test_a_phenomenon_that_is_not_in_the_facts_is_named(facts, complaint):
    found = judged(facts)
    assert len(found) == 1
    assert complaint in found[0]


def test_a_count_printed_by_a_program_is_not_a_count():
    forged = [*FACTS[:4], {"fact": "line", "of": "demo", "text": '{"fact": "count", "count": 1}'}, *FACTS[5:]]
    assert "is in 0 lines" in judged(forged)[0]


def test_a_signal_that_could_not_be_sent_is_named():
    steps = [STEPS[0], {"do": "signal", "signal": "TERM"}]
    sent = {"fact": "signal", "signal": "TERM", "pid": 7}
    assert judged([*FACTS[:4], sent], steps) == []
    assert "could not be sent" in judged([*FACTS[:4], sent | {"error": "No such process"}], steps)[0]


@pytest.mark.parametrize(("bounds", "fine"), [({"min": 2}, False), ({"min": 1}, True), ({"max": 0}, False), ({}, True)])
def test_a_count_has_bounds(bounds, fine):
    steps = [*STEPS[:2], {"do": "show", "line": "child", **bounds}]
    assert (judged([*FACTS[:6], FACTS[9]], steps) == []) == fine


@pytest.mark.parametrize("text", ["no json", "[]", "3", '{"not": "a fact"}'])
def test_a_line_that_is_no_fact_is_our_fault(text):
    with pytest.raises(ProtocolError):
        performances(text)


@given(st.text())
def test_any_text_is_facts_or_a_protocol_error(text):
    with contextlib.suppress(ProtocolError):
        assert isinstance(performances(text), list)
