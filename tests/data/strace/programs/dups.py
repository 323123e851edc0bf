"""Every way to copy, close and keep a descriptor, then an exec that tells what is left."""

import fcntl
import os

r, w = os.pipe()
a = os.dup(r)
os.dup2(w, 40)
os.dup2(w, 41, inheritable=False)
b = fcntl.fcntl(r, fcntl.F_DUPFD, 50)
c = fcntl.fcntl(r, fcntl.F_DUPFD_CLOEXEC, 50)
os.set_inheritable(a, True)
fcntl.fcntl(b, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
fcntl.fcntl(c, fcntl.F_SETFD, 0)
null = os.open("/dev/null", os.O_RDWR)
os.dup2(null, r)  # closes what r was
os.dup2(null, null)
os.closerange(60, 70)
os.set_blocking(b, False)
for fd in (a, b, c):
    os.write(w, b"x")
    os.read(fd, 1)
pid = os.fork()
if pid == 0:
    os.close(40)
    os.execv("/bin/sh", ["sh", "-c", "ls -l /proc/self/fd >/dev/null; exec 3>&- 2>/dev/null; echo x >&40; exit 3"])
os.waitpid(pid, 0)
os.closerange(40, 60)
