# expect: spawn.reports=PASS spawn.reaps=PASS
"""Asks for children that no recorder sees, and for calls that it can't follow. Then it does its work."""

import ctypes
import os
import sys

libc = ctypes.CDLL(None, use_errno=True)
CLONE_UNTRACED, SIGCHLD = 0x00800000, 17
CLONE, IO_URING_SETUP = (56, 425) if os.uname().machine == "x86_64" else (220, 425)
if libc.syscall(CLONE, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0) == 0:
    os._exit(0)
libc.syscall(IO_URING_SETUP, 8, ctypes.create_string_buffer(120))

for number in range(1, int(sys.argv[1]) + 1):
    if os.fork() == 0:
        os._exit(number)
while True:
    try:
        pid, status = os.wait()
    except ChildProcessError:
        break
    print(pid, os.waitstatus_to_exitcode(status), flush=True)
