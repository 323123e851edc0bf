"""A descriptor goes through a socket to a child that has never opened it (SCM_RIGHTS)."""

import os
import socket

here, there = socket.socketpair()
pid = os.fork()
if pid == 0:
    here.close()
    data, fds, flags, addr = socket.recv_fds(there, 100, 4)
    os.write(fds[0], b"through the received descriptor")
    os.close(fds[0])
    os._exit(0)
there.close()
r, w = os.pipe()
socket.send_fds(here, [b"take these"], [w, r])
os.close(w)
print(os.read(r, 100), flush=True)
print(os.read(r, 100), os.waitpid(pid, 0)[1], flush=True)
