"""An anonymous pipe: the child sends numbered messages with growing pauses, the parent prints each with the time.

A reader sees end of file when the last write end is closed (pipe(7)), and fork(2) copies both ends into every
child. One forgotten descriptor, in whatever process, is enough: read(2) never returns.

Usage: sysprog_apipe.py [close|hold|inherit]
    close    every process closes the end that it does not use (default)
    hold     the parent keeps its own write end, until q or end of input
    inherit  a second child keeps the write end that fork gave it, until q or end of input
"""

import contextlib
import os
import signal
import sys
import threading
import time

START = time.monotonic()  # the same clock in every process


def say(text):
    """Print an event with the time since the start."""
    print(f"{time.monotonic() - START:.3f} s {text}", flush=True)


def send(write_end):
    """Five messages, each after a longer pause."""
    say(f"child: pid={os.getpid()} has write end fd={write_end}")
    for number in range(1, 6):
        time.sleep(number / 10)
        os.write(write_end, f"message {number} after 0.{number} s\n".encode())
    say(f"child: pid={os.getpid()} has sent all and ends")


def hold(write_end):
    """Write nothing, but keep the write end open: somebody could still write, so the reader must wait."""
    say(f"holder: pid={os.getpid()} has write end fd={write_end}; q: close it")
    for line in sys.stdin:
        if line.strip() == "q":
            break
    say(f"holder: pid={os.getpid()} closes it")
    os.close(write_end)


def fork(task, read_end, write_end):
    """Start a child for a task that needs the write end only; returns its pid."""
    pid = os.fork()
    if pid == 0:
        for number in (signal.SIGINT, signal.SIGPIPE):  # ^C, or nobody left to read: simply end
            signal.signal(number, signal.SIG_DFL)
        os.close(read_end)
        task(write_end)
        os._exit(0)  # the kernel closes what is still open
    return pid


def main(mode):
    """Fork, read until end of file, wait for the children."""
    read_end, write_end = os.pipe()
    number = os.fstat(read_end).st_ino  # its inode: so lsof and /proc/PID/fd call the pipe
    say(f"parent: pid={os.getpid()} pipe={number} read end fd={read_end} write end fd={write_end}")
    children = [fork(send, read_end, write_end)]
    if mode == "inherit":
        children.append(fork(hold, read_end, write_end))
    if mode == "hold":  # a thread listens for q: the process itself is about to be stuck in read(2)
        threading.Thread(target=hold, args=[write_end], daemon=True).start()
    else:
        os.close(write_end)
    try:
        with open(read_end) as pipe:
            for message in pipe:
                say(f"parent: read {message.strip()!r}")
        say("parent: end of file, the last write end is closed")
    except KeyboardInterrupt:
        for pid in children:
            os.kill(pid, signal.SIGTERM)
    for pid in children:
        os.waitpid(pid, 0)


if __name__ == "__main__":
    mode = sys.argv[1] if len(sys.argv) > 1 else "close"
    if mode not in ("close", "hold", "inherit"):
        sys.exit(print("usage: sysprog_apipe.py [close|hold|inherit]", file=sys.stderr) or 2)
    with contextlib.suppress(KeyboardInterrupt):
        main(mode)
