"""A worker that waits for work is not needed any more and is terminated; another one ended long ago."""

import multiprocessing


def echo(connection):
    while True:
        connection.send(connection.recv())


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    mine, theirs = context.Pipe()
    idle = context.Process(target=echo, args=(theirs,), daemon=True)
    idle.start()
    quick = context.Process(target=int)
    quick.start()
    mine.send("hello")
    assert mine.recv() == "hello"
    idle.terminate()
    idle.join()
    quick.join()
