# expect: spawn.reports=PIDS
"""Starts threads that never end."""

import sys
import threading

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
gate = threading.Event()
while True:
    try:
        threading.Thread(target=gate.wait, daemon=True).start()
    except RuntimeError:
        pass
