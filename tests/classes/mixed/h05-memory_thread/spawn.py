# expect: spawn.reports=MEMORY
"""A thread takes all memory."""

import sys
import threading

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
kept = []


def take():
    while True:
        kept.append(bytearray(1 << 20))


taker = threading.Thread(target=take)
taker.start()
taker.join()
