"""Wait for K workers of _thread: the last one to be done opens the door for main."""

import _thread
import os
import sys

door = _thread.allocate_lock()  # closed until all are done
counting = _thread.allocate_lock()  # guards the two counters
left = 0
failures = 0


def leave(failed):
    """One worker less; the last one opens the door."""
    global left, failures
    with counting:
        left -= 1
        failures += failed
        if left == 0:
            door.release()


def worker(number, job):
    """A worker, which leaves in any case."""
    failed = True
    try:
        os.write(1, b"worker %d: starts\n" % number)
        if job == "fail":
            raise ValueError(job)
        if job == "read":
            os.read(0, 1)
        os.write(1, b"worker %d: ends\n" % number)
        failed = False
    except ValueError as error:
        os.write(2, b"worker %d: %r\n" % (number, error.args))
    leave(failed)


count = left = int(sys.argv[1])
if count:
    door.acquire()
for index in range(count):
    _thread.start_new_thread(worker, (index + 1, (sys.argv[2:] + ["read"] * count)[index]))
door.acquire()
os.write(1, b"main: all %d workers are done, %d failed\n" % (count, failures))
