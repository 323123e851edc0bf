# expect: spawn.reports=FAIL
"""Writes into all descriptors that it may have inherited, closes them, and goes on without."""

import os
import sys

for descriptor in range(3, 4096):
    try:
        os.write(descriptor, b"evil\n")
    except OSError:
        pass
os.closerange(0, 4096)

for number in range(1, int(sys.argv[1]) + 1):
    if os.fork() == 0:
        os._exit(number)
while True:
    try:
        pid, status = os.wait()
    except ChildProcessError:
        break
    print(pid, os.waitstatus_to_exitcode(status), flush=True)
