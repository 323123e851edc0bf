"""A daemon by double fork: the middle process ends, the grandchild is an orphan; a thread dies with its process."""

import os
import threading

r, w = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.read(r, 1)  # goes on when the first process writes
        os.close(r)
        os._exit(5)
    os._exit(0)
os.wait()
threading.Thread(target=os.read, args=(r, 1), daemon=True).start()
os.write(w, b"go")
