# expect: spawn.reports=FAIL
"""Fills every place that can be written to, and says nothing of it."""

import sys

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
for place in (".", "/tmp", "/home/student", "/work", "/dev/shm", "/run", "/var/tmp"):
    try:
        with open(f"{place}/full", "wb") as file:
            while True:
                file.write(bytes(1 << 20))
    except OSError:
        pass
