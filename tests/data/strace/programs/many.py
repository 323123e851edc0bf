"""multiprocessing with spawn and forkserver: helpers that the program never named."""

import multiprocessing as mp
import os


def work(queue):
    """Send a number through a queue."""
    queue.put(os.getpid() > 0)


if __name__ == "__main__":
    for method, context in (("spawn", mp.get_context("spawn")), ("forkserver", mp.get_context("forkserver"))):
        queue = context.Queue()
        process = context.Process(target=work, args=(queue,))
        process.start()
        print(method, queue.get(), flush=True)
        process.join()
