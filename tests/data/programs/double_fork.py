"""A daemon by two forks: the one in the middle ends, the last one lives on in a session of its own."""

import os

read, write = os.pipe()
middle = os.fork()
if middle == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    os.close(write)
    os.read(read, 1)  # end of file: all others have gone
    os._exit(0)
os.waitpid(middle, 0)
