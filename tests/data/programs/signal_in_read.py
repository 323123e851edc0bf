"""A signal arrives in the middle of read(2); the handler writes what the read is waiting for."""

import os
import signal

read, write = os.pipe()
signal.signal(signal.SIGUSR1, lambda number, frame: os.write(write, b"!"))
parent = os.getpid()
child = os.fork()
if child == 0:
    os.close(write)
    while True:  # until the parent is in the middle of it
        with open(f"/proc/{parent}/wchan") as file:
            if "pipe_read" in file.read():
                break
    os.kill(parent, signal.SIGUSR1)
    os._exit(0)
assert os.read(read, 1) == b"!"
os.waitpid(child, 0)
os.close(write)
assert os.read(read, 1) == b""
