"""Deadlocks, FIFOs that nobody opens, busy waiting: each with events that show it and a twin that nearly does."""

from __future__ import annotations

import pytest

from proclab import events as ev
from tests.unit.state_script import MS, Script, circles, family, findings, piped, plain, shown


def locking(second):
    """Two threads; 12 has A and wants B, 13 has B and wants `second`."""
    s = Script(8)
    s.thread(8, 12)
    s.thread(8, 13)
    s.got(12, "A#1")
    s.got(13, "B#1")
    s.want(12, "B#1")
    s.want(13, second)
    return s


def test_two_locks_in_opposite_order():
    s = locking("A#1")
    expected = [[(13, "A#1", 12), (12, "B#1", 13)]]
    assert circles(findings(s)) == expected
    s.exit(8)
    assert circles(findings(s)) == expected


def test_a_third_lock_is_no_circle():
    assert findings(locking("C#1")) == []


def test_a_lock_wait_that_gives_up_was_no_deadlock():
    s = locking("A#1")
    s.lock_failed(13, "A#1")
    assert findings(s) == []


def test_a_lock_that_its_owner_wants_again():
    s = Script(8)
    s.got(8, "A#1")
    s.want(8, "A#1")
    assert circles(findings(s)) == [[(8, "A#1", 8)]]


def test_three_philosophers_with_main_joining():
    s = Script(8)
    for tid, fork in ((11, "A"), (12, "B"), (13, "C")):
        s.thread(8, tid)
        s.got(tid, fork)
    s.want(8, "11", "thread")
    for tid, fork in ((11, "B"), (12, "C"), (13, "A")):
        s.want(tid, fork)
    (finding,) = findings(s)
    assert {task.pid for task in finding.tasks} == {11, 12, 13}


def test_two_full_pipes():
    """sysprog_apipe_duplex naive: both write first; a thread of the parent listens to the terminal."""
    s = Script(8)
    s.pipe(8, 3, 4)
    s.pipe(8, 5, 6)
    s.fork(8, 9)
    s.close(9, 4, 5)
    s.close(8, 3, 6)
    s.inherit(8, 0, "tty:/dev/pts/0")
    s.thread(8, 12)
    s.block(12, "read", 0)
    s.write(8, 4, 65536)
    s.write(9, 6, 65536)
    s.block(8, "write", 4)
    s.block(9, "write", 6)
    expected = [[(9, "pipe2", 8), (8, "pipe1", 9)]]
    assert circles(findings(s)) == expected
    s.read(12, 0, 2)
    s.kill(12, 9, "SIGTERM")
    s.killed(9, "SIGTERM")
    s.write(8, 4, error="EPIPE")
    assert circles(findings(s)) == expected
    assert findings(s, "deadlock")[0].until is not None


def test_a_pipe_that_is_read_after_all_was_no_deadlock():
    s = Script(8)
    s.pipe(8, 3, 4)
    s.pipe(8, 5, 6)
    s.fork(8, 9)
    s.close(9, 4, 5)
    s.close(8, 3, 6)
    s.thread(8, 12)
    s.block(8, "write", 4)
    s.block(9, "write", 6)
    s.read(12, 5, 10)  # another thread did it
    s.write(9, 6, 10)
    s.block(9, "write", 6)
    s.read(12, 5, 10)
    s.write(9, 6, 10)
    assert findings(s) == []


def test_lock_pipe_and_wait_mixed():
    """The parent has a file lock and waits for its child; the child wants the lock."""
    s = family()
    s.got(8, "/tmp/lock", "lock", how="flock")
    s.want(9, "/tmp/lock", "lock", how="flock")
    s.block(8, "wait4", target=-1)
    assert circles(findings(s)) == [[(8, "task", 9), (9, "/tmp/lock", 8)]]


def crossed():
    """A parent and its child have each locked a file, by descriptions of their own."""
    s = family()
    for pid, first, second in ((8, "/a", "/b"), (9, "/b", "/a")):
        s.open(pid, 3, first)
        s.open(pid, 4, second)
        s.flock(pid, 3)
    return s


def test_two_file_locks_in_the_opposite_order():
    s = crossed()
    s.block(8, "flock", 4)
    s.block(9, "flock", 4, line=7)
    assert circles(findings(s)) == [[(9, "file:/a", 8), (8, "file:/b", 9)]]
    (finding,) = findings(s, "deadlock")
    assert finding.line.number == 7


@pytest.mark.parametrize("change", ["unlocked", "closed", "handed on", "its own"])
def test_a_file_lock_that_somebody_else_can_still_free(change):
    s = crossed()
    if change == "handed on":
        s.fork(9, 10)  # who has the same description, and runs
    elif change == "unlocked":
        s.flock(9, 3, ev.LockReleased)
    elif change == "closed":
        s.close(9, 3)
    s.block(8, "flock", 4)
    s.block(9, "flock", 3 if change == "its own" else 4)
    assert findings(s, "deadlock") == []


def test_two_that_share_a_file_lock_and_both_want_it_alone():
    """Who converts a lock gives up the one it has: the second gets it."""
    s = family()
    for pid in (8, 9):
        s.open(pid, 3, "/a")
        s.flock(pid, 3)
    s.block(8, "flock", 3)
    s.block(9, "flock", 3)
    assert findings(s, "deadlock") == []


def test_a_deadlock_that_a_program_without_lines_closes_has_the_line_of_the_other():
    s = piped()
    s.block(8, "wait4", target=9, line=3)
    s.block(9, "write", 4)
    (finding,) = findings(s, "deadlock")
    assert finding.line.number == 3


def test_a_file_that_is_locked_by_another_description_of_the_same_process():
    s = Script(8)
    s.open(8, 3, "/a")
    s.open(8, 4, "/a")
    s.flock(8, 3)
    s.block(8, "flock", 4)
    assert circles(findings(s)) == [[(8, "file:/a", 8)]]


def test_a_fifo_that_nobody_opens_from_the_other_end():
    s = family()
    s.block(9, "openat", obj="fifo:/tmp/f", name="/tmp/f", line=3)
    (finding,) = findings(s, "fifo_alone")
    assert plain(finding) == {"kind": "fifo_alone", "task": 9, "proc": 9, "thing": "fifo:/tmp/f"}
    assert finding.line.number == 3
    assert not finding.accuses


@pytest.mark.parametrize("call", ["openat", "read"])
def test_a_fifo_that_somebody_has_opened_or_that_is_read(call):
    s = family()
    s.block(9, call, obj="fifo:/tmp/f", name="/tmp/f")
    if call == "openat":
        s.open(9, 3, "/tmp/f", what="fifo")
    assert findings(s, "fifo_alone") == []


def test_a_lock_that_goes_with_its_process():
    s = family()
    s.got(9, "/tmp/lock", how="flock")
    s.want(8, "/tmp/lock", how="flock")
    s.exit(9)
    assert findings(s, "deadlock") == []


def test_somebody_running_can_still_set_the_event():
    s = Script(8)
    s.thread(8, 12)
    s.want(12, "ready#1", "event")
    assert findings(s) == []
    s.want(8, "12", "thread")
    assert [finding.kind for finding in findings(s)] == ["deadlock"]
    assert circles(findings(s)) == [[(8, "12", 12), (12, "ready#1", 8)]]


def test_busy_waiting():
    s = family()
    for _ in range(20):
        s.wait(8, None, options="WNOHANG")
    s.exit(9)
    s.wait(8, 9)
    assert shown(s, "busy_wait") == [
        {"kind": "busy_wait", "task": 8, "proc": 8, "call": "wait4", "count": 20, "ns": 19 * MS}
    ]


def test_asking_with_a_sleep_in_between_is_not_busy():
    s = family()
    for _ in range(20):
        s.wait(8, None, options="WNOHANG")
        s.block(8, "clock_nanosleep")
        s.add(ev.Run, 8, call="clock_nanosleep")
    assert findings(s, "busy_wait") == []


def test_a_few_looks_are_not_busy():
    s = Script(8)
    s.pipe(8, 3, 4)
    for _ in range(9):
        s.read(8, 3, error="EAGAIN")
    assert findings(s) == []


def test_a_wait_that_is_about_to_end_keeps_nobody_stuck():
    """The holder of the write end joins a thread that has ended already: it will come back and may write."""
    s = Script(8)
    s.pipe(8, 3, 4)
    s.fork(8, 9)
    s.close(8, 4)
    s.want(9, "99", "thread")
    s.block(8, "read", 3)
    assert findings(s) == []


def test_full_pipes_from_outside_are_no_deadlock():
    s = Script(8)
    s.inherit(8, 1, "pipe1", "pipe", "O_RDWR")
    s.block(8, "write", 1)
    assert findings(s) == []


def test_a_parent_that_is_about_to_be_told_is_not_stuck():
    s = family()
    s.fork(8, 10)
    s.got(8, "/tmp/lock", how="flock")
    s.want(10, "/tmp/lock", how="flock")
    s.exit(9)
    s.block(8, "wait4", target=-1)
    assert findings(s, "deadlock") == []
