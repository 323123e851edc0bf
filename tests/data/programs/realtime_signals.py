"""Three SIGUSR1 while blocked come once; three real-time signals come three times."""

import os
import signal

came = []
for number in (signal.SIGUSR1, signal.SIGRTMIN):
    signal.signal(number, lambda number, frame: came.append(number))
both = {signal.SIGUSR1, signal.SIGRTMIN}
signal.pthread_sigmask(signal.SIG_BLOCK, both)
for number in sorted(both):
    for _ in range(3):
        os.kill(os.getpid(), number)
signal.pthread_sigmask(signal.SIG_UNBLOCK, both)
