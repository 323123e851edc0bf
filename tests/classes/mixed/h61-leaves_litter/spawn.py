# expect: spawn.reports=PASS spawn.reaps=PASS
"""Leaves files, folders without rights, links and locks wherever it can. Then it does its work."""

import fcntl
import os
import sys

for place in (".", "/tmp", "/home/student", "/dev/shm", "/work"):
    try:
        if os.path.lexists(f"{place}/litter"):
            sys.exit(5)
        os.makedirs(f"{place}/litter/deep/deeper")
        os.symlink("/etc/passwd", f"{place}/litter/link")
        os.symlink(".", f"{place}/litter/round")
        os.mkfifo(f"{place}/litter/fifo")
        file = os.open(f"{place}/litter/lock", os.O_CREAT | os.O_RDWR)
        fcntl.flock(file, fcntl.LOCK_EX)
        os.close(file)
        os.chmod(f"{place}/litter/deep", 0)
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
