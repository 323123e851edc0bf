"""Asking again and again instead of waiting: twenty reads that tell nothing, then one that does."""

import os

read, write = os.pipe()
os.set_blocking(read, False)
for asked in range(21):
    if asked == 20:
        os.write(write, b"now")
    try:
        assert os.read(read, 9) == b"now"
    except BlockingIOError:
        assert asked < 20
