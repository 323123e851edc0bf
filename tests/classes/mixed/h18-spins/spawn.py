# expect: spawn.reports=TIMEOUT
"""Works for ever."""

import sys

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
while True:
    pass
