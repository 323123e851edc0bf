"""Five children end while SIGCHLD is blocked: it is delivered once, so a handler can't count them."""

import os
import signal

came = []
signal.signal(signal.SIGCHLD, lambda number, frame: came.append(number))
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
for _ in range(5):
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
assert len(came) == 1
