"""Two processes and flock(2): one is refused a lock that the other has, then waits for it. That is no deadlock."""

import fcntl
import os

NAME = "file_lock.txt"
locked, tried = os.pipe(), os.pipe()
child = os.fork()
file = os.open(NAME, os.O_RDWR | os.O_CREAT)
if child == 0:
    os.read(locked[0], 1)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.write(tried[1], b".")
        fcntl.flock(file, fcntl.LOCK_EX)
        os._exit(0)
    os._exit(1)
fcntl.flock(file, fcntl.LOCK_EX)
os.write(locked[1], b".")
os.read(tried[0], 1)
fcntl.flock(file, fcntl.LOCK_UN)
_, status = os.waitpid(child, 0)
assert status == 0
os.close(file)
os.unlink(NAME)
