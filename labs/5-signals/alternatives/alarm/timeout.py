"""The same with an alarm: its handler does what is due, while the parent stands in a plain wait."""

import contextlib
import os
import signal
import sys

SIGNALS = [signal.SIGALRM, signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
steps = [signal.SIGTERM, signal.SIGKILL]
up = False
child = 0


def to_group(signum):
    with contextlib.suppress(OSError):
        os.kill(-child, signum)


def on_alarm(signum, frame):
    global up
    up = True
    to_group(steps.pop(0))
    if steps:
        signal.setitimer(signal.ITIMER_REAL, 0.3)


signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
child = os.fork()
if child == 0:
    os.setpgrp()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    try:
        os.execvp(sys.argv[2], sys.argv[2:])
    except FileNotFoundError:
        os._exit(127)
    except OSError:
        os._exit(126)
with contextlib.suppress(OSError):  # the child was faster
    os.setpgid(child, child)
signal.signal(signal.SIGALRM, on_alarm)
for forwarded in SIGNALS[1:]:
    signal.signal(forwarded, lambda signum, frame: to_group(signum))
signal.setitimer(signal.ITIMER_REAL, float(sys.argv[1]))
signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
_, status = os.waitpid(child, 0)
signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
if up:
    to_group(signal.SIGKILL)
    os._exit(124)
os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
