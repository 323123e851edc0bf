# expect: spawn.reports=PASS spawn.reaps=PASS
"""Writes into the kernel's own files and its container's limits. Then it does its work."""

import os
import sys

PLACES = """/proc/sysrq-trigger /proc/sys/kernel/core_pattern /proc/sys/kernel/pid_max /proc/self/oom_score_adj
/proc/1/oom_score_adj /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max /sys/fs/cgroup/cgroup.kill
/sys/fs/cgroup/cgroup.freeze /sys/fs/cgroup/cgroup.procs /dev/mem /dev/kmsg /etc/passwd /etc/ld.so.preload""".split()
for path in PLACES:
    for text in ("1", "-1000", "max"):
        try:
            with open(path, "w") as file:
                file.write(text)
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
