"""Many children end at once, and SIGCHLD does not count them.

A standard signal is pending or it is not; a second one adds nothing, signal(7). So a handler for SIGCHLD must
reap in a loop until no ended child is left. The parent blocks SIGCHLD while the children end: that makes
certain what else happens by chance, when they end faster than it can look.

Usage: sysprog_signal_chld.py [loop|single|apart]        Enter goes on, q or end of input ends.
       loop: the handler reaps all that have ended. single: it waits once for each signal.
       apart: it waits once as well, but the children end one after another. Then nobody notices.
"""

import contextlib
import os
import signal
import sys

CHILDREN = 10
mode = sys.argv[1] if len(sys.argv) > 1 else "loop"
signals = reaped = 0


def reap():
    """Reap one child that has ended; False when there is none."""
    global reaped
    try:
        pid, _ = os.waitpid(-1, os.WNOHANG)  # WNOHANG: a handler must not wait for children that live on
    except ChildProcessError:  # ECHILD: there are no children at all, waitpid(2)
        return False
    reaped += pid != 0
    return pid != 0


def on_child(signum, frame):
    """The handler. One signal may stand for many children."""
    global signals
    signals += 1
    while reap() and mode == "loop":
        pass


def end_together(number):
    """Fork children that end, and come back when all have ended and none has been reaped."""
    pids = []
    for _ in range(number):
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        pids.append(pid)
    for pid in pids:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # WNOWAIT: look, but leave it a zombie


def main():
    """Let ten children end, all together or apart; then count signals and zombies."""
    signal.signal(signal.SIGCHLD, on_child)
    print(f"parent: pid={os.getpid()} children={CHILDREN}", flush=True)
    for size in [1] * CHILDREN if mode == "apart" else [CHILDREN]:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        end_together(size)
        if mode != "apart":
            print(f"parent: children={size} ended, SIGCHLD blocked; Enter: unblock", flush=True)
            sys.stdin.readline()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])  # the handler runs before this returns
    print(f"parent: SIGCHLD={signals} reaped={reaped} zombies={CHILDREN - reaped}; Enter: end", flush=True)
    sys.stdin.readline()
    while reap():  # what a single wait has left
        pass


if __name__ == "__main__":
    if mode not in ("loop", "single", "apart"):
        sys.exit(print("usage: sysprog_signal_chld.py [loop|single|apart]", file=sys.stderr) or 2)
    with contextlib.suppress(KeyboardInterrupt):
        main()
