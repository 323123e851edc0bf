"""The tree depth first: a child is waited for before the next one is made. Output by write(2), which has no buffer."""

import os
import sys


class Failed(Exception):
    pass


def grow(level):
    os.write(1, b"%d %d %d\n" % (level, os.getpid(), os.getppid()))
    size = 1
    failed = False
    for _ in range(FANOUT) if level < DEPTH else ():
        try:
            pid = os.fork()
        except OSError as error:
            os.write(2, f"{error}\n".encode())
            failed = True
            break
        if not pid:
            try:
                below = grow(level + 1)
            except Failed as failure:
                below = failure.args[0]
            os._exit(below)
        size += os.WEXITSTATUS(os.waitpid(pid, 0)[1])
    if failed:
        raise Failed(size)
    return size


DEPTH, FANOUT = [int(word) for word in sys.argv[1:]]
try:
    print("total", grow(0))
except Failed as failure:
    print("total", failure.args[0])
    sys.exit(1)
