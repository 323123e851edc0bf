"""What checks take from a run about pipes; each with a twin that is nearly the same and isn't it."""

from __future__ import annotations

import pytest

from proclab.events import Task
from proclab.grading.pipes import asked_in_vain, conversation
from tests.unit.state_script import Script

MAIN, CHILD = Task(8), Task(9)


def forked():
    """A program with two pipes and a child: 3 and 4 lead there, 5 and 6 back."""
    s = Script(8)
    s.pipe(8, 3, 4)
    s.pipe(8, 5, 6)
    s.fork(8, 9)
    return s


def talked(*forgotten: tuple[int, int]):
    """Question and answer, both ends of file, and the ends that each closes before: all but the forgotten ones."""
    s = forked()
    for pid, fd in ((9, 4), (9, 5), (8, 3), (8, 6)):
        if (pid, fd) not in forgotten:
            s.close(pid, fd)
    s.write(8, 4, 5)
    s.read(9, 3, 5)
    s.write(9, 6, 5)
    s.read(8, 5, 5)
    s.close(8, 4)
    s.read(9, 3, 0)
    s.exit(9)
    s.read(8, 5, 0)
    s.wait(8, 9)
    s.exit(8)
    return s.events


def test_question_and_answer_over_two_pipes():
    found = conversation(talked())
    assert found is not None
    assert (found.main, found.child, found.there, found.back) == (MAIN, CHILD, "pipe1", "pipe2")
    assert (found.saw_the_end(MAIN), found.saw_the_end(CHILD), found.exit_code()) == (True, True, 0)
    assert found.keepers() == frozenset()


def test_a_question_without_an_answer_is_no_conversation():
    s = forked()
    s.write(8, 4, 5)
    s.read(9, 3, 5)
    assert conversation(s.events) is None


def test_what_a_process_says_to_itself_is_no_conversation():
    s = forked()
    s.write(8, 4, 5)
    s.read(8, 3, 5)
    s.write(8, 6, 5)
    s.read(8, 5, 5)
    assert conversation(s.events) is None


def test_over_a_pair_of_sockets_there_is_no_conversation():
    s = Script(8)
    s.socketpair(8, 3, 4)
    s.fork(8, 9)
    s.write(8, 3, 5)
    s.read(9, 4, 5)
    s.write(9, 4, 5)
    s.read(8, 3, 5)
    assert conversation(s.events) is None


def test_who_was_killed_has_no_exit_status_and_saw_no_end():
    s = forked()
    s.write(8, 4, 5)
    s.read(9, 3, 5)
    s.write(9, 6, 5)
    s.read(8, 5, 5)
    s.killed(9)
    found = conversation(s.events)
    assert found is not None
    assert (found.exit_code(), found.saw_the_end(CHILD)) == (None, False)


@pytest.mark.parametrize(("kept", "keeper"), [((9, 4), CHILD), ((9, 5), CHILD), ((8, 3), MAIN), ((8, 6), MAIN)])
def test_a_forgotten_end_names_its_keeper(kept, keeper):
    found = conversation(talked(kept))
    assert found is not None
    assert found.keepers() == {keeper}


def asking(*answers: int | None):
    """A reader of a FIFO that gets so many bytes each time; None: it waits."""
    s = Script(8)
    s.open(8, 3, "log", "O_RDONLY|O_NONBLOCK", what="fifo")
    for answer in answers:
        s.block(8, "read", 3) if answer is None else s.read(8, 3, answer)
    return s.events


def test_a_reader_that_asks_on_and_on_is_counted():
    assert asked_in_vain(asking(5, 0, 0, 0, 5, 0), "fifo:log") == 3


def test_a_reader_that_waits_between_or_reads_elsewhere_is_not():
    assert asked_in_vain(asking(0, None, 0, None, 0), "fifo:log") == 1
    assert asked_in_vain(asking(0, 0, 0), "fifo:other") == 0
