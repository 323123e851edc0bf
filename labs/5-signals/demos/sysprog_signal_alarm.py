"""A blocking read with a time limit: SIGALRM interrupts it, and the handler decides what becomes of it.

The kernel ends the interrupted read(2) with EINTR. A Python program does not see that: after the handler
Python calls read again (PEP 475). Only a handler that raises an exception gets the program out of the read.

Usage: sysprog_signal_alarm.py [raise|return|eintr] [SECONDS]        A line, q or end of input ends.
       raise: the handler raises, the read is given up. return: it returns, the read goes on, at every alarm.
       eintr: read(2) of the C library, without Python's second call: what the kernel says.
"""

import contextlib
import ctypes
import errno
import os
import signal
import sys

alarms = 0


def on_alarm(signum, frame):
    """Count, and return to where the program was."""
    global alarms
    alarms += 1
    os.write(1, f"handler: SIGALRM no. {alarms}\n".encode())


def on_alarm_raise(signum, frame):
    """Count, and leave what was being executed by way of an exception."""
    on_alarm(signum, frame)
    raise TimeoutError


def read():
    """read(2) as Python calls it."""
    return repr(os.read(0, 1024))


def read_once():
    """read(2) as the C library calls it."""
    libc = ctypes.CDLL(None, use_errno=True)
    size = libc.read(0, ctypes.create_string_buffer(1024), 1024)
    return f"{size} errno={errno.errorcode[ctypes.get_errno()]}" if size == -1 else str(size)


def main(mode, seconds):
    """Read while the alarm is set."""
    signal.signal(signal.SIGALRM, on_alarm_raise if mode == "raise" else on_alarm)
    print(f"main: pid={os.getpid()} reads; alarm in {seconds} s; a line ends", flush=True)
    try:
        # setitimer(2): alarm(2) knows whole seconds only. The second number makes it ring again and again.
        signal.setitimer(signal.ITIMER_REAL, seconds, seconds if mode == "return" else 0)
        try:
            result = read_once() if mode == "eintr" else read()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)  # else it would ring in code that has no time limit
        print(f"main: read returned {result}, alarms={alarms}", flush=True)
    except TimeoutError:
        print(f"main: read given up, alarms={alarms}", flush=True)


if __name__ == "__main__":
    mode = sys.argv[1] if len(sys.argv) > 1 else "raise"
    if mode not in ("raise", "return", "eintr"):
        sys.exit(print("usage: sysprog_signal_alarm.py [raise|return|eintr] [SECONDS]", file=sys.stderr) or 2)
    with contextlib.suppress(KeyboardInterrupt):
        main(mode, float(sys.argv[2]) if len(sys.argv) > 2 else 5)
