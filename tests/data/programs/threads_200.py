"""200 threads at once, all past one barrier, counting under one lock."""

from threading import Barrier, Lock, Thread

THREADS = 200
together, door = Barrier(THREADS), Lock()
total = 0


def count():
    global total
    together.wait()
    with door:
        total += 1


threads = [Thread(target=count) for _ in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert total == THREADS
