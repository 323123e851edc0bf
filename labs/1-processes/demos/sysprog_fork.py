"""Fork a child for each line of input, and wait for none of them.

fork(2) returns twice: in the parent with the child's pid, in the child with 0. A child that has ended
stays in the process table as a zombie (state Z in ps) for as long as its parent lives without waiting for it.

Usage: sysprog_fork.py        Enter forks a child; q or end of input ends.
"""

import contextlib
import os
import sys


def child():
    """What the child does. Never returns: else the child would go on in main() as a second parent."""
    try:
        print(f"child: pid={os.getpid()} parent={os.getppid()}", flush=True)
    finally:
        os._exit(0)  # _exit(2), not sys.exit(): the clean-up at exit is the parent's, it must not run twice


def main():
    """Fork once a line."""
    print(f"parent: pid={os.getpid()}; Enter: fork a child, q: end", flush=True)
    for line in sys.stdin:
        if line.strip() == "q":
            break
        try:
            pid = os.fork()
        except OSError as error:  # EAGAIN: too many processes. A zombie counts as one
            print(f"parent: fork failed: {error}", flush=True)
            continue
        if pid == 0:
            child()
        print(f"parent: pid={os.getpid()} child={pid}", flush=True)
    print(f"parent: pid={os.getpid()} ends", flush=True)  # init inherits the zombies and reaps them


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
