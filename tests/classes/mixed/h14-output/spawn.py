# expect: spawn.reports=OUTPUT
"""Writes to standard output for ever."""

import os
import sys

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
while True:
    os.write(1, b"1 1\n" * 16384)
