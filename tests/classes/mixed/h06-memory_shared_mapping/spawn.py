# expect: spawn.reports=MEMORY
"""Takes memory as shared mappings, which belong to no heap."""

import mmap
import sys

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
kept = []
while True:
    kept.append(mmap.mmap(-1, 16 << 20))
    for page in range(0, 16 << 20, 4096):
        kept[-1][page] = 1
