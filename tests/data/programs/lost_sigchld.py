"""Five children end while SIGCHLD is blocked: it is delivered once; a handler that waits once leaves four zombies."""

import os
import signal

signal.signal(signal.SIGCHLD, lambda number, frame: os.waitpid(-1, 0))
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
for _ in range(5):
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
