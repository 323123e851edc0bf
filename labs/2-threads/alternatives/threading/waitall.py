"""Wait for K workers, with what _thread's users have to build themselves: Thread objects and a hook for exceptions."""

import os
import sys
import threading

failures = []


class Worker(threading.Thread):
    def __init__(self, number, job="read"):
        super().__init__(daemon=True)
        self.number, self.job = number, job

    def run(self):
        print(f"worker {self.number}: starts", flush=True)
        if self.job == "fail":
            raise RuntimeError
        if self.job == "read":
            os.read(0, 1)
        print(f"worker {self.number}: ends", flush=True)


def main(count, *jobs):
    threading.excepthook = lambda what: failures.append(what.thread)
    workers = [Worker(number, *jobs[number - 1 : number]) for number in range(1, int(count) + 1)]
    for worker in workers:
        worker.start()
    for worker in reversed(workers):
        worker.join()
    print("main: all", count, "workers are done,", len(failures), "failed", flush=True)


main(*sys.argv[1:])
