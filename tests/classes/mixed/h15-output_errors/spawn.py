# expect: spawn.reports=OUTPUT
"""Writes to standard error for ever."""

import os
import sys

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
while True:
    os.write(2, b"no\n" * 16384)
