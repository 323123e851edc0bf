# expect: spawn.reports=PIDS
"""Forks until there is no room, and so does every child."""

import os
import sys

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
while True:
    try:
        os.fork()
    except OSError:
        pass
