"""No threads: a child starts the commands and waits for them, and keeps the FIFO open for writing as long."""

import os
import signal
import sys


def run(commands):
    pids = []
    for command in commands:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.execvp("sh", ["sh", "-c", command])
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)


def start(path, commands):
    pid = os.fork()
    if pid:
        return pid
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    keeper = os.open(path, os.O_WRONLY)
    run(commands)
    os.close(keeper)
    os._exit(0)


def collect(path):
    rest = b""
    fifo = os.open(path, os.O_RDONLY)
    while part := os.read(fifo, 65536):
        lines, newline, rest = (rest + part).rpartition(b"\n")
        data = lines + newline
        while data:
            data = data[os.write(1, data) :]
    os.close(fifo)


def leave(path):
    def handler(number, frame):
        os.unlink(path)
        os._exit(128 + number)

    return handler


def read(path, *commands):
    os.mkfifo(path)
    signal.signal(signal.SIGTERM, leave(path))
    pid = start(path, commands)
    collect(path)
    os.waitpid(pid, 0)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.remove(path)


def write(path, name):
    fd = os.open(path, os.O_WRONLY)
    for line in sys.stdin:
        text = f"{name}: {line.removesuffix(chr(10))}"[:4095]
        os.write(fd, text.encode() + b"\n")
    os.close(fd)


if __name__ == "__main__":
    {"read": read, "write": write}[sys.argv[1]](*sys.argv[2:])
