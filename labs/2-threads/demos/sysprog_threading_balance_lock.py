"""A hundred threads each take 1 from a balance of 100, kept in a file: with a lock no payment gets lost.

The lock is held from load to store (the critical section), so nobody loads a balance that is about to change.
All hundred start at the same moment, and in the middle each offers the others to run: it does not matter.

Usage: sysprog_threading_balance_lock.py
"""

import os
from contextlib import suppress
from threading import Barrier, Lock, Thread, get_native_id

FILE = "balance.txt"
THREADS = 100

start = Barrier(THREADS)
balance_lock = Lock()


def load():
    """The balance in the file."""
    with open(FILE) as file:
        return int(file.read())


def store(balance):
    """Put a new file in the place of the old one. rename(2) is atomic: nobody ever reads half a balance."""
    own = f"{FILE}.{get_native_id()}"
    with open(own, "w") as file:
        file.write(f"{balance}\n")
    os.replace(own, FILE)


def pay():
    """Take 1, alone from load to store."""
    start.wait()
    with balance_lock:
        balance = load()
        os.sched_yield()  # sched_yield(2): let others run; they come as far as the lock
        store(balance - 1)


def main():
    """Let all pay, then say what is left."""
    store(THREADS)
    threads = [Thread(target=pay, daemon=True) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = load()
    print(f"payments={THREADS} expected=0 balance={left} lost={left}", flush=True)


if __name__ == "__main__":
    try:
        with suppress(KeyboardInterrupt):
            main()
    finally:
        os.remove(FILE)
