"""A parent that doesn't wait: its child outlives it and asks who is its parent now."""

import os

read, write = os.pipe()
if os.fork() == 0:
    os.close(write)
    os.read(read, 1)  # end of file: the parent has gone
    os.getppid()
    os._exit(0)
