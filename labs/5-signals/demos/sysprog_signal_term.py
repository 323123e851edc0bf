"""A worker that SIGTERM asks to leave: it finishes its item and cleans up. A second SIGTERM: at once.

The handler does no work, it sets a flag; the loop looks at it between two items. Without a handler SIGTERM
kills the process wherever it stands, and its pid file stays. Process 1 is different: from its own container
it gets only signals that it has a handler for, the kernel drops the others, pid_namespaces(7).

Usage: sysprog_signal_term.py [worker|plain]        Enter finishes the item, q or end of input ends.
       worker: with a handler. plain: without.
"""

import contextlib
import os
import signal
import sys

PID_FILE = "worker.pid"
leaving = False


def on_term(signum, frame):
    """The first one is a request, the second one an order."""
    global leaving
    if leaving:
        os.write(1, b"handler: second SIGTERM, leaving at once\n")
        os._exit(128 + signum)  # no clean-up. Not SIG_DFL and kill(2): in process 1 that would do nothing
    leaving = True
    os.write(1, b"handler: SIGTERM, will leave after this item\n")


def work(number):
    """One item: begun here, finished with the next line of input. False when there is no other."""
    print(f"worker: item={number} begun; Enter: finish it, q: end", flush=True)
    line = sys.stdin.readline()
    print(f"worker: item={number} finished", flush=True)
    return line not in ("", "q\n")


def main(mode):
    """Do item after item; the pid file says that somebody is at it."""
    if mode == "worker":
        signal.signal(signal.SIGTERM, on_term)
    with contextlib.suppress(FileNotFoundError), open(PID_FILE) as file:
        print(f"worker: stale {PID_FILE} of pid={file.read().strip()}, replaced", flush=True)
    with open(PID_FILE, "w") as file:
        file.write(f"{os.getpid()}\n")
    print(f"worker: pid={os.getpid()} {PID_FILE} written", flush=True)
    try:
        number = 1
        while work(number) and not leaving:
            number += 1
    finally:  # after a return, an exception, ^C; not after a signal that kills
        os.unlink(PID_FILE)
        print(f"worker: {PID_FILE} removed", flush=True)


if __name__ == "__main__":
    mode = sys.argv[1] if len(sys.argv) > 1 else "worker"
    if mode not in ("worker", "plain"):
        sys.exit(print("usage: sysprog_signal_term.py [worker|plain]", file=sys.stderr) or 2)
    with contextlib.suppress(KeyboardInterrupt):
        main(mode)
