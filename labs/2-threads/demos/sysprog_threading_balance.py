"""A hundred threads each take 1 from a balance of 100, kept in a file. Payments get lost, in every run.

Taking 1 is two steps, load and store. A thread that loads before another one stores, and stores after it,
undoes the other's payment: a lost update. Here the threads wait between the two steps until ten have loaded.
So of these ten payments at most one counts; of all hundred at most ten, and at least 90 is left.

Usage: sysprog_threading_balance.py
"""

import os
from collections import defaultdict
from contextlib import suppress
from threading import Barrier, Thread, get_native_id

FILE = "balance.txt"
THREADS = 100

loaded = Barrier(10)
readers = defaultdict(list)  # balance -> the threads that have loaded it


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


def pay(number):
    """Take 1: load is atomic, store is atomic, both together are not."""
    balance = load()
    readers[balance].append(number)
    loaded.wait()
    store(balance - 1)


def main():
    """Let all pay, then say what is left and how that came about."""
    store(THREADS)
    threads = [Thread(target=pay, args=(n,), daemon=True) for n in range(1, THREADS + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = load()
    print(f"payments={THREADS} expected=0 balance={left} lost={left}", flush=True)
    first, second = readers[THREADS][:2]  # ten at least have loaded the full balance
    print(f"one lost update: 1. thread {first} loads {THREADS}", flush=True)
    print(f"                 2. thread {second} loads {THREADS}", flush=True)
    print(f"                 3. thread {first} stores {THREADS - 1}", flush=True)
    print(f"                 4. thread {second} stores {THREADS - 1}, too: two payments, 1 taken", flush=True)


if __name__ == "__main__":
    try:
        with suppress(KeyboardInterrupt):
            main()
    finally:
        os.remove(FILE)
