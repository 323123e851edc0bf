"""One loop waits for the FIFO and, by pidfds, for the ends of the commands."""

import os
import select
import signal
import subprocess
import sys


class Log:
    def __init__(self, path):
        self.path = path

    def __enter__(self):
        os.mkfifo(self.path)
        self.fd = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)
        self.rest = b""
        return self

    def __exit__(self, *error):
        os.close(self.fd)
        os.unlink(self.path)

    def take(self):
        """Print all that is there; only what ends in a newline is a line."""
        while True:
            try:
                self.rest += os.read(self.fd, 4096)
            except BlockingIOError:
                return
            *lines, self.rest = self.rest.split(b"\n")
            for line in lines:
                sys.stdout.buffer.write(line + b"\n")
            sys.stdout.buffer.flush()


def read(path, *texts):
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
    with Log(path) as log:
        running = {os.pidfd_open(command.pid): command for command in [subprocess.Popen(t, shell=True) for t in texts]}
        while running:
            ready, _, _ = select.select([log.fd, *running], [], [])
            for fd in ready:
                if fd == log.fd:
                    log.take()
                else:
                    running.pop(fd).wait()
                    os.close(fd)
        log.take()


def write(path, name):
    log = os.open(path, os.O_WRONLY)
    data = b""
    while part := os.read(0, 65536):
        *lines, data = (data + part).split(b"\n")
        for line in lines:
            os.writev(log, [(name.encode() + b": " + line)[: select.PIPE_BUF - 1], b"\n"])
    if data:
        os.write(log, name.encode() + b": " + data[:4000] + b"\n")


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    read(*rest) if command == "read" else write(*rest)
