"""Grow a tree of processes in which every parent waits for its own children, and print it.

Usage: tree.py DEPTH FANOUT        at most 100 processes

To do, and in full in the lab's README, section Tasks:
- Every process prints a line `LEVEL PID PARENT`, once; the first one's level is 0.
- A process of a level below DEPTH forks FANOUT children of the next level and waits for all of them.
- Every process but the first ends with the size of its own tree as its exit status: itself and all below it.
- Last of all the first process prints `total SIZE`.
- Where fork fails, say so on stderr, fork no more, and wait for those that are there; the first one exits with 1 then.
"""

import sys


def main(depth, fanout):
    """Grow the tree and print its size; returns the exit status."""
    print("tree.py: not written yet", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
