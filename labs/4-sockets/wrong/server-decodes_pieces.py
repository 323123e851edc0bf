# fault: each piece is decoded by itself, though it may end within a letter | check: server.pieces | verdict: FAIL
"""A line server: a thread for each connection, so that nobody waits for anybody else.

Usage: server.py PORT
"""

import contextlib
import signal
import socket
import sys
import threading

LARGEST = 4_000_000  # bytes of an answer


def answer(request):
    """The answer to one request, both without their newline."""
    command, _, rest = request.partition(" ")
    if command == "reverse":
        return rest[::-1]
    count, _, text = rest.partition(" ")
    if command == "repeat" and count.isdecimal() and int(count) * len(text.encode()) <= LARGEST:
        return text * int(count)
    return "error"


def lines_of(connection):
    """Text up to each newline."""
    text = ""
    while data := connection.recv(4096):
        text += data.decode()
        *lines, text = text.split("\n")
        yield from lines


def serve(connection):
    """Answer one client until it says quit, ends its side or is gone."""
    with contextlib.suppress(ConnectionError), connection:
        for request in lines_of(connection):
            if request == "quit":
                connection.sendall(b"bye\n")
                break
            connection.sendall(answer(request).encode() + b"\n")  # however many send(2) it takes


def stop(number, frame):
    """End at once: the threads are daemons, and the kernel closes what is open."""
    sys.exit(0)


def main():
    """Give every connection a thread, until SIGTERM."""
    port = int(sys.argv[1])
    signal.signal(signal.SIGTERM, stop)
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what is in TIME_WAIT may keep its address
        listener.bind(("", port))
        listener.listen(128)
        print("listening", port, flush=True)
        while True:
            with contextlib.suppress(ConnectionAbortedError):  # gone before we took it: the next one
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()
