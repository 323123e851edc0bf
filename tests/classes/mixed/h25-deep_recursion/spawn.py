# expect: spawn.reports=CRASH
"""Calls itself without end."""

import sys

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
def down(depth):
    return [down(depth + 1), repr(depth)]


down(0)
