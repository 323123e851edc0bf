# expect: spawn.reports=PASS spawn.reaps=PASS
"""Asks to be traced, and to trace, read and write everybody. Then it does its work."""

import ctypes
import os
import sys

libc = ctypes.CDLL(None, use_errno=True)
PTRACE_TRACEME, PTRACE_ATTACH, PTRACE_SEIZE = 0, 16, 0x4206
libc.ptrace(PTRACE_TRACEME, 0, 0, 0)
for pid in {1, 2, os.getppid(), *(int(name) for name in os.listdir("/proc") if name.isdigit())} - {os.getpid()}:
    libc.ptrace(PTRACE_ATTACH, pid, 0, 0)
    libc.ptrace(PTRACE_SEIZE, pid, 0, 0)
    libc.process_vm_writev(pid, 0, 0, 0, 0, 0)

for number in range(1, int(sys.argv[1]) + 1):
    if os.fork() == 0:
        os._exit(number)
while True:
    try:
        pid, status = os.wait()
    except ChildProcessError:
        break
    print(pid, os.waitstatus_to_exitcode(status), flush=True)
