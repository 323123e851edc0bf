# expect: spawn.reports=FAIL
"""Gives its processes names with line ends, brackets and escapes, as /proc shows them."""

import ctypes
import os

libc = ctypes.CDLL(None)
for name in (b"x) Z 1 1 1", b"a\nb\x1b[2J", b"\xff\xfe", b"init"):
    if os.fork() == 0:
        libc.prctl(15, name, 0, 0, 0)
        os._exit(0)
os._exit(0)
