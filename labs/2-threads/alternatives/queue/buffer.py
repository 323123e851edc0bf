"""A bounded buffer as the library has it: queue.Queue is a deque, a lock and Conditions."""

import os
import sys
from queue import Queue
from threading import Thread

producers, consumers, size = (int(text) for text in sys.argv[1:])
queue = Queue(maxsize=size)
taken = []


def producer():
    while byte := os.read(0, 1):
        queue.put(byte)


def consumer(name):
    while True:
        if queue.empty():
            print(f"{name}: waits", flush=True)
        byte = queue.get()
        if byte == b"":
            break
        print(f"{name}: takes {byte}", flush=True)
        taken.append(byte)
    queue.put(b"")  # passed on from one consumer to the next
    print(f"{name}: ends", flush=True)


makers = [Thread(target=producer) for _ in range(producers)]
takers = [Thread(target=consumer, args=(f"consumer {number}",)) for number in range(1, consumers + 1)]
for thread in makers + takers:
    thread.start()
for thread in makers:
    thread.join()
queue.put(b"")
for thread in takers:
    thread.join()
print("main:", len(taken), "items", flush=True)
