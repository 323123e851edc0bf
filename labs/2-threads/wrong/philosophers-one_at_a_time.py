# fault: one lock for the whole table | check: philosophers.two_at_once | verdict: FAIL
"""Five philosophers, five forks, MEALS meals for each."""

import os
import sys
from threading import Lock, Thread

PHILOSOPHERS = 5

forks = range(1, PHILOSOPHERS + 1)
table = Lock()


def say(number, what):
    """Print a line of a philosopher's."""
    print(f"philosopher {number}: {what}", flush=True)


def eat(number):
    """One meal: two forks, one after the other; eat; put them down."""
    low, high = sorted([number, number % PHILOSOPHERS + 1])
    with table:
        say(number, f"has fork {low}")
        os.read(0, 1)
        say(number, f"has fork {high}")
        say(number, "eats")
        say(number, f"puts down fork {high}")
        say(number, f"puts down fork {low}")


def dine(number, meals):
    """All meals of a philosopher."""
    for _ in range(meals):
        eat(number)
    say(number, "ends")


def main(meals):
    """Start the five, wait for them."""
    threads = [Thread(target=dine, args=(number, meals)) for number in forks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("main: all have eaten", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
