"""A dialogue with a program that runs: what is sent, what is waited for, and what is made of a line that is missing."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest

from proclab.engine import Outcome
from proclab.grading import CheckFailed, Done, Verdict
from proclab.grading.dialogue import dialogue, ended_by, in_time
from proclab.grading.done import Request

TURNS = ("one", "eno"), ("a+b", "b+a")


class Echo:
    """A program that says these lines, one for each that it is sent."""

    def __init__(self, *says: str) -> None:
        self.says = list(says)
        self.heard: dict[str, object] = {}
        self.log: list[str] = []

    def send_line(self, line: str) -> None:
        self.log.append(line)

    def wait_for_line(self, pattern: str) -> re.Match[str] | None:
        self.log.append("?")
        return re.search(pattern, self.says.pop(0)) if self.says else None

    def end_input(self) -> None:
        self.log.append("end")

    def signal(self, name: str, group: bool) -> None:
        self.log.append(f"{name} {group}")


def after(program: Echo, act: Any) -> Echo:
    act(cast(Any, program))
    return program


def test_a_line_is_sent_when_the_one_before_has_been_answered():
    program = after(Echo("eno", "b+a"), dialogue(*TURNS))
    assert program.log == ["one", "?", "a+b", "?", "end"]
    assert program.heard == {}


def test_the_first_line_that_is_missing_is_noted_and_ends_the_dialogue():
    program = after(Echo("enough"), dialogue(*TURNS))
    assert program.log == ["one", "?", "end"]
    assert program.heard == {"late": 1}


def test_dialogues_have_a_name_of_their_own():
    assert dialogue(*TURNS).__qualname__ != dialogue(("one", "eno")).__qualname__
    assert dialogue(*TURNS).__qualname__ == dialogue(*TURNS).__qualname__
    assert ended_by("TERM", after="up").__qualname__ != ended_by("INT", after="up").__qualname__


def test_the_signal_comes_after_the_line_and_goes_to_the_group():
    assert after(Echo("up"), ended_by("TERM", after="up")).log == ["?", "TERM True"]


def over(heard: dict[str, object], **outcome: Any) -> Done:
    return Done(Request(("duplex.py",)), Outcome(**outcome), heard)


def test_a_line_that_came_is_in_time():
    done = over({}, exit_code=0)
    assert in_time(done, "no_answer") is done


@pytest.mark.parametrize("outcome", [{"timeout": "idle"}, {"exit_code": 0}])
def test_a_line_that_did_not_come_is_what_was_seen(outcome):
    with pytest.raises(CheckFailed) as raised:
        in_time(over({"late": 2}, **outcome), "no_answer")
    assert (raised.value.verdict, raised.value.seen.code) == (Verdict.FAIL, "no_answer")
    assert raised.value.seen.values == {"number": 2}


def test_a_program_that_does_not_end_after_the_dialogue_is_late_for_another_reason():
    with pytest.raises(CheckFailed) as raised:
        in_time(over({}, timeout="cpu"), "no_answer")
    assert raised.value.verdict is Verdict.TIMEOUT
