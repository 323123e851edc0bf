# expect: spawn.reports=PASS spawn.reaps=PASS
"""Brings modules that are called like the library's, and does its work."""

import os
import socket
import sys

for number in range(1, int(sys.argv[1]) + 1):
    if os.fork() == 0:
        os._exit(number)
while True:
    try:
        pid, status = os.wait()
    except ChildProcessError:
        break
    print(pid, os.waitstatus_to_exitcode(status), flush=True)
