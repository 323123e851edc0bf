"""A parent and a child take turns at an anonymous mmap, with two pipes for the turns."""

import mmap
import os

area = mmap.mmap(-1, 4096)
ping, pong = os.pipe(), os.pipe()
child = os.fork()
if child == 0:
    os.close(ping[1])
    os.close(pong[0])
    for _ in range(3):
        os.read(ping[0], 1)
        area[0] += 1
        os.write(pong[1], b"x")
    os._exit(0)
os.close(ping[0])
os.close(pong[1])
for number in range(3):
    os.write(ping[1], b"x")
    os.read(pong[0], 1)
    assert area[0] == number + 1
os.waitpid(child, 0)
