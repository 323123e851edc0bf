"""A child is a zombie while its parent is busy with other things; then it is reaped."""

import os
import time

child = os.fork()
if child == 0:
    os._exit(7)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
time.sleep(0.15)  # the other things
os.waitpid(child, 0)
