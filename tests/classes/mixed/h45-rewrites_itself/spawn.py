# expect: spawn.reports=PASS spawn.reaps=PASS
"""Replaces its own file, so that the next run would be another program's. Then it does its work."""

import os
import sys

for path in (sys.argv[0], os.path.abspath(sys.argv[0]), "spawn.py"):
    try:
        os.chmod(path, 0o777)
        os.unlink(path)
        with open(path, "w") as file:
            file.write("print('another program')\n")
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
