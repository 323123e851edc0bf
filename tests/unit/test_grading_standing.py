"""Threads that stand still: at locks, which is a deadlock, or in a call that may end."""

import pytest

from proclab.events import Block, Event, Exit, Fork, Killed, Read, Start, Stopped, Task, Thread, ThreadExit
from proclab.grading.standing import all_at_locks

MAIN, WORKER, CHILD = Task(10, 1), Task(11, 1), Task(12, 1)
BEGIN = [
    Start(t=0, task=MAIN, proc=MAIN),
    Thread(seq=1, t=1, task=MAIN, proc=MAIN, child=WORKER),
]
FELLED = [
    ThreadExit(seq=8, t=8, task=WORKER, proc=MAIN, called=False),
    Killed(seq=9, t=9, task=MAIN, proc=MAIN, sig="SIGKILL", felled=True),
]


def block(seq: int, task: Task, proc: Task = MAIN) -> Block:
    return Block(seq=seq, t=seq, task=task, proc=proc, call="read", on="fd", fds=(0,))


def read(seq: int, ended: int, error: str = "") -> Read:
    return Read(
        seq=seq, t=seq, task=WORKER, proc=MAIN, call="read", fd=0, n=None if error else 1, error=error, block=ended
    )


@pytest.mark.parametrize(
    ("events", "deadlock"),
    [
        ([], True),
        ([block(2, WORKER)], False),
        ([block(2, MAIN)], False),
        ([block(2, WORKER), read(3, 2)], True),
        ([block(2, WORKER), read(3, 2), block(4, WORKER)], False),
        ([block(2, WORKER), read(3, 2, "ERESTARTSYS")], False),
        ([block(2, WORKER), ThreadExit(seq=3, t=3, task=WORKER, proc=MAIN)], True),
        ([Stopped(seq=2, t=2, task=MAIN, proc=MAIN, sig="SIGSTOP")], False),
        ([Fork(seq=2, t=2, task=MAIN, proc=MAIN, child=CHILD), block(3, MAIN)], False),
        ([Fork(seq=2, t=2, task=MAIN, proc=MAIN, child=CHILD), block(3, CHILD, CHILD)], False),
        ([Fork(seq=2, t=2, task=MAIN, proc=MAIN, child=CHILD), Exit(seq=3, t=3, task=CHILD, proc=CHILD)], True),
        ([block(2, WORKER), Exit(seq=3, t=3, task=MAIN, proc=MAIN)], False),
    ],
)
def test_it_is_a_deadlock_when_every_thread_to_the_last_is_in_no_call(events: list[Event], deadlock: bool) -> None:
    assert all_at_locks([*BEGIN, *events]) is deadlock
    assert all_at_locks([*BEGIN, *events, *FELLED]) is deadlock


def test_where_nothing_is_known_of_anybody_there_is_no_deadlock() -> None:
    assert not all_at_locks([])
