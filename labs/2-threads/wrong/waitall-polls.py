# fault: main sleeps for a moment, looks, sleeps again | check: waitall.waits_asleep | verdict: TIMEOUT
"""Start K workers with _thread and wait for all of them, asleep and without join."""

import _thread
import os
import sys
import time

failed = []  # numbers of workers; append is one step


def work(number, job):
    """What one worker does."""
    print(f"worker {number}: starts", flush=True)
    if job == "read":
        os.read(0, 1)
    elif job == "fail":
        raise RuntimeError(f"worker {number} fails")
    print(f"worker {number}: ends", flush=True)


def run(number, job, done):
    """Work, then tell main, even after an exception. Nothing is printed after that: main may be the first to end."""
    try:
        work(number, job)
    except RuntimeError as error:
        failed.append(number)
        print(error, file=sys.stderr)
    finally:
        done.release()


def main(count, jobs):
    """Start all workers, wait until each has ended or failed, and say so."""
    jobs = [*jobs, *["read"] * (count - len(jobs))]
    locks = []
    for number, job in enumerate(jobs, start=1):
        done = _thread.allocate_lock()
        done.acquire()
        locks.append(done)
        _thread.start_new_thread(run, (number, job, done))
    for done in locks:
        while done.locked():
            time.sleep(0.002)
    print(f"main: all {count} workers are done, {len(failed)} failed", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
