"""Start K workers with _thread and wait for all of them, asleep and without join. (The task: README.md, section Tasks.)

Usage: waitall.py K [JOB…]        JOB: what worker 1, 2 … does: read (if none is named), end, fail
"""

import _thread  # noqa: F401  what you need of it: start_new_thread, allocate_lock
import os
import sys


def work(number, job):
    """What one worker does."""
    print(f"worker {number}: starts", flush=True)
    if job == "read":
        os.read(0, 1)  # a byte of standard input, or its end
    elif job == "fail":
        raise RuntimeError(f"worker {number} fails")
    print(f"worker {number}: ends", flush=True)


def main(count, jobs):
    """Start all workers, wait until each has ended or failed, and say so."""
    jobs = [*jobs, *["read"] * (count - len(jobs))]
    # To do: start the workers. Then wait: who tells main that a worker is done, and what if it fails?
    sys.exit("waitall.py: not written yet")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
