"""A manager's process keeps a dictionary for the others."""

import multiprocessing


def put(shared, number):
    shared[number] = number


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    with context.Manager() as manager:
        shared = manager.dict()
        children = [context.Process(target=put, args=(shared, number)) for number in range(2)]
        for child in children:
            child.start()
        for child in children:
            child.join()
        assert dict(shared) == {0: 0, 1: 1}
