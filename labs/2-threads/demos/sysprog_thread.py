"""A `_thread` thread for each line of input: one process, one pid, more and more threads in it.

The kernel gives each thread a number of its own (tid, gettid(2)); the pid is the process's, and the tid of
its main thread. Memory is shared: main sees what the threads put into a list. When main ends, the process
ends, and all its threads with it.

Usage: sysprog_thread.py        Enter starts a thread; q or end of input ends.
"""

import _thread
import os
import signal
import sys
from contextlib import suppress

tids = []
introduced = _thread.allocate_lock()  # main waits here until the new thread has introduced itself
parked = _thread.allocate_lock()  # where the threads stay, asleep, so that they can be looked at


def stay(number):
    """The body of every thread: say who runs here, then wait for a lock that nobody releases."""
    tids.append(_thread.get_native_id())
    print(f"thread {number}: pid={os.getpid()} tid={_thread.get_native_id()}", flush=True)
    introduced.release()
    parked.acquire()


def main():
    """Start a thread once a line."""
    introduced.acquire()
    parked.acquire()
    print(f"main: pid={os.getpid()} tid={_thread.get_native_id()}; Enter: start a thread, q: end", flush=True)
    for line in sys.stdin:
        if line.strip() == "q":
            break
        _thread.start_new_thread(stay, (len(tids) + 1,))
        introduced.acquire()
        print(f"main: pid={os.getpid()} sees tids={tids}", flush=True)
    print(f"main: pid={os.getpid()} ends; threads ended with it: {len(tids)}", flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a thread that died printing would be waited for, for ever
    with suppress(KeyboardInterrupt):
        main()
