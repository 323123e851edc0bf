"""Two processes want one file lock (flock(2)); the second waits for the first."""

import fcntl
import os

path = "/tmp/lock"
fd = os.open(path, os.O_CREAT | os.O_RDWR)
fcntl.flock(fd, fcntl.LOCK_EX)
r, w = os.pipe()
pid = os.fork()
if pid == 0:
    own = os.open(path, os.O_RDWR)
    os.write(w, b".")
    fcntl.flock(own, fcntl.LOCK_EX)
    os._exit(0)
os.read(r, 1)
os.write(1, b"the child waits\n")
fcntl.flock(fd, fcntl.LOCK_UN)
os.waitpid(pid, 0)
