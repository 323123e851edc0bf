"""A child has ended and its parent ends without having waited for it."""

import os

child = os.fork()
if child == 0:
    os._exit(7)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # it has ended, and stays what it is
