"""The classic: a reader that forgot to close its own write end waits for ever (here until an alarm)."""

import os
import signal

read, write = os.pipe()
child = os.fork()
if child == 0:
    while os.read(read, 9):
        while True:  # until the parent has closed its end and waits
            with open(f"/proc/{os.getppid()}/wchan") as file:
                if "wait" in file.read():
                    break
        signal.setitimer(signal.ITIMER_REAL, 0.5)
    os._exit(0)
os.close(read)
os.write(write, b"the end")
os.close(write)
_, status = os.waitpid(child, 0)
assert os.WTERMSIG(status) == signal.SIGALRM
