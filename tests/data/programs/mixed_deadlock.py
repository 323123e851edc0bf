"""A circle of unlike waits: the parent waits for its child, the child for bytes that only the parent could write."""

import os
import signal

read, write = os.pipe()
child = os.fork()
if child == 0:
    os.close(write)
    while True:  # until the parent waits, too
        with open(f"/proc/{os.getppid()}/wchan") as file:
            if "wait" in file.read():
                break
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    os.read(read, 1)
    os._exit(0)
_, status = os.waitpid(child, 0)
assert os.WTERMSIG(status) == signal.SIGALRM
