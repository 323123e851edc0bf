# fault: a payment waits for its customer with the lock in hand | check: bank.concurrent | verdict: FAIL
"""Payments on a balance in a file, each in a thread of its own."""

import os
import sys
from threading import Lock, Thread

FILE = "balance"

balance_lock = Lock()


def load():
    """The balance in the file."""
    with open(FILE) as file:
        return int(file.read())


def store(balance):
    """Write the balance into the file."""
    with open(FILE, "w") as file:
        file.write(f"{balance}\n")


def book(amount):
    """Add the amount, alone. The new balance, or None if it would be below 0."""
    balance = load() + amount
    if balance < 0:
        return None
    store(balance)
    return balance


def pay(number, amount):
    """One payment: wait for the customer, then book the amount."""
    print(f"payment {number}: waits", flush=True)
    with balance_lock:
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
