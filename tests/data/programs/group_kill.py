"""One signal to a process group: both children end, the parent, in another group, doesn't."""

import os
import signal

read, write = os.pipe()
children = []
for _ in range(2):
    child = os.fork()
    if child == 0:
        os.setpgid(0, children[0] if children else 0)
        os.write(write, b".")
        signal.pause()
    children.append(child)
    os.read(read, 1)
os.killpg(children[0], signal.SIGTERM)
for child in children:
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGTERM
