"""Two processes count in one file, each under flock, and one keeps its lock over an exec."""

import fcntl
import os
import subprocess

path = f"/tmp/count.{os.getpid()}"
fd = os.open(path, os.O_RDWR | os.O_CREAT)
os.write(fd, b"0")
children = []
for _ in range(2):
    children.append(os.fork())
    if children[-1] == 0:
        own = os.open(path, os.O_RDWR)
        for _ in range(3):
            fcntl.flock(own, fcntl.LOCK_EX)
            count = int(os.pread(own, 9, 0)) + 1
            os.pwrite(own, str(count).encode(), 0)
            fcntl.flock(own, fcntl.LOCK_UN)
        os._exit(0)
for child in children:
    os.waitpid(child, 0)
assert os.pread(fd, 9, 0) == b"6"
fcntl.flock(fd, fcntl.LOCK_EX)
subprocess.run(["true"], pass_fds=[fd], check=True)  # it has the lock as long as it lives
os.close(fd)
