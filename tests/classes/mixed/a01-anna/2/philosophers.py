"""Five philosophers and a waiter: at most four sit at the table, so one of them always gets a second fork."""

import os
import sys
from threading import Lock, Semaphore, Thread

forks = [Lock() for _ in range(5)]
seats = Semaphore(4)


def philosopher(index, meals):
    def say(what):
        print(f"philosopher {index + 1}: {what}", flush=True)

    left, right = index, (index + 1) % 5
    for _ in range(meals):
        with seats:
            forks[left].acquire()
            say(f"has fork {left + 1}")
            os.read(0, 1)
            forks[right].acquire()
            say(f"has fork {right + 1}")
            say("eats")
            say(f"puts down fork {left + 1}")
            forks[left].release()
            say(f"puts down fork {right + 1}")
            forks[right].release()
    say("ends")


threads = [Thread(target=philosopher, args=(index, int(sys.argv[1]))) for index in range(5)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("main: all have eaten", flush=True)
