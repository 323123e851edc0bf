# fault: an error of fork is not expected | check: tree.stunted | verdict: CRASH
"""Grow a tree of processes in which every parent waits for its own children, and print it.

What a child can tell its parent is a byte: here the number of processes in its tree, as its exit status.

Usage: tree.py DEPTH FANOUT        at most 100 processes
"""

import os
import sys


def child(level, depth, fanout):
    """Grow a tree of one's own and end with its size. Never returns."""
    code = 0
    try:
        code, _ = grow(level, depth, fanout)
    finally:
        os._exit(code)


def fork_children(level, depth, fanout):
    """Fork them all; returns how many there are."""
    for _ in range(fanout):
        pid = os.fork()
        if pid == 0:
            child(level + 1, depth, fanout)
    return fanout


def grow(level, depth, fanout):
    """Print this process and grow what is below it; returns its tree's size, and whether every fork was granted."""
    print(f"{level} {os.getpid()} {os.getppid()}", flush=True)  # before the forks: they would copy what is in a buffer
    wanted = fanout if level < depth else 0
    children = fork_children(level, depth, wanted)
    size = 1
    for _ in range(children):
        _, status = os.wait()
        size += os.waitstatus_to_exitcode(status)
    return size, children == wanted


def main(depth, fanout):
    """Grow the tree and print its size; returns the exit status."""
    size, whole = grow(0, depth, fanout)
    print("total", size)
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
