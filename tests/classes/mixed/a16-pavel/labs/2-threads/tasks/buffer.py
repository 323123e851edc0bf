# fault: one sentinel for all consumers | check: buffer.ends | verdict: DEADLOCK
"""A bounded buffer: two semaphores count room and items, and a sentinel for each consumer says that it is over."""

import os
import sys
from collections import deque
from threading import Lock, Semaphore, Thread

END = None


class Buffer:
    def __init__(self, size):
        self.room, self.filled, self.lock = Semaphore(size), Semaphore(0), Lock()
        self.items = deque()

    def put(self, item):
        self.room.acquire()
        with self.lock:
            self.items.appendleft(item)
        self.filled.release()

    def take(self, when_empty):
        if not self.filled.acquire(blocking=False):
            when_empty()
            self.filled.acquire()
        with self.lock:
            item = self.items.pop()
        self.room.release()
        return item


class Consumer(Thread):
    def __init__(self, number, buffer):
        super().__init__()
        self.number, self.buffer, self.taken = number, buffer, 0

    def say(self, what):
        print(f"consumer {self.number}: {what}", flush=True)

    def run(self):
        while (item := self.buffer.take(lambda: self.say("waits"))) is not END:
            self.say(f"takes {item}")
            self.taken += 1
        self.say("ends")


def produce(buffer):
    for item in iter(lambda: os.read(0, 1), b""):
        buffer.put(item)


def main(producers, consumers, size):
    buffer = Buffer(size)
    takers = [Consumer(number, buffer) for number in range(1, consumers + 1)]
    makers = [Thread(target=produce, args=[buffer]) for _ in range(producers)]
    for thread in [*makers, *takers]:
        thread.start()
    for maker in makers:
        maker.join()
    buffer.put(END)
    for taker in takers:
        taker.join()
    print(f"main: {sum(taker.taken for taker in takers)} items", flush=True)


main(*map(int, sys.argv[1:]))
