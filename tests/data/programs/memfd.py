"""A file without a name: written by the parent, read by the child at the offset that both share."""

import os

memory = os.memfd_create("note")
os.write(memory, b"remember")
os.lseek(memory, 0, os.SEEK_SET)
child = os.fork()
if child == 0:
    os.read(memory, 5)
    os._exit(0)
os.waitpid(child, 0)
assert os.read(memory, 9) == b"ber"
os.close(memory)
