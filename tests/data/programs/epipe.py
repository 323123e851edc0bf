"""A writer whose reader has gone, twice: Python gets EPIPE, a process that doesn't ignore SIGPIPE dies of it."""

import os
import signal


def write_on():
    read, write = os.pipe()
    reader = os.fork()
    if reader == 0:
        os.read(read, 99)
        os._exit(0)
    os.close(read)
    os.write(write, b"one line is enough")
    os.waitpid(reader, 0)
    os.write(write, b"anybody?")


child = os.fork()
if child == 0:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    write_on()
_, status = os.waitpid(child, 0)
assert os.WTERMSIG(status) == signal.SIGPIPE
try:
    write_on()
except BrokenPipeError:
    raise SystemExit(0) from None
raise SystemExit(1)
