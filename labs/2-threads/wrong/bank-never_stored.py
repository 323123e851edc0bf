# fault: the new balance stays in memory | check: bank.pays | verdict: FAIL
"""Payments on a balance in a file, each in a thread of its own."""

import os
import sys
from threading import Lock, Thread

FILE = "balance"

balance_lock = Lock()
kept = None


def load():
    """The balance in the file."""
    global kept
    if kept is None:
        with open(FILE) as file:
            kept = int(file.read())
    return kept


def store(balance):
    """Write the balance into the file."""
    global kept
    kept = balance


def book(amount):
    """Add the amount, alone. The new balance, or None if it would be below 0."""
    with balance_lock:
        balance = load() + amount
        if balance < 0:
            return None
        store(balance)
        return balance


def pay(number, amount):
    """One payment: wait for the customer, then book the amount."""
    print(f"payment {number}: waits", flush=True)
    os.read(0, 1)
    balance = book(amount)
    print(f"payment {number}: " + ("refused" if balance is None else f"balance {balance}"), flush=True)


def main(amounts):
    """Make all payments at once, wait for them, say the balance."""
    if not os.path.exists(FILE):
        store(100)
    threads = [Thread(target=pay, args=(number, amount)) for number, amount in enumerate(amounts, start=1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"main: balance {load()}", flush=True)


if __name__ == "__main__":
    main([int(amount) for amount in sys.argv[1:]])
