# expect: spawn.reports=FAIL
"""Fills pipes, whose pages the kernel keeps, as many as there can be."""

import fcntl
import os
import sys

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
try:
    while True:
        read_end, write_end = os.pipe()
        os.set_blocking(write_end, False)
        try:
            fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 1 << 20)
        except OSError:
            pass
        try:
            while True:
                os.write(write_end, bytes(1 << 16))
        except BlockingIOError:
            pass
except OSError:
    pass
