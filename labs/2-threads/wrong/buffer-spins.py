# fault: a consumer asks again and again whether there is an item | check: buffer.threads_sleep | verdict: TIMEOUT
"""A bounded buffer between producers and consumers, with a Condition."""

import os
import sys
from collections import deque
from threading import Condition, Thread


class Buffer:
    """At most `size` items, first in, first out."""

    def __init__(self, size):
        self.size = size
        self.items = deque()
        self.closed = False
        self.changed = Condition()

    def put(self, item):
        """Add an item; sleep while there is no room."""
        with self.changed:
            while len(self.items) == self.size:
                self.changed.wait()
            self.items.append(item)
            self.changed.notify_all()

    def take(self, number):
        """Take the oldest item; sleep while there is none. None: none will ever come."""
        if not self.items and not self.closed:
            print(f"consumer {number}: waits", flush=True)
        while not self.items and not self.closed:
            pass
        with self.changed:
            if not self.items and not self.closed:
                return self.take(number)
            if not self.items:
                return None
            item = self.items.popleft()
            self.changed.notify_all()
            return item

    def close(self):
        """Say that no item will follow."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()


def produce(buffer):
    """Put every byte of standard input into the buffer, until it ends."""
    while item := os.read(0, 1):
        buffer.put(item)


def consume(number, buffer, taken):
    """Take items until none will come."""
    while (item := buffer.take(number)) is not None:
        print(f"consumer {number}: takes {item}", flush=True)
        taken.append(item)
    print(f"consumer {number}: ends", flush=True)


def main(producers, consumers, size):
    """Start all threads, wait for the producers, tell the consumers, wait for these, say how many items there were."""
    buffer, taken = Buffer(size), []
    makers = [Thread(target=produce, args=(buffer,)) for _ in range(producers)]
    takers = [Thread(target=consume, args=(number, buffer, taken)) for number in range(1, consumers + 1)]
    for thread in takers + makers:
        thread.start()
    for thread in makers:
        thread.join()
    buffer.close()
    for thread in takers:
        thread.join()
    print(f"main: {len(taken)} items", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
