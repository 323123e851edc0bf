# expect: spawn.reports=FAIL
"""Opens files until no descriptor is left, in every child that it can get."""

import os
import sys

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
for _ in range(3):
    os.fork()
try:
    while True:
        os.open("/dev/null", os.O_RDONLY)
except OSError:
    os._exit(0)
