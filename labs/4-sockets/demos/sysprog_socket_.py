"""A server and its clients, each in a process of its own, on one host or on many.

A client started before its server is refused, or doesn't even find the name: it must try again. The server
gives every connection a thread. When it may stop is the harder question: here when it is told to, or when
everybody whom the name service knows by a given name has been answered.

Usage: sysprog_socket_.py 1|2|3     1: server, 2: client, 3: five client threads
                                    Enter sends another line (2); q or end of input closes and ends.
Environment: HOST     the server's name (localhost); for the server the address to listen on (0.0.0.0)
             PORT     50008
             CLIENTS  for the server: end when every running host of this name has come, once, and gone
"""

import contextlib
import itertools
import os
import signal
import socket
import sys
import threading
import time

HOST, PORT = os.environ.get("HOST"), int(os.environ.get("PORT") or 50008)
CLIENTS = os.environ.get("CLIENTS")
PATIENCE = 60  # seconds that a client waits for its server
answered, news, closing, failed = set(), threading.Event(), threading.Event(), threading.Event()


def say(line):
    """Print a line by one write(2): lines of several threads never mix."""
    os.write(1, f"{line}\n".encode())


def typed():
    """What is typed, line by line, up to q or end of input."""
    return itertools.takewhile(lambda line: line != "q", map(str.strip, sys.stdin))


def running(name):
    """The addresses behind a name. In a Docker network: of the containers of that name that run now."""
    with contextlib.suppress(socket.gaierror):
        return set(socket.gethostbyname_ex(name)[2])
    return set()


def answer(connection, host, port):
    """Answer one client until it closes its end, or is killed."""
    with contextlib.suppress(ConnectionError), connection, connection.makefile("rw") as stream:
        for line in map(str.rstrip, stream):  # TCP carries bytes: a newline ends our message
            say(f"server: fd={connection.fileno()} peer={host}:{port} got {line!r}")
            print(f"reply to {line!r}", file=stream, flush=True)
    say(f"server: peer={host}:{port} has closed")
    answered.add(host)
    news.set()


def accept(listener):
    """Give every connection a thread: a client that keeps silent must not hold up the others."""
    while True:
        connection, peer = listener.accept()  # accept(2): one more descriptor for each client
        threading.Thread(target=answer, args=(connection, *peer), daemon=True).start()


def greet(hosts):
    """An empty datagram for each: who called too early would ask for our address again only in a second, arp(7)."""
    with socket.socket(type=socket.SOCK_DGRAM) as any_socket:
        for host in hosts:
            any_socket.sendto(b"", (host, PORT))


def server():
    """Serve until q or end of input; with CLIENTS, until all those hosts have been answered."""
    with socket.create_server((HOST or "0.0.0.0", PORT)) as listener:  # socket, SO_REUSEADDR, bind, listen
        end = f"every host named {CLIENTS} is answered" if CLIENTS else "q"
        say(f"server: pid={os.getpid()} fd={listener.fileno()} listens on port {PORT} until {end}")
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        greet(running(CLIENTS) if CLIENTS else ())
        while CLIENTS and running(CLIENTS) - answered:
            news.wait(1)  # not for ever: a client killed before it came makes no news
            news.clear()
        if not CLIENTS:
            list(typed())
    say(f"server: ends, hosts come and gone={len(answered)}")  # what is open now the kernel closes, _exit(2)


def connect(name):
    """Connect, even to a server that is not there yet."""
    address, deadline, reason = (HOST or "localhost", PORT), time.monotonic() + PATIENCE, ""
    while True:
        try:
            connection = socket.create_connection(address)
            if connection.getsockname() != connection.getpeername():
                return connection
            connection.close()  # PORT was free, the kernel gave it to us: we have connected to ourselves
        except OSError as error:  # no such name yet (gaierror), nobody listens yet (ECONNREFUSED)
            if time.monotonic() > deadline:
                raise
            if error.strerror != reason:
                reason = error.strerror
                say(f"{name}: {address[0]}:{PORT} {reason}; trying again")
        time.sleep(0.1)  # a pause, no synchronisation: nothing tells a client that a server now listens


def client(name, lines):
    """Say hello, then send the lines. The connection stays open until there are no more."""
    try:
        with connect(name) as connection, connection.makefile("rw") as stream:
            (own, port), (peer, _) = connection.getsockname()[:2], connection.getpeername()[:2]
            say(f"{name}: pid={os.getpid()} fd={connection.fileno()} {own}:{port} -> {peer}:{PORT}; q: close")
            for line in itertools.chain([f"hello from {name} on {socket.gethostname()}"], lines):
                print(line or "hello again", file=stream, flush=True)
                reply = stream.readline().rstrip()
                if not reply:
                    raise ConnectionError(0, "end of file")
                say(f"{name}: got {reply!r}")
    except OSError as error:
        say(f"{name}: no reply: {error.strerror}")
        failed.set()


def one_client():
    """A client that sends what is typed."""
    client("client", typed())


def five_clients():
    """Five clients, each a thread, all connected at the same time until q or end of input."""
    waits = iter(closing.wait, True)  # an iterator without items, but it blocks until `closing` is set
    threads = [threading.Thread(target=client, args=(f"client {n}", waits), daemon=True) for n in range(1, 6)]
    for thread in threads:
        thread.start()
    list(typed())
    closing.set()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    roles = {"1": server, "2": one_client, "3": five_clients}
    if len(sys.argv) != 2 or sys.argv[1] not in roles:
        print("usage: sysprog_socket_.py 1|2|3", file=sys.stderr)
        sys.exit(2)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # docker stop is as good as ^C
    try:
        roles[sys.argv[1]]()
    except OSError as error:  # EADDRINUSE: another process listens there
        sys.exit(f"port {PORT}: {error.strerror}")
    except KeyboardInterrupt:
        pass  # the daemon threads end with the process
    sys.exit(failed.is_set())
