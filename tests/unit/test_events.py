"""The event types and their JSON Lines form."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proclab.errors import ProtocolError
from proclab.events import KINDS, Block, Call, Event, Fd, Fork, Gap, Line, Note, Read, Task
from proclab.events import log as eventlog
from tests.unit.any_events import events

MAIN = Task(8)
READ = Read(seq=57, t=1_795_399_442_027_000_001, dur=482, box="lab", task=Task(9), proc=MAIN, cause=(41,), call="read",
            line=Line("demo.py", 12), fd=3, of="o4", obj="pipe1", n=5, data="hello")  # fmt: skip


@given(st.lists(events(), max_size=5))
def test_a_log_of_any_events_comes_back_as_it_was(log):
    assert list(eventlog.read(eventlog.write(log))) == log


@given(events())
def test_an_event_is_one_line_of_ascii(event):
    line = eventlog.dumps(event)
    assert line.isascii()
    assert "\n" not in line
    assert json.loads(line)["type"] == event.kind


@given(
    st.text()
    | st.recursive(
        st.none() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.sampled_from(["v", "type", "t", "task", "proc", "fd"]), x),
    ).map(json.dumps)
)
def test_what_is_no_event_is_refused_with_one_exception(line):
    with pytest.raises(ProtocolError):
        eventlog.loads(line)


@given(st.lists(events(), min_size=1, max_size=3), st.data())
def test_a_truncated_log_gives_its_whole_lines_and_a_gap(log, data):
    text = eventlog.write(log)
    last = text.rindex("\n", 0, -1) + 1 if len(log) > 1 else len(text)
    cut = text[: data.draw(st.integers(last, len(text)))]
    told = list(eventlog.read(cut))
    whole = cut.count("\n")
    assert told[:whole] == log[:whole]
    assert all(isinstance(event, Gap) or event == log[-1] for event in told[whole:])


def test_the_line_is_short_and_readable():
    assert eventlog.dumps(READ) == (
        '{"v":2,"type":"read","seq":57,"t":1795399442027000001,"dur":482,"box":"lab","task":"9.1","proc":"8.1",'
        '"cause":[41],"line":{"file":"demo.py","number":12},"call":"read","fd":3,"of":"o4","obj":"pipe1","n":5,'
        '"data":"hello"}'
    )


def test_nested_records_come_back_typed():
    event = Fork(t=1, task=MAIN, proc=MAIN, child=Task(9, 2))
    assert eventlog.loads(eventlog.dumps(event)) == event
    event2 = Read(t=1, task=MAIN, proc=MAIN, fds=(Fd(4, "o9", True),))
    assert eventlog.loads(eventlog.dumps(event2)) == event2


def test_another_version_is_refused_by_name():
    with pytest.raises(ProtocolError, match="version 1;"):
        eventlog.loads('{"v":1,"type":"note","t":1,"task":"1.1","proc":"1.1"}')


def test_a_newer_logs_fields_and_types_can_be_looked_at():
    event = eventlog.loads('{"v":2,"type":"teleport","t":1,"task":"1.1","proc":"1.1","code":3,"to":"mars"}')
    assert isinstance(event, Note)
    assert (event.code, event.what) == ("unknown", "teleport")
    assert eventlog.loads('{"v":2,"type":"note","t":1,"task":"1.1","proc":"1.1","new":{}}').kind == "note"


def test_a_log_that_breaks_off_in_its_first_line_is_refused():
    with pytest.raises(ProtocolError):
        list(eventlog.read('{"v":2,"ty'))


def test_every_kind_has_a_name_of_its_own_a_docstring_and_no_hidden_fields():
    assert len({cls.kind for cls in KINDS.values()}) == len(KINDS) == 41
    assert all(cls.__doc__ and not cls.__doc__.startswith(cls.__name__ + "(") for cls in KINDS.values())
    assert all(issubclass(cls, Event) for cls in KINDS.values())


def test_events_are_frozen_and_know_when_they_were_over():
    with pytest.raises(FrozenInstanceError):
        READ.n = 6
    assert READ.end == READ.t + 482
    assert Block(t=7, dur=None, task=MAIN, proc=MAIN).end == 7
    assert isinstance(READ, Call)


def test_a_task_is_written_with_its_incarnation():
    assert str(Task(8, 2)) == "8.2"
    assert str(Line("demo.py", 3, "x = 1")) == "demo.py:3"
