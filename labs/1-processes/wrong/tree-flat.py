# fault: the first process forks them all; the tree is made up | check: tree.kinship | verdict: FAIL
"""Grow a tree of processes in which every parent waits for its own children, and print it.

What a child can tell its parent is a byte: here the number of processes in its tree, as its exit status.

Usage: tree.py DEPTH FANOUT        at most 100 processes
"""

import os
import sys


def child(level, parent):
    """Say that there is another parent, and end. Never returns."""
    print(f"{level} {os.getpid()} {parent}", flush=True)
    os._exit(1)


def fork_children(level, parent, fanout):
    """Fork them all; returns their pids."""
    children = []
    for _ in range(fanout):
        try:
            pid = os.fork()
        except OSError as error:
            print(f"tree.py: fork failed: {error.strerror}", file=sys.stderr, flush=True)
            sys.exit(1)
        if pid == 0:
            child(level, parent)
        children.append(pid)
    return children


def grow(level, depth, fanout):
    """Print this process and grow what is below it; returns its tree's size, and whether every fork was granted."""
    print(f"{level} {os.getpid()} {os.getppid()}", flush=True)
    above, whole = [os.getpid()], True
    for lower in range(1, depth + 1):
        above = [pid for parent in above for pid in fork_children(lower, parent, fanout)]
    size = 1
    for _ in range(sum(fanout**lower for lower in range(1, depth + 1))):
        os.wait()
        size += 1
    return size, whole


def main(depth, fanout):
    """Grow the tree and print its size; returns the exit status."""
    size, whole = grow(0, depth, fanout)
    print("total", size)
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
