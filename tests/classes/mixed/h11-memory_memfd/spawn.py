# expect: spawn.reports=MEMORY
"""Takes memory as files without a name."""

import os
import sys

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
while True:
    os.write(os.memfd_create("x"), bytes(64 << 20))
