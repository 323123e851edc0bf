"""A thread of the parent asks, its main thread listens: questions need not wait for answers."""

import os
import sys
import threading


def whole(fd, number):
    data = b""
    while len(data) < number:
        part = os.read(fd, number - len(data))
        if not part:
            return None
        data += part
    return data


def receive(fd):
    head = whole(fd, 8)
    return None if head is None else whole(fd, int.from_bytes(head)) if int.from_bytes(head) else b""


def write(fd, data):
    while data:
        data = data[os.write(fd, data) :]


def send(fd, message):
    write(fd, len(message).to_bytes(8) + message)


def child(incoming, outgoing):
    while (message := receive(incoming)) is not None:
        send(outgoing, bytes(reversed(message)))


def ask(fd):
    for line in sys.stdin.buffer:
        send(fd, line.removesuffix(b"\n"))
    os.close(fd)


def main():
    pipes = os.pipe(), os.pipe()
    pid = os.fork()
    if not pid:
        os.close(pipes[0][1])
        os.close(pipes[1][0])
        child(pipes[0][0], pipes[1][1])
        os._exit(0)
    os.close(pipes[0][0])
    os.close(pipes[1][1])
    asker = threading.Thread(target=ask, args=[pipes[0][1]])
    asker.start()
    while (message := receive(pipes[1][0])) is not None:
        write(1, message + b"\n")
    asker.join()
    os.close(pipes[1][0])
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


if __name__ == "__main__":
    main()
