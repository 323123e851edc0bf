# expect: spawn.reports=TIMEOUT
"""Makes empty files until there is no inode left."""

import os
import sys

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
for place in (".", "/tmp", "/home/student", "/dev/shm"):
    try:
        for number in range(1_000_000):
            os.close(os.open(f"{place}/{number}", os.O_CREAT | os.O_WRONLY))
    except OSError:
        pass
