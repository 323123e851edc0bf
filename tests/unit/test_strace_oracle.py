"""What the events say of every descriptor equals what `strace -yy` printed in the same run.

The parser doesn't look at the decorations (but for descriptors whose making it hasn't seen), so they are a witness of
their own. Tables are kept here by the four rules of docs/events.md, and by nothing of the parser's.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from proclab.events import (
    Accept,
    Event,
    FdFlags,
    Gap,
    Inherit,
    Other,
    Thread,
)
from proclab.strace import Program, read
from proclab.strace.tokens import DECORATION, tokens
from tests.unit import recordings
from tests.unit.oracle import (
    Tables,
    disagreements,
    exchanged,
    said_by_strace,
    said_in_one_log,
)

WITNESSED = [name for name in recordings.NAMES if name.startswith("yy-")]


def test_a_connection_that_goes_to_the_wrong_client_is_seen():
    lines = said_by_strace(recordings.programs("yy-refused")[0].logs)
    found = recordings.events("yy-refused")
    assert exchanged(lines, found) == ([], 1)
    other = [replace(event, addr="127.0.0.1:1") if isinstance(event, Accept) else event for event in found]
    assert len(exchanged(lines, other)[0]) == 1


@pytest.mark.parametrize("name", WITNESSED)
def test_every_connection_goes_to_the_client_that_strace_says(name):
    (program,) = recordings.programs(name)
    assert exchanged(said_by_strace(program.logs), recordings.events(name))[0] == []


@pytest.mark.parametrize("name", WITNESSED)
def test_every_descriptor_is_what_strace_says_it_is(name):
    (program,) = recordings.programs(name)
    wrong, asked = disagreements(said_by_strace(program.logs), recordings.events(name))
    assert not wrong
    assert asked > 50


@pytest.mark.parametrize("name", [name for name in recordings.NAMES if name.startswith("f-") and "-yy" in name])
def test_every_descriptor_in_one_log_is_what_strace_says_it_is(name):
    (program,) = recordings.programs(name)
    wrong, asked = disagreements(said_in_one_log(program.text), recordings.events(name))
    assert not wrong
    assert asked > 50


@pytest.mark.parametrize("name", WITNESSED)
def test_nothing_is_taken_in_that_the_recorder_did_not_list(name):
    guessed = [event for event in recordings.events(name) if isinstance(event, Inherit) and not event.exact]
    lost = recordings.kind(name) == "yy-exec_thread"  # strace loses a call there: the events say so
    assert bool(guessed) == lost == any(isinstance(event, Gap) for event in recordings.events(name))


@pytest.mark.parametrize("name", WITNESSED)
def test_descriptors_of_one_description_are_told_alike(name):
    """fork, dup and passing never change what a description leads to."""
    tables = Tables()
    for event in recordings.events(name):
        tables.apply(event)
        of, obj = getattr(event, "of", ""), getattr(event, "obj", "")
        if of and obj and not isinstance(event, Accept | FdFlags | Thread):
            assert tables.object_of[of] == obj


@pytest.mark.parametrize("name", WITNESSED)
def test_the_same_log_without_y_gives_the_same_events(name):
    """The decorations are a witness, no source: without them nothing is lost."""
    bare = [
        Program({tid: undecorated(text) for tid, text in program.logs.items()}, start=program.start, box=program.box)
        for program in recordings.programs(name)
    ]
    events = read(bare, recordings.sources(name))
    if recordings.kind(name) != "yy-exec_thread":
        assert [_bare(event) for event in events] == [_bare(event) for event in recordings.events(name)]


def undecorated(text: str) -> str:
    return "".join(token for token in tokens(text) if not re.fullmatch(DECORATION, token))


def _bare(event: Event) -> Event:
    return replace(event, text="") if isinstance(event, Other) else event
