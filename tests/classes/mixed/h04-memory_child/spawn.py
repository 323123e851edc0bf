# expect: spawn.reports=MEMORY
"""A child takes all memory; its parent looks well and reports it."""

import os
import sys

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
if os.fork() == 0:
    kept = []
    while True:
        kept.append(bytearray(1 << 20))
pid, status = os.wait()
print(pid, 1, flush=True)
print(pid + 1, 2, flush=True)
print(pid + 2, 3, flush=True)
