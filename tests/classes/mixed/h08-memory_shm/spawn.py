# expect: spawn.reports=CRASH
"""Fills /dev/shm with segments that outlive it, and is killed by SIGBUS where there is no room."""

import os
import sys

from multiprocessing import resource_tracker, shared_memory

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
resource_tracker.register = lambda *arguments: None
try:
    for number in range(1000):
        segment = shared_memory.SharedMemory(f"litter{number}", create=True, size=1 << 20)
        segment.buf[:] = bytes(1 << 20)
except OSError:
    pass
os._exit(0)
