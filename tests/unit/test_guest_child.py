"""A program's start in the guest: what happens between the fork and the exec."""

import signal
import subprocess
import sys

import pytest

from proclab.text import signal_name
from tests.unit.guest import FOLDER, module

# The signal comes at the first moment of the child's life: in the interpreter's own hooks after the fork.
STARTER = """
import os, signal, sys
sys.path[:0] = [{folder!r}]
import child

def interrupted(number, frame):
    raise KeyboardInterrupt

signal.signal({number}, interrupted)
os.register_at_fork(after_in_child=lambda: os.kill(os.getpid(), {number}) if {early} else None)
pid = child.start(["sh", "-c", "exit 7"], dict(os.environ))
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
os.kill(os.getpid(), {number})
print("the handler of the one that starts has not run")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_just_after_the_fork_ends_the_child_without_a_traceback(number):
    done = started(number, early=True)
    assert done.stdout == f"{-number}\n"
    assert done.stderr.count("Traceback") == 1, "that of the one that starts, whose handler is as before"


def test_a_child_that_no_signal_meets_is_the_program():
    done = started(signal.SIGINT, early=False)
    assert done.stdout == "7\n"


def started(number, early):
    text = STARTER.format(folder=str(FOLDER), number=int(number), early=early)
    return subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("number", [1, 9, 31, 32, 33, 34, 35, 40, 63, 64])
def test_a_signal_has_the_same_name_as_on_the_host(number):
    assert module("child").signal_name(number) == signal_name(number)


def test_where_no_process_can_be_made_the_signals_are_as_before(monkeypatch):
    child, held = module("child"), signal.pthread_sigmask(signal.SIG_BLOCK, ())
    monkeypatch.setattr(child.os, "fork", refused)
    with pytest.raises(BlockingIOError):
        child.start(["true"], {})
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == held


def refused():
    raise BlockingIOError(11, "Resource temporarily unavailable")
