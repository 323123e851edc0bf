"""Five philosophers, five forks, MEALS meals for each. (The task: README.md, section Tasks.)

Usage: philosophers.py MEALS
"""

import os
import sys

PHILOSOPHERS = 5  # philosopher 1 needs forks 1 and 2, philosopher 2 forks 2 and 3, … philosopher 5 forks 5 and 1


def say(number, what):
    """Print a line of a philosopher's."""
    print(f"philosopher {number}: {what}", flush=True)


def eat(number):
    """One meal: two forks, one after the other; eat; put them down."""
    # To do: "has fork 1", then os.read(0, 1), then "has fork 2", "eats", "puts down fork 1", "puts down fork 2".
    # If all five have one fork in hand: who puts an end to that?
    os.read(0, 1)


def main(meals):
    """Start the five, wait for them."""
    sys.exit("philosophers.py: not written yet")


if __name__ == "__main__":
    main(int(sys.argv[1]))
