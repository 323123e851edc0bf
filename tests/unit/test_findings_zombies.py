"""Zombies, orphans, threads that are left: each with events that show it and a twin that nearly does."""

from __future__ import annotations

from proclab import events as ev
from proclab.events import Task
from proclab.findings import derive
from tests.unit.state_script import MS, Script, family, findings, shown


def test_zombie_and_for_how_long():
    s = family()
    s.exit(9)
    s.block(8, "clock_nanosleep")
    s.wait(8, 9, after=249 * MS)
    assert shown(s) == [{"kind": "zombie", "proc": 9, "parent": 8, "ns": 250 * MS}]


def test_no_zombie_when_the_parent_waits_already():
    s = family()
    s.block(8, "wait4", target=9)
    s.exit(9)
    s.wait(8, 9, after=250 * MS)
    assert findings(s) == []


def test_no_zombie_when_the_parent_is_about_to_wait():
    s = family()
    s.exit(9)
    s.write(8, 1, 5)
    s.wait(8, 9)
    assert findings(s) == []


def test_a_zombie_while_the_parent_stands_still_elsewhere():
    s = family()
    s.exit(9)
    s.block(8, "clock_nanosleep")
    s.add(ev.Run, 8, call="clock_nanosleep")
    s.wait(8, 9)
    assert [finding.kind for finding in findings(s)] == ["zombie"]


def test_zombie_that_a_wnowait_has_only_looked_at():
    s = family()
    s.block(8, "wait4", target=9)
    s.exit(9)
    s.wait(8, 9, reaped=False)
    s.block(8, "clock_nanosleep")
    s.wait(8, 9, after=130 * MS)
    assert [finding.kind for finding in findings(s)] == ["zombie"]


def test_unreaped_at_the_end():
    s = family()
    s.exit(9)
    s.block(8, "clock_nanosleep", after=100 * MS)
    assert shown(s) == [{"kind": "unreaped", "proc": 9, "parent": 8, "ns": 100 * MS, "parent_ended": False}]


def test_a_parent_that_ends_without_reaping():
    s = family()
    s.exit(9)
    s.exit(8, after=20 * MS)
    assert shown(s) == [{"kind": "unreaped", "proc": 9, "parent": 8, "ns": 20 * MS, "parent_ended": True}]


def test_the_first_process_is_nobodys_zombie():
    s = Script(8)
    s.exit(8)
    assert findings(s) == []


def test_orphan_and_new_parent():
    s = Script(7)
    s.fork(7, 8)
    s.fork(8, 9)
    s.block(7, "wait4", target=8)
    s.exit(8)
    s.wait(7, 8)
    assert shown(s) == [{"kind": "orphan", "proc": 9, "parent": 8}]
    s.add(ev.Orphan, 9, parent=Task(7))
    assert shown(s, "orphan") == [{"kind": "orphan", "proc": 9, "parent": 8, "new": 7}]


def test_no_orphan_when_the_child_ends_first():
    s = family()
    s.block(8, "wait4", target=9)
    s.exit(9)
    s.wait(8, 9)
    s.exit(8)
    assert findings(s) == []


def test_threads_alive_when_main_ended():
    s = Script(8)
    s.thread(8, 12)
    s.thread(8, 13)
    s.add(ev.ThreadExit, 12, called=False)  # the kernel ends it, then its process
    s.exit(8)
    assert shown(s) == [{"kind": "threads_left", "proc": 8, "threads": [12, 13]}]


def test_no_thread_left_when_they_ended_by_themselves():
    s = Script(8)
    s.thread(8, 12)
    s.add(ev.ThreadExit, 12)
    s.exit(8)
    assert findings(s) == []


def test_a_zombie_whose_parent_came_late_to_wait():
    s = family()
    s.exit(9)
    s.block(8, "clock_nanosleep")
    s.add(ev.Run, 8, call="clock_nanosleep")
    s.block(8, "wait4", target=9)
    s.wait(8, 9)
    assert [finding.kind for finding in findings(s)] == ["zombie"]


def test_an_orphan_with_an_ended_new_parent_becomes_nobodys_zombie():
    s = Script(7)
    s.fork(7, 8)
    s.fork(8, 9)
    s.exit(8)
    s.add(ev.Orphan, 9, parent=Task(8))
    s.exit(9)
    assert findings(s, "unreaped") == [finding for finding in findings(s, "unreaped") if finding.proc == Task(8)]


def test_facts_have_a_time():
    s = family()
    begin = s.exit(9)
    s.block(8, "clock_nanosleep")
    end = s.wait(8, 9, after=250 * MS)
    (zombie,) = derive(s.events)
    assert (zombie.seq, zombie.until) == (begin, end)


def test_an_unremarkable_program_gives_no_facts():
    s = Script(8)
    s.inherit(8, 0, "tty:/dev/pts/0")
    s.pipe(8, 3, 4, cloexec=True)
    s.fork(8, 9)
    s.close(9, 3)
    s.close(8, 4)
    s.block(8, "read", 3)
    s.write(9, 4, 5)
    s.read(8, 3, 5)
    s.block(8, "read", 3)
    s.exit(9)
    s.read(8, 3, 0)
    s.wait(8, 9, block=None)
    s.exit(8)
    assert findings(s) == []
