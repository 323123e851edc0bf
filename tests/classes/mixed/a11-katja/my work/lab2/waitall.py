"""Wait for K workers of _thread: each writes a byte into a pipe when it is done, and main reads K of them."""

import _thread
import os
import sys


def read():
    os.read(0, 1)


def end():
    pass


def fail():
    sys.exit(1)  # in a thread it ends the thread


JOBS = {"read": read, "end": end, "fail": fail}


def work(number, job, results):
    how = b"-"
    try:
        print(f"worker {number}: starts", flush=True)
        JOBS[job]()
        print(f"worker {number}: ends", flush=True)
        how = b"+"
    finally:
        os.write(results, how)


def main():
    count, named = int(sys.argv[1]), sys.argv[2:]
    end_for_main, end_for_workers = os.pipe()
    for number in range(1, count + 1):
        job = named[number - 1] if number <= len(named) else "read"
        _thread.start_new_thread(work, (number, job, end_for_workers))
    heard = b"".join(os.read(end_for_main, 1) for _ in range(count))
    print(f"main: all {count} workers are done, {heard.count(b'-')} failed", flush=True)


main()
