# fault: the pauses do not grow | check: client.gives_up | verdict: FAIL
"""A line client: asks what its standard input says, and has patience with a server that is not there yet.

Usage: client.py HOST PORT < requests
"""

import socket
import sys
import time

TRIES = 6
FIRST_PAUSE = 0.1  # seconds
UNREACHABLE, LOST = 1, 2  # exit statuses


def connect(host, port):
    """A connection; tried again after pauses."""
    pause = FIRST_PAUSE
    for left in reversed(range(TRIES)):
        try:
            return socket.create_connection((host, port))
        except OSError as error:
            if not left:
                print(f"client: {host}:{port}: {error.strerror}", file=sys.stderr)
                sys.exit(UNREACHABLE)
        time.sleep(pause)


def ask(connection, answers, request):
    """The whole answer to one request; ConnectionError if the server goes before."""
    connection.sendall(request.encode() + b"\n")
    answer = answers.readline()
    if not answer.endswith(b"\n"):  # end of file came first
        raise ConnectionError("the server has closed the connection")
    return answer.decode().removesuffix("\n")


def main():
    """Ask one request at a time, then say quit."""
    host, port = sys.argv[1], int(sys.argv[2])
    with connect(host, port) as connection, connection.makefile("rb") as answers:
        try:
            for line in sys.stdin:
                print(ask(connection, answers, line.removesuffix("\n")), flush=True)
            ask(connection, answers, "quit")
        except ConnectionError as error:
            print(f"client: {host}:{port}: {error}", file=sys.stderr)
            sys.exit(LOST)


if __name__ == "__main__":
    main()
