"""What both counterparts are made of: a connection of lines with bounded patience, and facts as JSON lines.

Nobody is late by a clock alone: patience is counted in looks of a tenth of a second, and one during which no processor
of the machine was idle counts for little, for then others may have had the time that the other side lacked.
"""

import contextlib
import json
import os
import select
import socket
import struct
import sys
import time

LOOK = 0.1  # seconds
LOOKS = 50  # at a descriptor that isn't ready, before we give up
ALL_LOOKS = 250  # in a whole scene
LONGEST = 8_000_000  # bytes of a line
BUSY_LOOK = 0.4  # what a look counts on a busy machine
IDLE = 5  # hundredths of a second that a processor must have had nothing to do


class Trouble(Exception):
    """What the other side did or left undone: a code and its details, for the words in checks.toml.

    A record of grading has them, so they are the same in every run: no times, ports or sizes of pieces.
    """

    def __init__(self, code, **values):
        super().__init__(code)
        self.code, self.values = code, values


def say(fact, **values):
    """One fact for the grader, which takes strings and numbers."""
    print(json.dumps({"fact": fact, **values}), flush=True)


def short(data):
    """Bytes of the other side in a form that is printable, and no longer than needed."""
    text = ascii(data.decode("utf-8", "replace"))[1:-1]
    return text if len(text) <= 60 else f"{text[:28]}...{text[-28:]}"


class Patience:
    """What is left of it, for one line and for all. Who reads a line passes on what is left: a trickle uses it up."""

    def __init__(self):
        self.all = ALL_LOOKS

    def left(self, descriptor, mask, looks=LOOKS):
        """How many of these looks are left when the descriptor is ready; none: it never was."""
        poll = select.poll()
        poll.register(descriptor, mask)
        while looks > 0 and self.all > 0:
            before, began = idled(), time.monotonic()
            found = poll.poll(LOOK * 1000)
            looked = min(1.0, (time.monotonic() - began) / LOOK)
            cost = looked if idled() - before >= IDLE * looked else looked * BUSY_LOOK
            looks, self.all = looks - cost, self.all - cost
            if found:
                return max(looks, 0)
        return 0


def idled():
    """How long the machine's processors have had nothing to do, all together, in hundredths of a second: proc(5)."""
    with open("/proc/stat") as file:
        return int(file.readline().split()[4])


patience = Patience()


class Line:
    """A connection: what has been read and is no line yet is kept."""

    def __init__(self, connection):
        self.connection, self.rest = connection, b""
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # what is sent alone travels alone

    def send(self, data, size=0):
        """All of it, at most `size` bytes by one send(2)."""
        view = memoryview(data)
        while view:
            if not patience.left(self.connection, select.POLLOUT):
                raise Trouble("not_read")
            try:
                view = view[self.connection.send(view[: size or len(view)]) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise Trouble("gone") from error

    def some(self, size=65536):
        """What is there, or comes; b"" at the end of the connection, and a reset is an end, too."""
        return self._read(size, LOOKS)[0]

    def _read(self, size, looks):
        if not (looks := patience.left(self.connection, select.POLLIN, looks)):
            raise Trouble("silent")
        try:
            return self.connection.recv(size), looks
        except ConnectionError:
            return b"", looks

    def quiet(self):
        """Nothing has come that was not asked for."""
        return not self.rest and not select.select([self.connection], [], [], 0)[0]

    def line(self):
        """The next line without its newline; None at the end of the connection."""
        pieces, size, looks = [self.rest], len(self.rest), LOOKS
        while b"\n" not in pieces[-1]:
            data, looks = self._read(65536, looks)
            if not data:
                return None
            pieces.append(data)
            size += len(data)
            if size > LONGEST:
                raise Trouble("too_much")
        line, _, self.rest = b"".join(pieces).partition(b"\n")
        return line

    def end(self):
        """We have said all; the other side may go on."""
        with contextlib.suppress(OSError):  # said already, and the other side, too: nothing is left to end
            self.connection.shutdown(socket.SHUT_WR)

    def vanish(self):
        """Go by a reset, as a host does that has lost its memory: no end of file is sent, and nothing stays behind."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


def call(host, port):
    """A new connection to a server that must be there."""
    connection = socket.socket()
    connection.setblocking(False)
    connection.connect_ex((host, port))  # EINPROGRESS
    if not patience.left(connection, select.POLLOUT):
        raise Trouble("no_connection", error="timed out")
    if error := connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        raise Trouble("no_connection", error=os.strerror(error))
    return Line(connection)


def play(scene, *details):
    """Play a scene; the last fact is `done` or `trouble`."""
    try:
        scene(*details)
    except Trouble as trouble:
        say("trouble", code=trouble.code, **trouble.values)
        sys.exit(1)
    say("done")
