"""A container that something inside keeps from ending: a signal to make ends it; on a terminal, its program's end."""

import os
import signal
import subprocess

import pytest

from proclab import ROOT
from tests.containers.terminal import terminal

DEADLINE = 120
pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.usefixtures("nothing_is_left")]

# A tracer stops PID 1, and would hold it at its exit, too (PTRACE_SEIZE with PTRACE_O_TRACEEXIT, PTRACE_INTERRUPT).
TRACED = """
import ctypes, os, signal, sys
libc = ctypes.CDLL(None)
libc.ptrace.argtypes = [ctypes.c_long] * 4
r, w = os.pipe()
if os.fork() == 0:
    os.setsid()
    for number in (1, 2, 3, 15): signal.signal(number, signal.SIG_IGN)
    libc.ptrace(0x4206, 1, 0, 0x40)
    libc.ptrace(0x4207, 1, 0, 0)
    os.waitpid(1, 0x40000000)
    os.write(w, b'x')
    while True: signal.pause()
os.read(r, 1)
state = open('/proc/1/status').read().split('State:')[1].split()[0]
print('PID 1 is', state, flush=True)
"""
# PID 1 may run when nobody else wants its processor, and many want it for ever.
STARVED = """
import os, signal
for pid in (1, os.getppid()):
    os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
    os.sched_setaffinity(pid, {min(os.sched_getaffinity(0))})
for _ in range(100):
    if os.fork() == 0:
        os.setsid()
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        while True: pass
print('PID 1 is starved', flush=True)
"""
# Nobody that ^C could reach goes on: the program has stopped its parent, which runs it.
STOPPED = """
import os, signal
os.kill(os.getppid(), signal.SIGSTOP)
print('stopped', open(f'/proc/{os.getppid()}/stat').read().split()[2], flush=True)
"""
WAITS = "import signal\nwhile True: signal.pause()\n"


@pytest.mark.parametrize(("text", "number"), [(TRACED, signal.SIGINT), (STARVED, signal.SIGTERM)], ids=["INT", "TERM"])
def test_a_signal_to_make_ends_a_container_that_its_program_keeps_from_ending(any_compose, own, text, number):
    argv = ["make", "lab-1", f"RUN={own(text + WAITS)}"]
    with subprocess.Popen(
        argv,
        cwd=ROOT,
        env=any_compose,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        said = process.stdout.readline()
        if not said.startswith("PID 1 is"):
            pytest.skip(f"not possible on this machine: {said}{process.communicate(timeout=DEADLINE)[1]}")
        os.killpg(process.pid, number)
        assert process.wait(DEADLINE) != 0
        assert "could not remove" not in process.stderr.read()


def test_on_a_terminal_a_program_that_has_ended_takes_its_container_with_it(any_compose, own):
    with terminal(f"make lab-1 RUN={own(TRACED)}", any_compose) as user:
        user.until("PID 1 is ")
        if not user.until("\n").startswith("t"):
            pytest.skip("PID 1 can't be traced on this machine")
        user.until("something that the program left keeps its container from ending")
        assert user.end() != 0


def test_on_a_terminal_a_program_that_stops_what_runs_it_is_ended(any_compose, own):
    with terminal(f"make lab-1 RUN={own(STOPPED + WAITS)}", any_compose) as user:
        user.until("stopped T")
        user.type("\x03")
        user.until("something has stopped what runs the program, so no ^C can end it: its container is ended")
        assert user.end() != 0
