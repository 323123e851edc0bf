"""A daemon as the book has it: fork, setsid, fork. It outlives who started it, and says so by a FIFO."""

import os

path = f"/tmp/daemon.{os.getpid()}"
os.mkfifo(path)
child = os.fork()
if child == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    os.chdir("/")
    with open(path, "w") as fifo:
        fifo.write("here")
    os.read(0, 1)
    os._exit(0)
os.waitpid(child, 0)
with open(path) as fifo:
    assert fifo.read() == "here"
os.unlink(path)
