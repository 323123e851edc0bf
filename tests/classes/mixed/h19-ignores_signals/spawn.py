# expect: spawn.reports=TIMEOUT
"""Ignores every signal that can be ignored, blocks the rest, and sleeps."""

import signal
import sys

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
signal.sigwait({signal.SIGRTMAX})
