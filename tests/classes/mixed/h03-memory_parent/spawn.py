# expect: spawn.reports=MEMORY
"""Takes all memory itself."""

import sys

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
kept = []
while True:
    kept.append(bytearray(1 << 20))
