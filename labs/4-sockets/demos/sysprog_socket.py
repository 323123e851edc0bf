"""A server thread and five client threads of one process talk over TCP.

A TCP connection has two ends, and each is a descriptor; here both are in one process, so lsof shows both.
The listening socket is a third thing: it never carries a message, it only hands out connections.

Usage: sysprog_socket.py        Enter, q or end of input closes the connections and ends.
"""

import contextlib
import os
import socket
import sys
import threading

ADDRESS = ("127.0.0.1", 50008)
CLIENTS = 5
replied = threading.Barrier(CLIENTS + 1, timeout=30)  # the clients and the main thread
closing = threading.Event()


def say(line):
    """Print a line by one write(2): lines of several threads never mix."""
    os.write(1, f"{line}\n".encode())


def server(listener):
    """Answer a line of each client; keep the connections until told to close them."""
    with contextlib.ExitStack() as connections:
        for number in range(1, CLIENTS + 1):
            connection, (_, port) = listener.accept()  # accept(2): a new descriptor for each connection
            connections.enter_context(connection)
            with connection.makefile("rw") as stream:  # TCP carries bytes: a newline ends our message
                line = stream.readline().rstrip()
                say(f"server: fd={connection.fileno()} peer port={port} got {line!r}")
                print(f"reply {number} to {line!r}", file=stream, flush=True)
        closing.wait()


def client(name):
    """Send a line, print the reply, then read on: there will be no more before the server closes."""
    with socket.create_connection(ADDRESS) as connection, connection.makefile("rw") as stream:
        print(f"hello from {name}", file=stream, flush=True)
        reply = stream.readline().rstrip()
        port = connection.getsockname()[1]  # chosen by the kernel
        say(f"{name}: fd={connection.fileno()} port={port} got {reply!r}")
        replied.wait()
        say(f"{name}: port={port} reads {stream.readline()!r}: end of file, the server has closed")


def main():
    """Listen, start the threads, and hold all connections open until Enter."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        # Else bind(2) fails for a minute after a run: the closed connections are still in TIME_WAIT, tcp(7)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(ADDRESS)
        listener.listen()  # from here on connect(2) succeeds, even before accept(2)
        threads = [threading.Thread(target=server, args=(listener,), daemon=True)]
        for number in range(1, CLIENTS + 1):
            threads.append(threading.Thread(target=client, args=(f"client {number}",), daemon=True))
        for thread in threads:
            thread.start()
        replied.wait()
        say(f"main: pid={os.getpid()} listening fd={listener.fileno()} replies={CLIENTS}; Enter: close")
        sys.stdin.readline()
        closing.set()
        for thread in threads:
            thread.join()
    say("main: all threads have ended")


if __name__ == "__main__":
    try:
        main()
    except OSError as error:  # EADDRINUSE: another process listens there
        sys.exit(f"main: {ADDRESS[0]}:{ADDRESS[1]} {error.strerror}")
    except KeyboardInterrupt:
        pass  # the daemon threads end with the process
