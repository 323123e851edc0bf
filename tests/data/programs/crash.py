"""Children killed by SIGSEGV and SIGABRT; the parent sees it in their status."""

import os
import signal

for number in (signal.SIGSEGV, signal.SIGABRT):
    child = os.fork()
    if child == 0:
        signal.raise_signal(number)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == number
