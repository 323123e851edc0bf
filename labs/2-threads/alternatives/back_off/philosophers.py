"""Five polite philosophers: who doesn't get the second fork in time puts down the first and lets the others eat."""

import os
import random
import sys
import threading

forks = [threading.Lock() for _ in range(6)]  # 0 is not on the table
patience = random.Random(5)


def say(number, *words):
    print(f"philosopher {number}:", *words, flush=True)


def put_down(number, *which):
    for fork in which:
        say(number, "puts down fork", fork)
        forks[fork].release()


def meal(number, first, second):
    while True:
        forks[first].acquire()
        say(number, "has fork", first)
        os.read(0, 1)
        if forks[second].acquire(timeout=patience.uniform(0.001, 0.02)):
            break
        put_down(number, first)
        first, second = second, first
    say(number, "has fork", second)
    say(number, "eats")
    put_down(number, first, second)


def philosopher(number, meals):
    for _ in range(meals):
        meal(number, number, number % 5 + 1)
    say(number, "ends")


threads = [threading.Thread(target=philosopher, args=(number, int(sys.argv[1]))) for number in range(1, 6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("main: all have eaten", flush=True)
