"""The race that O_CLOEXEC is for: between pipe(2) and FD_CLOEXEC another thread forks and execs, here in every run.

Another interpreter gets the write end that it knows nothing of. The reader sees no end of file until that one is over,
some time after the reader has begun to wait.
"""

import os
from threading import Thread

BUSY = """
import os, time
while "pipe_read" not in open(f"/proc/{os.getppid()}/wchan").read():
    pass
time.sleep(0.1)
"""


def start(*words):
    child = os.posix_spawn(f"/usr/bin/{words[0]}", words, {})
    children.append(child)


children = []
read, write = os.pipe()
os.set_inheritable(write, True)  # as pipe(2) makes it
thread = Thread(target=start, args=("python3", "-ESc", BUSY))
thread.start()
thread.join()
os.set_inheritable(write, False)  # too late
os.write(write, b"all there is")
os.close(write)
assert os.read(read, 99) == b"all there is"
assert os.read(read, 99) == b""
os.waitpid(children[0], 0)
os.close(read)
