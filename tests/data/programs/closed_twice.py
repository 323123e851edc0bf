"""close(2) twice: the second one fails, and closes nothing that has got the number meanwhile."""

import os

read, write = os.pipe()
os.close(read)
try:
    os.close(read)
except OSError:
    again = os.open("/dev/null", os.O_RDONLY)
    assert again == read
    os.close(again)
os.close(write)
