"""A log that many programs write to through a FIFO, and one reads.

Usage: fifo_log.py read PATH COMMAND…     make the FIFO, run the commands, print what is written to it
       fifo_log.py write PATH NAME        write each line of input to it, as "NAME: line"
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading


def stop(number, frame):
    """SIGTERM: the way out leads through every finally."""
    sys.exit(128 + number)


def let_go(commands, keeper):
    """Once all commands have ended nobody will write any more: end of file may come."""
    for command in commands:
        command.wait()
    os.close(keeper)


def read(path, texts):
    """Print whole lines until the last command has ended and all that it wrote has been read.

    As long as this process itself holds a write end there is no end of file, whoever comes and goes.
    """
    signal.signal(signal.SIGTERM, stop)
    os.mkfifo(path)
    try:
        keeper = os.open(path, os.O_RDWR)  # O_WRONLY would wait for a reader, and that is the next line
        with open(path, "rb") as log:
            commands = [subprocess.Popen(["sh", "-c", text]) for text in texts]
            threading.Thread(target=let_go, args=[commands, keeper], daemon=True).start()
            for line in log:
                sys.stdout.buffer.write(line)
                sys.stdout.flush()
    finally:
        os.unlink(path)


def write(path, name):
    """One line, one write(2) of at most PIPE_BUF bytes: such a write goes into the FIFO as a whole (pipe(7))."""
    with open(path, "wb", buffering=0) as log:
        for line in sys.stdin.buffer:
            text = name.encode() + b": " + line.rstrip(b"\n")
            log.write(text[: select.PIPE_BUF - 1] + b"\n")


if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[1] not in ("read", "write"):
        sys.exit(print("usage: fifo_log.py read PATH COMMAND… | write PATH NAME", file=sys.stderr) or 2)
    with contextlib.suppress(KeyboardInterrupt):
        read(sys.argv[2], sys.argv[3:]) if sys.argv[1] == "read" else write(*sys.argv[2:])
