"""Five `_thread` threads count to ten: without and with a main thread that waits for them.

When main ends, the process ends: threads that are still counting vanish without a word, and the exit code is
0. `_thread` has no join. Instead each thread has a lock that is taken as long as it runs. In mode `wait` main
asks for that lock, and sleeps until the thread releases it.

Usage: sysprog_thread_join.py [nowait|wait]
"""

import _thread
import signal
import sys
from contextlib import suppress

THREADS = 5
NUMBERS = 10


def taken_lock():
    """A lock that is taken already: its release is the news."""
    lock = _thread.allocate_lock()
    lock.acquire()
    return lock


halfway = [taken_lock() for _ in range(THREADS)]
second_half = taken_lock()
exited = [taken_lock() for _ in range(THREADS)]


def count(number):
    """Count; half the way wait for main to open the second half."""
    for i in range(1, NUMBERS + 1):
        print(f"thread {number + 1}: {i}", flush=True)
        if i == NUMBERS // 2:
            halfway[number].release()
            with second_half:  # whoever gets it leaves it to the next one at once
                pass
    exited[number].release()


def main(wait):
    """Let the threads come half the way; then leave, or wait for their ends."""
    for number in range(THREADS):
        _thread.start_new_thread(count, (number,))
    # Main meets them half the way, to show the same in every run. Else it would be luck how far they come.
    for lock in halfway:
        lock.acquire()
    if wait:
        second_half.release()
        for lock in exited:
            lock.acquire()
    print(f"main: ends, {'all threads have ended' if wait else 'without waiting'}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["nowait"], ["wait"]):
        print("usage: sysprog_thread_join.py [nowait|wait]", file=sys.stderr)
        sys.exit(2)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a thread that died printing would be waited for, for ever
    with suppress(KeyboardInterrupt):
        main(wait=sys.argv[1:] == ["wait"])
