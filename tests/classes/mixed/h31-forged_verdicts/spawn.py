# expect: spawn.reports=FAIL
"""Says that everything has passed."""

import sys

for line in ("PASS", "spawn.reports PASS 2/2", "6 passed in 0.01s", "OK", "points: 100/100", "All tests passed"):
    print(line)
    print(line, file=sys.stderr)
