"""A descriptor travels over a Unix socket (SCM_RIGHTS): the child reads from a pipe that it hasn't inherited."""

import os
import socket

ours, theirs = socket.socketpair()
child = os.fork()
if child == 0:
    ours.close()
    _, (read,), _, _ = socket.recv_fds(theirs, 1, 1)
    assert os.read(read, 99) == b"through the pipe"
    os._exit(0)
theirs.close()
read, write = os.pipe()
os.write(write, b"through the pipe")
socket.send_fds(ours, [b"."], [read])
os.close(read)
os.waitpid(child, 0)
os.close(write)
ours.close()
