"""Keyboard and server in one selector: the client would notice a server's end even while nobody types.

Usage: client.py HOST PORT
"""

import collections
import os
import selectors
import socket
import sys
import time

LOST = 2


class Client:
    def __init__(self, connection):
        self.connection = connection
        self.typed, self.come, self.unsent = b"", [], b""
        self.requests = collections.deque()
        self.asked = self.input_ended = self.leaving = False

    def run(self):
        selector = selectors.DefaultSelector()
        self.connection.setblocking(False)
        selector.register(self.connection, selectors.EVENT_READ, self.talk)
        keyboard = selectors.PollSelector()
        keyboard.register(0, selectors.EVENT_READ)
        while True:
            self.next()
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.unsent else 0)
            selector.modify(self.connection, events, self.talk)
            if not self.input_ended and not self.asked:
                self.wait_for_both(selector, keyboard)
            for _, mask in selector.select(None if self.asked else 0):
                if self.talk(mask):
                    return

    def wait_for_both(self, selector, keyboard):
        """poll(2) bears a file or a pipe, where epoll(7) refuses the file."""
        keyboard.register(self.connection, selectors.EVENT_READ)
        for key, _ in keyboard.select():
            if key.fd == 0:
                self.type()
        keyboard.unregister(self.connection)

    def type(self):
        data = os.read(0, 65536)
        self.input_ended = not data
        *lines, self.typed = (self.typed + data).split(b"\n")
        self.requests += lines
        if self.input_ended and self.typed:
            self.requests.append(self.typed)

    def next(self):
        if not self.asked and self.requests:
            self.unsent, self.asked = self.requests.popleft() + b"\n", True
        elif not self.asked and self.input_ended:
            self.unsent, self.asked, self.leaving = b"quit\n", True, True

    def talk(self, mask):
        """True when all is said."""
        if mask & selectors.EVENT_WRITE:
            self.unsent = self.unsent[self.connection.send(self.unsent) :]
        if mask & selectors.EVENT_READ:
            piece = self.connection.recv(65536)
            if not piece:
                raise ConnectionResetError("end of file")
            self.come.append(piece)
            if piece.endswith(b"\n"):
                if self.leaving:
                    return True
                sys.stdout.buffer.write(b"".join(self.come))
                sys.stdout.buffer.flush()
                self.come, self.asked = [], False
        return False


def connect(host, port, tries=6, pause=0.05):
    try:
        return socket.create_connection((host, port))
    except OSError as error:
        if tries == 1:
            sys.exit(f"{host}:{port}: {error}")
    time.sleep(pause)
    return connect(host, port, tries - 1, pause * 2)


with connect(sys.argv[1], int(sys.argv[2])) as connection:
    try:
        Client(connection).run()
    except ConnectionError as error:
        print(error, file=sys.stderr)
        sys.exit(LOST)
