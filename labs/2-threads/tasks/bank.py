"""Payments on a balance in a file, each in a thread of its own. (The task: README.md, section Tasks.)

Usage: bank.py AMOUNT…        an AMOUNT below 0 is taken from the balance
"""

import os
import sys

FILE = "balance"


def load():
    """The balance in the file."""
    with open(FILE) as file:
        return int(file.read())


def store(balance):
    """Write the balance into the file."""
    with open(FILE, "w") as file:
        file.write(f"{balance}\n")


def pay(number, amount):
    """One payment: wait for the customer, then add the amount."""
    print(f"payment {number}: waits", flush=True)
    os.read(0, 1)  # the customer: a byte of standard input, or its end
    # To do: what happens if another payment comes between load and store? What if the balance doesn't suffice?


def main(amounts):
    """Make all payments at once, wait for them, say the balance."""
    if not os.path.exists(FILE):
        store(100)
    # To do: a thread for each payment.
    sys.exit("bank.py: not written yet")


if __name__ == "__main__":
    main([int(amount) for amount in sys.argv[1:]])
