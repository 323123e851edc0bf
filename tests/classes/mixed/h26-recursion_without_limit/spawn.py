# expect: spawn.reports=MEMORY
"""Calls itself until the memory is at its end."""

import sys

sys.setrecursionlimit(1 << 30)


def down(depth):
    return [down(depth + 1), repr(depth)]


down(0)
