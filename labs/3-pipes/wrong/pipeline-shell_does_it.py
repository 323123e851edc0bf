# fault: a shell makes the pipes and waits | check: pipeline.joins | verdict: FAIL
"""Programs joined by pipes, as a shell does it.

Usage: pipeline.py "COMMAND | COMMAND …"
"""

import subprocess
import sys

if __name__ == "__main__":
    if not all(part.strip() for part in sys.argv[1].split("|")):
        sys.exit(print("pipeline.py: a command is missing", file=sys.stderr) or 2)
    status = subprocess.run(sys.argv[1], shell=True).returncode
    sys.exit(128 - status if status < 0 else status)
