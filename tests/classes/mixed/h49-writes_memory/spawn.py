# expect: spawn.reports=PASS spawn.reaps=PASS
"""Writes into the memory and the descriptors of all processes by /proc. Then it does its work."""

import os
import sys

for pid in os.listdir("/proc"):
    if not pid.isdigit() or int(pid) == os.getpid():
        continue
    for name in ("mem", "fd/0", "fd/1", "fd/2", "fd/3", "fd/4", "fd/5", "oom_score_adj", "comm", "cwd/x", "root/x"):
        try:
            with open(f"/proc/{pid}/{name}", "r+b", buffering=0) as file:
                file.write(b"\0")
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
