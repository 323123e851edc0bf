# expect: spawn.reports=PASS spawn.reaps=PASS
"""Asks for namespaces, mounts, a filter and a root of its own. Then it does its work."""

import ctypes
import os
import sys

libc = ctypes.CDLL(None, use_errno=True)
for flags in (0x10000000, 0x20000000, 0x00020000, 0x40000000, 0x04000000):
    libc.unshare(flags)
libc.mount(b"none", b"/tmp", b"tmpfs", 0, None)
libc.umount2(b"/run/proclab", 2)
libc.pivot_root(b"/tmp", b"/tmp")
PR_SET_SECCOMP, PR_SET_DUMPABLE, PR_SET_PTRACER = 22, 4, 0x59616D61
for option in (PR_SET_SECCOMP, PR_SET_DUMPABLE, PR_SET_PTRACER):
    libc.prctl(option, 2 if option == PR_SET_SECCOMP else 0, 0, 0, 0)
for call in (os.chroot, os.listdir):
    try:
        call("/run/proclab")
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
