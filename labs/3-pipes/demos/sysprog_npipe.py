"""A named pipe (FIFO) in /tmp, between programs that are no relatives: its path is all they have to know.

open(2) blocks until the other side is open too (fifo(7)). A write(2) of at most PIPE_BUF bytes is atomic: it goes
into the pipe as a whole or not yet, so such lines of several writers never tear. Longer ones can (pipe(7)).

Usage: sysprog_npipe.py         read lines until the last writer is gone; q or end of input ends it at once
       sysprog_npipe.py NAME    write each line of input until q or end of input;
                                "4096 20" is 20 lines of 4096 bytes, full of NAME's first letter
"""

import contextlib
import itertools
import os
import re
import select
import signal
import sys
import threading

FIFO = "/tmp/sysprog_npipe"


def say(who, text):
    """Print an event."""
    print(f"{who}: pid={os.getpid()} {text}", flush=True)


def leave():
    """Remove the path and end. Who has the FIFO open can go on using it, as any file."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(FIFO)
    os._exit(0)


def leave_at_q():
    """A thread of the reader, whose main thread may be stuck in open(2) or read(2)."""
    with contextlib.suppress(OSError):  # EIO: a background process can't read its terminal
        for line in sys.stdin:
            if line.strip() == "q":
                break
        leave()


def reader():
    """Print every line; a long one as what it is made of, and only if it differs from the one before."""
    signal.signal(signal.SIGTTIN, signal.SIG_IGN)  # in the background: EIO instead of being stopped
    threading.Thread(target=leave_at_q, daemon=True).start()
    say("reader", f"opens {FIFO}; q: end")
    with contextlib.suppress(KeyboardInterrupt), open(FIFO, errors="replace") as pipe:
        say("reader", "has opened it")
        number, torn, last = 0, 0, ""
        for number, line in enumerate(pipe, 1):
            runs = [f"{len(list(run))} x {letter}" for letter, run in itertools.groupby(line.strip())]
            if len(line) < 80:
                say("reader", f"line {number}: {line.strip()!r}")
            elif line != last:
                say("reader", f"line {number}: {' + '.join(runs)}")
                torn += len(runs) > 1
            last = line
        say("reader", f"end of file, lines={number} torn={torn}")
    leave()


def lines(name, text):
    """What the writer makes of a line of input."""
    if numbers := re.fullmatch(r"([1-9]\d*) ([1-9]\d*)", text):
        length, count = map(int, numbers.groups())
        return [(name[0] * length).encode()[: length - 1] + b"\n"] * count
    return [f"{name}: {text}\n".encode()]


def writer(name):
    """Write what is entered, a write(2) for each line."""
    say(name, f"opens {FIFO}, PIPE_BUF={select.PIPE_BUF}")
    try:
        pipe = os.open(FIFO, os.O_WRONLY)
    except KeyboardInterrupt:  # no reader has come that would remove the path
        leave()
    say(name, "has opened it; q: end")
    for text in sys.stdin:
        if text.strip() == "q":
            break
        some = lines(name, text.strip())
        say(name, f"writes {len(some)} x {len(some[0])} bytes")
        for line in some:
            while line:  # once; but a write(2) that was interrupted halfway has to be continued
                line = line[os.write(pipe, line) :]
        say(name, "has written")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.exit(print("usage: sysprog_npipe.py [NAME]", file=sys.stderr) or 2)
    with contextlib.suppress(FileExistsError):
        os.mkfifo(FIFO)
    try:
        writer(sys.argv[1]) if sys.argv[1:] else reader()
    except BrokenPipeError as error:  # EPIPE: the last reader is gone
        say(sys.argv[1], f"cannot write: {error}")
    except KeyboardInterrupt:
        pass
