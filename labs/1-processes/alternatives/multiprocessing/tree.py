"""The tree by multiprocessing: a Process is a child, its exitcode what it has counted."""

import multiprocessing
import os
import sys

context = multiprocessing.get_context("fork")


def node(level, depth, fanout):
    sys.stdout.write(f"{level} {os.getpid()} {os.getppid()}\n")
    sys.stdout.flush()
    children, whole = [], True
    for _ in range(fanout if level < depth else 0):
        child = context.Process(target=branch, args=(level + 1, depth, fanout))
        try:
            child.start()
        except OSError as error:
            sys.stderr.write(f"{error}\n")
            whole = False
            break
        children.append(child)
    for child in children:
        child.join()
    return 1 + sum(child.exitcode for child in children), whole


def branch(level, depth, fanout):
    sys.exit(node(level, depth, fanout)[0])


if __name__ == "__main__":
    total, whole = node(0, *map(int, sys.argv[1:3]))
    print(f"total {total}")
    sys.exit(not whole)
