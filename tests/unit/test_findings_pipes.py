"""Pipes: no end of file, writes that nobody can read: each with events that show it and a twin that nearly does."""

from __future__ import annotations

from proclab.state import reduce
from tests.unit.state_script import MS, Script, findings, piped, shown


def test_every_holder_of_each_end():
    s = piped()
    s.dup(9, 4, 1)
    box = reduce(s.events).only
    assert [(one.proc.pid, one.fd) for one in box.holders("pipe1", "read")] == [(8, 3)]
    assert [(one.proc.pid, one.fd) for one in box.holders("pipe1", "write")] == [(8, 4), (9, 1), (9, 4)]
    s.close(8, 3)
    assert reduce(s.events).only.holders("pipe1", "read") == ()


def test_a_reader_that_has_itself_to_blame():
    s = piped()
    s.write(9, 4, 5)
    s.read(8, 3, 5)
    s.block(8, "read", 3)
    s.exit(9)
    assert shown(s, "no_eof") == [
        {"kind": "no_eof", "task": 8, "proc": 8, "fd": 3, "thing": "pipe1", "holders": [(8, 4)], "ever": True}
    ]


def test_a_reader_whose_writer_is_there_can_see_the_end():
    s = piped()
    s.close(8, 4)
    s.write(9, 4, 5)
    s.read(8, 3, 5)
    s.block(8, "read", 3)
    s.exit(9)
    s.read(8, 3, 0)
    assert findings(s, "no_eof", "deadlock") == []


def test_an_inherited_write_end_is_to_blame():
    """sysprog_apipe inherit: a second child holds the write end, writes nothing, and reads the terminal."""
    s = piped()
    s.fork(8, 10)
    s.close(8, 4)
    s.inherit(10, 0, "tty:/dev/pts/0")
    s.block(10, "read", 0)
    s.write(9, 4, 5)
    s.read(8, 3, 5)
    s.block(8, "read", 3)
    s.exit(9)
    assert shown(s, "no_eof") == [
        {"kind": "no_eof", "task": 8, "proc": 8, "fd": 3, "thing": "pipe1", "holders": [(10, 4)], "ever": False}
    ]
    s.read(10, 0, 2, after=500 * MS)
    s.exit(10)
    s.read(8, 3, 0)
    assert shown(s, "no_eof") == [
        {
            "kind": "no_eof",
            "task": 8,
            "proc": 8,
            "fd": 3,
            "thing": "pipe1",
            "holders": [(10, 4)],
            "ever": False,
            "eof": True,
        }
    ]


def test_who_writes_after_all_was_not_to_blame():
    s = piped()
    s.fork(8, 10)
    s.close(8, 4)
    s.write(9, 4, 5)
    s.read(8, 3, 5)
    s.block(8, "read", 3)
    s.exit(9)
    s.write(10, 4, 5, after=500 * MS)
    s.read(8, 3, 5)
    assert findings(s, "no_eof") == []


def test_all_stuck_reader_can_never_see_the_end():
    """The parent waits for a child that waits for the end of what the parent could still write."""
    s = Script(8)
    s.pipe(8, 3, 4)
    s.fork(8, 9)
    s.close(9, 4)
    s.block(9, "read", 3)
    s.write(8, 4, 5)
    s.read(9, 3, 5)
    s.block(9, "read", 3)
    s.block(8, "wait4", target=9)
    (deadlock,) = findings(s, "deadlock")
    assert [(want.on, want.reads, want.who.pid) for want in deadlock.wants] == [("task", False, 9), ("fd", True, 8)]
    assert shown(s, "no_eof") == [
        {"kind": "no_eof", "task": 9, "proc": 9, "fd": 3, "thing": "pipe1", "holders": [(8, 4)], "ever": True}
    ]


def test_a_pipe_from_outside_the_recording_blames_nobody():
    s = Script(8)
    s.inherit(8, 0, "pipe1", "pipe", "O_RDONLY")
    s.inherit(8, 1, "pipe1", "pipe", "O_WRONLY")
    s.block(8, "read", 0)
    assert findings(s) == []


def test_write_to_a_pipe_without_readers():
    s = Script(8)
    s.pipe(8, 3, 4)
    s.fork(8, 9)
    s.close(8, 3)
    s.exit(9)
    s.wait(8, 9)
    s.write(8, 4, error="EPIPE")
    assert shown(s, "broken_pipe") == [
        {"kind": "broken_pipe", "task": 8, "proc": 8, "fd": 4, "thing": "pipe1", "closer": {"proc": 9, "ended": True}}
    ]


def test_killed_by_sigpipe():
    s = Script(7)
    s.fork(7, 8)
    s.pipe(8, 3, 4)
    s.close(8, 3)
    s.write(8, 4, error="EPIPE")
    s.deliver(8, "SIGPIPE", "default")
    s.killed(8, "SIGPIPE")
    assert shown(s, "broken_pipe") == [
        {"kind": "broken_pipe", "task": 8, "proc": 8, "fd": 4, "thing": "pipe1", "closer": {"proc": 8}, "killed": True}
    ]


def test_write_with_a_reader():
    s = piped()
    s.write(9, 4, 5)
    assert findings(s, "broken_pipe") == []


def test_two_writers_that_end_one_after_the_other_are_not_worth_a_word():
    s = piped()
    s.fork(8, 10)
    s.close(8, 4)
    s.write(9, 4, 5)
    s.read(8, 3, 5)
    s.block(8, "read", 3)
    s.exit(9)
    s.exit(10)
    s.read(8, 3, 0)
    assert findings(s, "no_eof") == []
