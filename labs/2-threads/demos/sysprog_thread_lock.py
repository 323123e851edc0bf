"""Five `_thread` threads share one stdout and write each line in two pieces: without and with a lock.

Without a lock the threads get into each other's lines. With one, a thread has stdout for itself from the
first to the second piece of a line. A flag for each thread (a lock again) tells main that the thread has
ended.

Usage: sysprog_thread_lock.py [nolock|lock]
"""

import _thread
import signal
import sys
from contextlib import nullcontext, suppress
from functools import partial
from threading import Barrier
from time import sleep

THREADS = 5
LINES = 3

line_start = Barrier(THREADS)  # all five start each of their lines at the same moment


def write_lines(number, stdout_lock, let_others_in, exit_flag):
    """Write lines in two pieces, then raise the flag."""
    for i in range(1, LINES + 1):
        line_start.wait()
        with stdout_lock:
            print(f"<{number}: line", end=" ", flush=True)
            let_others_in()
            print(f"{i} of {number}>", flush=True)
    exit_flag.release()


def main(locked):
    """Start the threads and wait for their flags."""
    stdout_lock = _thread.allocate_lock() if locked else nullcontext()
    # Without a lock all five meet in the middle of their lines: no line stays whole, in any run. With the lock
    # such a meeting would never come about (why?). So the thread just leaves the others time to get in.
    let_others_in = partial(sleep, 0.01) if locked else Barrier(THREADS).wait
    exit_flags = [_thread.allocate_lock() for _ in range(THREADS)]
    for number, flag in enumerate(exit_flags, start=1):
        flag.acquire()
        _thread.start_new_thread(write_lines, (number, stdout_lock, let_others_in, flag))
    for flag in exit_flags:
        flag.acquire()  # sleeps until that thread releases it
    print(f"main: ends, {len(exit_flags)} exit flags raised", flush=True)


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["nolock"], ["lock"]):
        print("usage: sysprog_thread_lock.py [nolock|lock]", file=sys.stderr)
        sys.exit(2)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a thread that died printing would be waited for, for ever
    with suppress(KeyboardInterrupt):
        main(locked=sys.argv[1:] == ["lock"])
