"""Signals as bytes in a pipe: the main thread reads what the C handler writes."""

import os
import signal

r, w = os.pipe2(os.O_CLOEXEC)
os.set_blocking(w, False)
signal.set_wakeup_fd(w)
signal.signal(signal.SIGUSR1, lambda number, frame: None)
parent = os.getpid()
child = os.fork()
if child == 0:
    os.kill(parent, signal.SIGUSR1)
    os._exit(0)
assert os.read(r, 1) == bytes([signal.SIGUSR1])
os.waitpid(child, 0)
os.close(r)
signal.set_wakeup_fd(-1)
os.close(w)
