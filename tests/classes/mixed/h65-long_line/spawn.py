# expect: spawn.reports=OUTPUT
"""Prints one line of 10 MB."""

import os
import sys

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
os.write(1, b"1 ")
for _ in range(160):
    os.write(1, b"1" * 65536)
