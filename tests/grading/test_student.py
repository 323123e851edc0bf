"""A program under a check's hands: what a check can wait for beside lines of output."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from proclab import ROOT
from proclab.compose import load
from proclab.engine import Owner
from proclab.grading import Live, Student
from proclab.grading.ground import ALONE, Ground
from proclab.grading.student import Runs

pytestmark = pytest.mark.docker
# Its children take their time; then it reaps those that have ended, and waits for none.
PARENT = """
import os, sys
for _ in range(3):
    if os.fork() == 0:
        sum(range(2_000_000))
        os._exit(0)
print("forked", flush=True)
sys.stdin.readline()
print(sum(os.waitpid(-1, os.WNOHANG)[0] > 0 for _ in range(3)))
"""


@pytest.fixture
def ground(owner: Owner) -> Iterator[Ground]:
    with Ground(load(ROOT / "compose.yaml"), owner, ahead=False) as found:
        yield found


def student(ground: Ground, text: str) -> Student:
    return Student(ground, "program.py", {"program.py": text}, ALONE, Runs())


def go_on_when_all_have_ended(program: Live) -> None:
    program.wait_for_line("^forked$")
    program.heard["seen"] = program.wait_for_zombies(3)
    program.send_line()


def test_children_have_ended_for_their_parent_too_when_zombies_were_waited_for(ground: Ground) -> None:
    done = student(ground, PARENT)(live=go_on_when_all_have_ended).exits(0).prints("^3$")
    assert done.heard == {"seen": True}


def wait_for_what_never_comes(program: Live) -> None:
    program.wait_for_line("^ends$")
    program.heard["seen"] = program.wait_for_zombies(1)


def test_a_program_that_ends_without_zombies_holds_nobody_up(ground: Ground) -> None:
    done = student(ground, "print('ends')")(live=wait_for_what_never_comes).exits(0)
    assert done.heard == {"seen": False}
