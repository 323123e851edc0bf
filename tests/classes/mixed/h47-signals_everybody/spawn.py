# expect: spawn.reports=PASS spawn.reaps=PASS
"""Sends every signal to every process but its own. Then it does its work."""

import os
import signal
import sys


def status(pid):
    with open(f"/proc/{pid}/status") as file:
        return file.read()


for entry in sorted(os.listdir("/proc"), key=len):
    if entry.isdigit() and int(entry) != os.getpid():
        for number in (signal.SIGTERM, signal.SIGSTOP, signal.SIGKILL, signal.SIGCHLD):
            try:
                os.kill(int(entry), number)
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
