"""multiprocessing with a fork server: a child's parent is not who asked for it."""

import multiprocessing
import os


def family(connection):
    parent = os.getppid()
    while True:  # until the server waits again: then our end interrupts it
        with open(f"/proc/{parent}/wchan") as file:
            if "poll" in file.read():
                break
    connection.send(parent)
    connection.close()


if __name__ == "__main__":
    context = multiprocessing.get_context("forkserver")
    mine, theirs = context.Pipe(duplex=False)
    child = context.Process(target=family, args=(theirs,))
    child.start()
    theirs.close()
    assert mine.recv() != os.getpid()
    child.join()
