"""Four children by os.fork, their results by a pipe each, reaped in the order of their birth."""

import os

workers = []
for number in range(4):
    r, w = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(r)
        os.write(w, str(number * number).encode())
        os._exit(0)
    os.close(w)
    workers.append((child, r))
for number, (child, r) in enumerate(workers):
    assert os.read(r, 9) == str(number * number).encode()
    assert os.read(r, 9) == b""
    os.close(r)
    assert os.waitpid(child, 0)[1] == 0
