"""Blocked signals wait, and standard ones do not queue.

A blocked signal is not lost: it is pending until it is unblocked or accepted, signal(7). Of a standard signal
at most one is pending, however many were sent; real-time signals queue. Every thread has a mask of its own;
a signal to the process goes to any one thread that does not block it, or waits for it.

Usage: sysprog_signal_mask.py [block|queue|sigwait]        Enter goes on, q or end of input ends.
       block: SIGUSR1 and SIGUSR2 are blocked, then unblocked. queue: what is left of three of each kind.
       sigwait: one thread accepts the signals for all.
"""

import contextlib
import os
import signal
import sys
import threading

STANDARD = [signal.SIGUSR1, signal.SIGUSR2]


def handler(signum, frame):
    """Tell the signal. os.write(), because it may be a print() that it has interrupted."""
    os.write(1, f"handler: {signal.Signals(signum).name}\n".encode())


def block():
    """Block, let the user send, look at what is pending (sigpending(2)), unblock."""
    for signum in STANDARD:
        signal.signal(signum, handler)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STANDARD)
    signal.pthread_kill(threading.get_ident(), signal.SIGUSR2)  # to this thread; kill(2): to the process
    print(f"main: pid={os.getpid()} blocks SIGUSR1, SIGUSR2; send some, Enter: unblock", flush=True)
    sys.stdin.readline()
    names = " ".join(sorted(signal.Signals(signum).name for signum in signal.sigpending()))
    print(f"main: pending: {names}", flush=True)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)  # the mask as it was: what else it blocked is not ours
    print(f"main: unblocked, {len(signal.sigpending())} pending; Enter: end", flush=True)
    sys.stdin.readline()


def queue():
    """Send three of each kind to ourselves, then accept one after the other, without a handler."""
    kinds = [signal.SIGUSR1, signal.SIGRTMIN]
    signal.pthread_sigmask(signal.SIG_BLOCK, kinds)
    for signum in kinds * 3:
        os.kill(os.getpid(), signum)
    print(f"main: pid={os.getpid()} sent 3 SIGUSR1, 3 SIGRTMIN; Enter: accept", flush=True)
    sys.stdin.readline()
    while info := signal.sigtimedwait(kinds, 0):  # 0 seconds: only what is pending
        print(f"main: accepted {signal.Signals(info.si_signo).name}", flush=True)


def accept(wanted):
    """The thread: accept signal after signal, until SIGTERM."""
    signum = None
    while signum != signal.SIGTERM:
        signum = signal.sigwait(wanted)
        print(f"thread: tid={threading.get_native_id()} accepted {signum.name}", flush=True)


def sigwait():
    """Block the signals in every thread and wait for them in one: a plain loop instead of a handler."""
    wanted = [*STANDARD, signal.SIGTERM]
    signal.pthread_sigmask(signal.SIG_BLOCK, wanted)  # before start(): a thread inherits its creator's mask
    thread = threading.Thread(target=accept, args=(wanted,))
    thread.start()
    print(f"main: pid={os.getpid()} thread={thread.native_id}; send some, Enter: end", flush=True)
    try:
        sys.stdin.readline()
    finally:
        signal.pthread_kill(thread.ident, signal.SIGTERM)
        thread.join()


if __name__ == "__main__":
    modes = {"block": block, "queue": queue, "sigwait": sigwait}
    mode = sys.argv[1] if len(sys.argv) > 1 else "block"
    if mode not in modes:
        sys.exit(print("usage: sysprog_signal_mask.py [block|queue|sigwait]", file=sys.stderr) or 2)
    with contextlib.suppress(KeyboardInterrupt):
        modes[mode]()
