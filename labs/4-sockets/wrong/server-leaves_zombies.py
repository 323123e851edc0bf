# fault: children that have ended are never waited for | check: server.many | verdict: ZOMBIE
"""A process for each connection; SIGTERM ends the children, too.

Usage: server.py PORT
"""

import os
import signal
import socket
import sys

LARGEST = 4_000_000
children = set()


def stop(*_):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for pid in list(children):
        try:
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
    sys.exit(0)


def answer(request):
    words = request.split(" ", 2)
    if words[0] == "reverse":
        return request[len("reverse ") :][::-1]
    if words[0] != "repeat" or len(words) < 3 or not words[1].isdigit():
        return "error"
    if int(words[1]) * len(words[2].encode()) > LARGEST:
        return "error"
    return int(words[1]) * words[2]


def serve(connection):
    rest = b""
    while True:
        pieces = [rest]
        while b"\n" not in pieces[-1]:
            pieces.append(connection.recv(4096))
            if not pieces[-1]:
                return
        line, _, rest = b"".join(pieces).partition(b"\n")
        if line == b"quit":
            connection.sendall(b"bye\n")
            return
        connection.sendall(answer(line.decode()).encode() + b"\n")


def child(listener, connection):
    listener.close()
    try:
        serve(connection)
    except ConnectionError:
        pass
    finally:
        os._exit(0)


def main():
    listener = socket.create_server(("", int(sys.argv[1])), backlog=100)
    signal.signal(signal.SIGTERM, stop)
    print("listening", sys.argv[1], flush=True)
    ours = {signal.SIGCHLD, signal.SIGTERM}
    while True:
        try:
            connection, _ = listener.accept()
        except ConnectionAbortedError:
            continue
        signal.pthread_sigmask(signal.SIG_BLOCK, ours)  # a child is known before it is ended
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ours)
            child(listener, connection)
        children.add(pid)
        connection.close()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ours)


if __name__ == "__main__":
    main()
