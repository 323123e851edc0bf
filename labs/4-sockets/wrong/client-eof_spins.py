# fault: end of file is taken for a piece that is empty for once | check: client.lost | verdict: TIMEOUT
"""recv and send by hand, each with the loop that it needs.

Usage: client.py HOST PORT
"""

import os
import socket
import sys
import time


def connected(address):
    tries = 0
    while True:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        error = sock.connect_ex(address)
        if error == 0:
            return sock
        sock.close()
        tries += 1
        if tries == 6:
            sys.stderr.write(f"{address[0]}:{address[1]}: {os.strerror(error)}\n")
            os._exit(1)
        time.sleep(0.05 * 2 ** (tries - 1))


def send(sock, data):
    while data:
        data = data[sock.send(data[:1000]) :]


def receive(sock):
    """One line. The client asks one thing at a time: there is nothing behind it."""
    pieces = []
    while not pieces or b"\n" not in pieces[-1]:
        piece = sock.recv(5000)
        pieces.append(piece)
    return b"".join(pieces)


def main():
    address = (socket.gethostbyname(sys.argv[1]), int(sys.argv[2]))
    sock = connected(address)
    try:
        while line := sys.stdin.buffer.readline():
            send(sock, line.rstrip(b"\n") + b"\n")
            sys.stdout.buffer.write(receive(sock))
            sys.stdout.buffer.flush()
        send(sock, b"quit\n")
        receive(sock)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    finally:
        sock.close()
    return 0


sys.exit(main())
