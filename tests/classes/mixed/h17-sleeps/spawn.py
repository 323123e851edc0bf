# expect: spawn.reports=TIMEOUT
"""Sleeps for ever."""

import signal
import sys

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
signal.pause()
