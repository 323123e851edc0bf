"""multiprocessing with spawn: a new interpreter that gets its work through a pipe."""

import multiprocessing


def double(number, connection):
    connection.send(2 * number)
    connection.close()


if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe(duplex=False)
    child = context.Process(target=double, args=(21, theirs))
    child.start()
    theirs.close()
    assert mine.recv() == 42
    child.join()
