"""Descriptors that are neither file nor pipe: memfd, epoll, eventfd, pidfd, directory, device, deleted file."""

import os
import select
import tempfile

m = os.memfd_create("mine")
os.write(m, b"x" * 10)
e = os.eventfd(0)
os.eventfd_write(e, 1)
poll = select.epoll()
poll.register(e, select.EPOLLIN)
print(poll.poll(1), flush=True)
p = select.poll()
p.register(e, select.POLLIN)
print(p.poll(10), select.select([e], [], [], 0.1)[0], flush=True)
d = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
z = os.open("/dev/zero", os.O_RDONLY)
os.read(z, 3)
with tempfile.TemporaryFile() as file:
    file.write("уничтожен, \\ \"quoted\" <odd>\n\x01".encode())
    file.flush()
odd = os.open("/tmp/odd, name) = 3 <x>\n", os.O_RDWR | os.O_CREAT)
os.write(odd, b"\xff\x00) = 5")
pid = os.fork()
if pid == 0:
    os._exit(7)
pidfd = os.pidfd_open(pid)
ended = os.waitid(os.P_PIDFD, pidfd, os.WEXITED)
print(ended and ended.si_status, flush=True)
for fd in (m, e, d, z, odd, pidfd):
    os.close(fd)
