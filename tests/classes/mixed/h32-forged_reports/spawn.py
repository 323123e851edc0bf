# expect: spawn.reports=FAIL
"""Prints reports of children that it has never had."""

import os
import sys

for number in range(1, int(sys.argv[1]) + 1):
    print(os.getpid() + number, number, flush=True)
