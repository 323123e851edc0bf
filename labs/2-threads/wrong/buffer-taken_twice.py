# fault: an item is taken first and removed a moment later | check: buffer.nothing_lost | verdict: RACE
"""A bounded buffer: one lock, two Conditions, so notify wakes the right side. Consumers pass the end on."""

import os
import sys
import threading

lock = threading.Lock()
room, filled = threading.Condition(lock), threading.Condition(lock)
items, over, total = [], False, 0
producers, consumers, size = map(int, sys.argv[1:])


def produce():
    while True:
        item = os.read(0, 1)
        if not item:
            break
        with room:
            room.wait_for(lambda: len(items) < size)
            items.append(item)
            filled.notify()


def consume(number):
    global total
    while True:
        with filled:
            if not (items or over):
                print(f"consumer {number}: waits", flush=True)
                filled.wait_for(lambda: items or over)
            if not items:
                filled.notify()  # the next one may go home, too
                break
            item = items[0]
        print(f"consumer {number}: takes {item!r}", flush=True)
        with lock:
            items.pop(0)
            total += 1
            room.notify()
    print(f"consumer {number}: ends", flush=True)


takers = [threading.Thread(target=consume, args=(n + 1,)) for n in range(consumers)]
makers = [threading.Thread(target=produce) for _ in range(producers)]
for thread in takers + makers:
    thread.start()
for thread in makers:
    thread.join()
with lock:
    over = True
    filled.notify()
for thread in takers:
    thread.join()
print(f"main: {total} items", flush=True)
