"""What checks take from a run's events and lines; each with a twin that is nearly the same and isn't it."""

from __future__ import annotations

import pytest

from proclab import events as ev
from proclab.events import Task
from proclab.grading.facts import forked, handed_on, never_closed, numbers, reaped
from tests.unit.state_script import Script, family

PARENT, CHILD = Task(8), Task(9)


def ended(**wait):
    s = family()
    s.exit(9)
    s.add(ev.Wait, 8, call="wait4", **{"child": CHILD, "pid": 9, "how": "exited", "reaped": True} | wait)
    return s.events


def test_who_was_forked_and_reaped_and_by_whom():
    assert forked(ended()) == {CHILD: PARENT}
    assert reaped(ended()) == {CHILD: PARENT}


def test_a_fork_that_failed_has_made_nobody():
    s = Script(8)
    s.add(ev.Fork, 8, call="clone", error="EAGAIN")
    assert forked(s.events) == {}


def test_who_was_only_looked_at_is_not_reaped():
    assert reaped(ended(reaped=False)) == {}
    assert reaped(ended(child=None, how="nothing", reaped=False)) == {}


def started(fd=10, *, closed=(), error=""):
    s = family()
    s.open(9, fd, "/secret", "O_RDONLY")
    s.add(ev.Exec, 9, call="execve", path="/bin/cat", argv=("cat",), closed=closed, error=error)
    return s.events


def test_what_a_started_program_was_handed():
    assert handed_on(started()) == [10]


@pytest.mark.parametrize("how", [{"closed": (10,)}, {"fd": 1}, {"error": "ENOENT"}], ids=str)
def test_nothing_is_handed_on_that_is_closed_or_standard_or_where_exec_has_failed(how):
    assert handed_on(started(**how)) == []


def test_what_the_recorders_own_program_has_open_is_not_handed_on():
    s = Script(8)
    s.open(8, 10, "/secret", "O_RDONLY")
    s.exec(8, "/bin/cat")
    assert handed_on(s.events) == []


def test_what_comes_from_outside_is_not_handed_on_by_the_program():
    s = Script(8)
    s.inherit(8, 10, "file:/log", "file")
    s.fork(8, 9)
    s.exec(9, "/bin/cat")
    assert handed_on(s.events) == []


def opened(close, path="in", by=8):
    s = family()
    for fd in (5, 6):
        s.open(by, fd, path, "O_RDONLY")
    for fd in close:
        s.close(by, fd)
    return s.events


def test_how_often_a_file_was_opened_and_not_closed():
    assert never_closed(opened(()), "in") == 2
    assert never_closed(opened((6,)), "in") == 1
    assert never_closed(opened((5, 6)), "in") == 0


def test_other_files_and_the_files_of_children_do_not_count():
    assert never_closed(opened((), path="other"), "in") == 0
    assert never_closed(opened((), by=9), "in") == 0
    assert never_closed([], "in") == 0


def test_lines_of_so_many_numbers():
    assert numbers(["9 137", "ok", "10 0", "1 2 3", ""], 2) == [(9, 137), (10, 0)]


@pytest.mark.parametrize("line", ["9  137", " 9 137", "9 -1", "9 ١", "9 1e3", "9 " + "1" * 5000, "9 1\x00"])
def test_what_only_looks_like_numbers_is_none(line):
    assert numbers([line], 2) == []
