# fault: a large answer is sent to its end before anybody else is looked at | check: server.many | verdict: FAIL
"""One thread, one selector: each connection keeps what has come and what is still to be sent.

Usage: server.py PORT
"""

import contextlib
import os
import selectors
import signal
import socket
import sys

LARGEST = 4_000_000
CHUNK = 65536


def answer(request):
    """Bytes to bytes, without newlines."""
    match request.split(b" ", 1):
        case [b"reverse", text]:
            return text.decode()[::-1].encode()
        case [b"repeat", rest]:
            count, _, text = rest.partition(b" ")
            if count.isdigit() and int(count) * len(text) <= LARGEST:
                return text * int(count)
    return b"error"


class Conversation:
    """One client: bytes that have come and make no line yet, and bytes that wait for room."""

    def __init__(self, selector, connection):
        self.selector, self.connection = selector, connection
        self.come, self.waiting, self.last = bytearray(), bytearray(), False
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_READ, self.ready)

    def ready(self, mask):
        try:
            if mask & selectors.EVENT_READ:
                self.receive()
            if self.waiting:
                self.connection.setblocking(True)
                self.connection.sendall(self.waiting)
                self.connection.setblocking(False)
                self.waiting.clear()
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        if self.last and not self.waiting:
            self.close()
        else:
            reading = 0 if self.last or self.waiting else selectors.EVENT_READ  # who doesn't read isn't read from
            self.selector.modify(self.connection, reading or selectors.EVENT_WRITE, self.ready)

    def receive(self):
        data = self.connection.recv(CHUNK)
        self.last = not data
        self.come += data
        if b"\n" in data:
            *requests, rest = self.come.split(b"\n")
            self.come = bytearray(rest)
            for request in requests:
                if request == b"quit":
                    self.waiting += b"bye\n"
                    self.last = True
                    return
                self.waiting += answer(bytes(request)) + b"\n"

    def close(self):
        self.selector.unregister(self.connection)
        self.connection.close()


def main():
    port = int(sys.argv[1])
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.set_wakeup_fd(tell)
    selector = selectors.DefaultSelector()
    listener = socket.create_server(("", port), backlog=128)
    listener.setblocking(False)

    def accept(_):
        with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
            Conversation(selector, listener.accept()[0])

    selector.register(listener, selectors.EVENT_READ, accept)
    selector.register(told, selectors.EVENT_READ, None)
    print(f"listening {port}", flush=True)
    while True:
        for key, mask in selector.select():
            if key.data is None:
                for each in list(selector.get_map().values()):
                    if each.fd != told:
                        each.fileobj.close()
                return
            key.data(mask)


if __name__ == "__main__":
    main()
