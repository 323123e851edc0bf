"""A bounded buffer between producers and consumers, with a Condition. (The task: README.md, section Tasks.)

Usage: buffer.py PRODUCERS CONSUMERS SIZE
"""

import os
import sys


class Buffer:
    """At most `size` items, first in, first out."""

    def __init__(self, size):
        self.size = size
        self.items = []

    def put(self, item):
        """Add an item; sleep while there is no room."""
        # To do: who wakes whom? And is the world as it was when you fell asleep?

    def take(self):
        """Take the oldest item; sleep while there is none. What does it return when none will ever come?"""


def produce(buffer):
    """Put every byte of standard input into the buffer, until it ends."""
    while item := os.read(0, 1):
        buffer.put(item)


def consume(number, buffer):
    """Take items until none will come."""
    # To do: "consumer 1: takes b'x'" for each, "consumer 1: waits" before sleeping, "consumer 1: ends" at the end.


def main(producers, consumers, size):
    """Start all threads, wait for the producers, tell the consumers, wait for these, say how many items there were."""
    sys.exit("buffer.py: not written yet")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
