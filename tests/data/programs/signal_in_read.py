"""A signal arrives in the middle of read(2); the handler writes what the read is waiting for."""

import os
import signal

read, write = os.pipe()
signal.signal(signal.SIGALRM, lambda number, frame: os.write(write, b"!"))
signal.setitimer(signal.ITIMER_REAL, 0.1)
assert os.read(read, 1) == b"!"
os.close(write)
assert os.read(read, 1) == b""
