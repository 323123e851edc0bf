# expect: spawn.reports=FAIL
"""Is never there: each process forks the next and ends."""

import os
import sys

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
while True:
    if os.fork():
        os._exit(0)
