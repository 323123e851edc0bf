"""Fork a child for each line of input, and wait for it: its exit status arrives, its memory does not.

The child adds one to a variable of its own: fork(2) gave it a copy of the parent's memory. So every child
counts from 0 to 1, and the parent's variable stays 0. What a child can hand over is its exit code.

Usage: sysprog_fork_wait.py        Enter forks a child; q or end of input ends.
"""

import contextlib
import os
import sys

counter = 0


def child():
    """Count in the child's own memory and exit with the value. Never returns."""
    global counter
    code = 255
    try:
        counter += 1
        print(f"child: pid={os.getpid()} counter={counter}", flush=True)
        code = counter
    finally:
        os._exit(code)


def wait_for(pid):
    """Block until the child has ended, reap it, and tell what its status word says (waitpid(2))."""
    _, status = os.waitpid(pid, 0)
    end = f"exit code={os.WEXITSTATUS(status)}"  # the second byte of the word: 256 is 1 * 256
    if os.WIFSIGNALED(status):  # somebody killed it: the signal is in the low bits
        end = f"killed by signal={os.WTERMSIG(status)}"
    print(f"parent: pid={os.getpid()} child={pid} status={status} {end} counter={counter}", flush=True)


def main():
    """Fork and wait once a line."""
    print(f"parent: pid={os.getpid()} counter={counter}; Enter: fork a child, q: end", flush=True)
    for line in sys.stdin:
        if line.strip() == "q":
            break
        pid = os.fork()
        if pid == 0:
            child()
        wait_for(pid)
    print(f"parent: pid={os.getpid()} counter={counter} ends", flush=True)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
