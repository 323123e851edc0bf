"""Two writers, one after the other, one reader, one FIFO. Two at once could meet a reader that is leaving."""

import os

path = f"/tmp/fifo.{os.getpid()}"
os.mkfifo(path)
found = []
for number in range(2):
    child = os.fork()
    if child == 0:
        with open(path, "w") as fifo:
            fifo.write(f"{number}\n")
        os._exit(0)
    with open(path) as fifo:
        found += fifo.read().split()
    os.waitpid(child, 0)
assert found == ["0", "1"]
os.unlink(path)
