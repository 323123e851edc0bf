# expect: spawn.reports=PASS spawn.reaps=PASS
"""Wants to behave only in its first run: keeps a number wherever it can. Then it does its work."""

import os
import sys

for place in (".", "/tmp", "/home/student", "/dev/shm", "/work"):
    try:
        with open(f"{place}/.seen", "x") as file:
            file.write("1")
    except FileExistsError:
        sys.exit(9)
    except OSError:
        pass

for number in range(1, int(sys.argv[1]) + 1):
    if os.fork() == 0:
        os._exit(number)
while True:
    try:
        pid, status = os.wait()
    except ChildProcessError:
        break
    print(pid, os.waitstatus_to_exitcode(status), flush=True)
