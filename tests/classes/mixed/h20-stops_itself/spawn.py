# expect: spawn.reports=TIMEOUT
"""Stops itself, so that it neither ends nor uses time."""

import os
import signal
import sys

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
os.kill(os.getpid(), signal.SIGSTOP)
