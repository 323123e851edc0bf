"""Threads with a lock, a condition, a queue, a barrier, and a daemon that is still there at the end."""

import queue
import threading

lock, jobs, barrier, ready = threading.Lock(), queue.Queue(), threading.Barrier(3), threading.Condition()
found = []


def work():
    barrier.wait()
    while (job := jobs.get()) is not None:
        with lock:
            found.append(job)
    with ready:
        ready.notify()


def daemon():
    threading.Event().wait()


threading.Thread(target=daemon, daemon=True).start()
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
barrier.wait()
for number in range(8):
    jobs.put(number)
for _ in threads:
    jobs.put(None)
for thread in threads:
    thread.join()
assert sorted(found) == list(range(8))
