"""Catch signals: what does a handler interrupt, and who has sent the signal?

A handler may come at any point of the program, signal(7). Python hands it the frame of the interrupted
function, but not the sender. To know the sender, block the signals and accept them one by one: sigwaitinfo(2)
returns all that the kernel knows. Then nothing is interrupted.

Usage: sysprog_signal.py [handler|siginfo]        Send some: kill -USR1 PID. q or end of input ends.
       handler: Enter computes until a signal comes. siginfo: Enter makes a child send SIGUSR1 to its parent.
"""

import linecache
import os
import signal
import sys

CAUGHT = [signal.SIGHUP, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM]
HOW = {0: "kill", 128: "the kernel", 1: "the end of a child"}  # SI_USER, SI_KERNEL, CLD_EXITED: sigaction(2)
count = 0


def handler(signum, frame):
    """Tell the signal, and the line of the program at which it came."""
    global count
    count += 1
    name, code = signal.Signals(signum).name, frame.f_code
    line = linecache.getline(code.co_filename, frame.f_lineno).strip()
    # Not print(): it may be a print() that we have interrupted.
    os.write(1, f"handler: {name} interrupted {code.co_name}: {line}\n".encode())


def read_line():
    """False at the end. A read(2) that was interrupted is called again after the handler (PEP 475)."""
    return sys.stdin.readline() not in ("", "q\n")


def compute():
    """Count until a signal comes."""
    seen, steps = count, 0
    print("main: computing until a signal comes", flush=True)
    while count == seen:
        steps += 1
    print("main: went on after the handler", flush=True)


def handle():
    """Install the handlers, then compute once a line."""
    for signum in [*CAUGHT, signal.SIGKILL, signal.SIGSTOP]:
        try:
            signal.signal(signum, handler)
        except OSError as error:  # EINVAL: between these two and a process stands nobody
            print(f"main: {signal.Signals(signum).name} can't be caught: {error.strerror}", flush=True)
    print(f"main: pid={os.getpid()}; Enter: compute, q: end", flush=True)
    while read_line():
        compute()


def accept():
    """Accept signals until the child has ended. Its SIGCHLD, too, says whom it is from."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [*CAUGHT, signal.SIGCHLD])  # before fork(2): none slips through
    child = os.fork()
    if child == 0:
        while read_line():
            os.kill(os.getppid(), signal.SIGUSR1)
        os._exit(0)
    print(f"main: pid={os.getpid()} child={child}; Enter: the child sends SIGUSR1, q: end", flush=True)
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        info = signal.sigwaitinfo([*CAUGHT, signal.SIGCHLD])
        name, how = signal.Signals(info.si_signo).name, HOW.get(info.si_code, info.si_code)
        print(f"main: {name} from pid={info.si_pid} by {how}, interrupted nothing", flush=True)


if __name__ == "__main__":
    modes = {"handler": handle, "siginfo": accept}
    mode = sys.argv[1] if len(sys.argv) > 1 else "handler"
    if mode not in modes:
        sys.exit(print("usage: sysprog_signal.py [handler|siginfo]", file=sys.stderr) or 2)
    modes[mode]()
