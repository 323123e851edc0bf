"""What all findings have in common: when two of them are the same one, and whom they speak of."""

from dataclasses import fields, replace

import pytest

from proclab.events import Line, Task
from proclab.state.records import Closed, Holder, Object
from tests.unit.found import FOUND, NINE, P9, no_eof, peer_closed, unreaped


@pytest.mark.parametrize("finding", FOUND.values(), ids=FOUND)
def test_a_finding_is_the_same_one_for_as_long_as_it_lasts(finding):
    assert replace(finding, seq=99, until=100, line=Line("a.py", 5)).key == finding.key
    assert replace(finding, box="elsewhere").key != finding.key
    assert hash(finding.key) == hash(replace(finding, seq=99).key)


def test_how_long_it_has_lasted_makes_no_other_finding():
    assert replace(unreaped(), ns=5).key == unreaped().key
    assert replace(unreaped(), proc=Task(10)).key != unreaped().key


def test_what_else_is_known_of_an_object_or_a_holder_makes_no_other_finding():
    known = Object("pipe1", "pipe", made=7, maker=P9)
    assert replace(no_eof(NINE), thing=known).key == no_eof(NINE).key
    assert no_eof(replace(NINE, of="o77")).key == no_eof(NINE).key
    assert no_eof(Holder(P9, 6, "o2")).key != no_eof(NINE).key
    assert replace(no_eof(NINE), thing=Object("pipe2", "pipe")).key != no_eof(NINE).key


def test_fields_that_pass_exist():
    for finding in FOUND.values():
        assert finding.passing <= {field.name for field in fields(finding)}


def test_whom_a_finding_speaks_of():
    assert [task.pid for task in FOUND["deadlock"].tasks] == [8, 9]
    assert [task.pid for task in no_eof(NINE).tasks] == [8, 9]
    assert [task.pid for task in peer_closed(closer=Closed(P9, 1)).tasks] == [8, 9]
    assert FOUND["not_whole"].tasks == ()
