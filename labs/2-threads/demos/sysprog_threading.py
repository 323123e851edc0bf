"""Ten threads, objects of a Thread subclass, write ten lines each; main joins them all and ends last.

A mutex keeps each line in one piece. What may come in any order is the lines of different threads: the mutex
says that one at a time writes, not who is next.

Usage: sysprog_threading.py
"""

from contextlib import suppress
from threading import Barrier, Lock, Thread

THREADS = 10
LINES = 10

start_line = Barrier(THREADS + 1)  # the writers and main: no writer is through when main comes to join


class Writer(Thread):
    """A thread with its own number, and a mutex that it shares with the others."""

    def __init__(self, number, mutex):
        super().__init__()  # without this call start() refuses
        self.number = number
        self.mutex = mutex

    def run(self):
        """What the new thread does. start() makes the thread; to call run() would be an ordinary call."""
        start_line.wait()
        for i in range(1, LINES + 1):
            with self.mutex:
                print(f"thread {self.number}: line {i}", flush=True)


def main():
    """Start all writers, then wait for each."""
    mutex = Lock()
    writers = [Writer(number, mutex) for number in range(1, THREADS + 1)]
    for writer in writers:
        writer.start()
    start_line.wait()
    for writer in writers:
        writer.join()  # returns when run() has returned; at once if it has already
    print("Main thread exiting.", flush=True)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
