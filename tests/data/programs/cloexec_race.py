"""The race that O_CLOEXEC is for: between pipe(2) and FD_CLOEXEC another thread forks and execs, here in every run.

sleep(1) gets the write end that it knows nothing of, and the reader sees no end of file until sleep is over.
"""

import os
from threading import Thread


def start(*words):
    child = os.posix_spawn(f"/bin/{words[0]}", words, {})
    children.append(child)


children = []
read, write = os.pipe()
os.set_inheritable(write, True)  # as pipe(2) makes it
thread = Thread(target=start, args=("sleep", "0.3"))
thread.start()
thread.join()
os.set_inheritable(write, False)  # too late
os.write(write, b"all there is")
os.close(write)
assert os.read(read, 99) == b"all there is"
assert os.read(read, 99) == b""
os.waitpid(children[0], 0)
os.close(read)
