"""A FIFO: both opens wait for each other; a reader, a writer, end of file; and one that is opened for both."""

import os

os.mkfifo("/tmp/f")
pid = os.fork()
if pid == 0:
    w = os.open("/tmp/f", os.O_WRONLY)
    os.write(w, b"through the FIFO")
    os._exit(0)
r = os.open("/tmp/f", os.O_RDONLY)
print(os.read(r, 100), os.read(r, 100), flush=True)
os.close(r)
os.waitpid(pid, 0)
both = os.open("/tmp/f", os.O_RDWR)
os.write(both, b"to myself")
os.read(both, 100)
os.unlink("/tmp/f")
