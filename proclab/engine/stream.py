"""A container's standard streams over one socket: a pump that never blocks it, a transcript that never grows.

Theory of operation. One thread per attached socket moves bytes both ways: it takes what arrives at once (so a
container that floods is drained, and one that is never looked at doesn't stop), and writes queued input when
the other side takes it (so a program that never reads its input blocks nobody). Whoever waits, waits on the
transcript's condition with a deadline.

`Transcript.changed` guards everything in Transcript; the pump's queue is guarded by its lock.
"""

from __future__ import annotations

import contextlib
import re
import selectors
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Protocol

from proclab.clock import Deadline
from proclab.engine.framing import Capped, Demultiplexer, Lines, Output, Recent
from proclab.errors import ProtocolError

CHUNK = 64 * 1024
Sink = Callable[[str, bytes], None]


class Listener(Protocol):
    """Takes what comes out of a container, on the pump's thread."""

    def feed(self, stream: str, data: bytes) -> None:
        """Bytes of stdout or stderr."""

    def close(self, error: Exception | None = None) -> None:
        """Nothing more will come; `error` says why if the stream broke."""


class Transcript:
    """What came out so far: capped bytes of each stream, and the newest lines to wait on."""

    def __init__(self, head: int = 64 * 1024, tail: int = 64 * 1024) -> None:
        self.changed = threading.Condition()
        self.closed = False
        self.error: Exception | None = None  # why the stream broke, if it did
        self._kept = {"stdout": Capped(head, tail), "stderr": Capped(head, tail)}
        self._cutters = {"stdout": Lines(), "stderr": Lines()}
        self._recent = Recent()
        self._cursor = 0

    def feed(self, stream: str, data: bytes) -> None:
        """Take bytes of stdout or stderr."""
        with self.changed:
            self._kept[stream].feed(data)
            for line in self._cutters[stream].feed(data):
                self._recent.add(line)
            self.changed.notify_all()

    def skip(self, stream: str, count: int) -> None:
        """So many bytes of a stream were cut before they came here."""
        with self.changed:
            self._kept[stream].skip(count)

    def close(self, error: Exception | None = None) -> None:
        """Nothing more will come."""
        with self.changed:
            for cutter in self._cutters.values():
                for line in cutter.end():
                    self._recent.add(line)
            self.closed = True
            self.error = self.error or error
            self.changed.notify_all()

    def wait_for_line(self, pattern: str, deadline: Deadline) -> re.Match[str] | None:
        """The next line that the pattern is found in, after the last one waited for; None if none comes."""
        regex = re.compile(pattern)
        with self.changed:
            while True:
                for number, line in self._recent.since(self._cursor):
                    self._cursor = number + 1
                    if found := regex.search(line):
                        return found
                if self.closed or deadline.passed:
                    return None
                self.changed.wait(deadline.left)

    def wait_closed(self, deadline: Deadline) -> bool:
        """True once the stream has ended, False at the deadline."""
        with self.changed:
            return self.changed.wait_for(lambda: self.closed, deadline.left)

    def output(self, stream: str = "stdout") -> Output:
        """What was kept of a stream."""
        with self.changed:
            return self._kept[stream].output


class Pump:
    """Moves bytes between a socket and a sink until the other side ends."""

    def __init__(self, sock: socket.socket, sink: Sink, ended: Callable[[Exception | None], None], tty: bool) -> None:
        self._sock = sock
        self._sink = sink
        self._ended = ended
        self._demultiplexer = None if tty else Demultiplexer()
        self._lock = threading.Lock()
        self._queue = bytearray()
        self._half_close = False  # asked for: after the queue is empty, end of input
        self._stop = False
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="proclab-pump", daemon=True)
        sock.setblocking(False)
        self._woken.setblocking(False)
        self._thread.start()

    def send(self, data: bytes) -> None:
        """Queue input. Returns at once."""
        with self._lock:
            self._queue += data
        self._nudge()

    def end(self) -> None:
        """End of input, after what is queued."""
        with self._lock:
            self._half_close = True
        self._nudge()

    def close(self) -> None:
        """Stop, and let go of the socket."""
        self._stop = True
        self._nudge()
        self._thread.join(5)

    @property
    def unsent(self) -> int:
        """Bytes of input that the container has not taken."""
        with self._lock:
            return len(self._queue)

    def _nudge(self) -> None:
        with contextlib.suppress(OSError):  # closed: the pump has ended
            self._wake.send(b".")

    def _run(self) -> None:
        error: Exception | None = None
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._sock, selectors.EVENT_READ)
                selector.register(self._woken, selectors.EVENT_READ)
                while not self._stop and self._turn(selector):
                    pass
            if self._demultiplexer and self._demultiplexer.torn and not self._stop:
                error = ProtocolError("the attach stream ended inside a frame")
        except (OSError, ProtocolError) as caught:
            error = caught
        finally:
            for each in (self._sock, self._wake, self._woken):
                each.close()
            self._ended(error)

    def _turn(self, selector: selectors.BaseSelector) -> bool:
        """One round of select; False when the other side has ended."""
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.unsent else 0)
        selector.modify(self._sock, events)
        self._finish_input()
        for key, ready in selector.select():
            if key.fileobj is self._woken:
                self._woken.recv(4096)
            elif ready & selectors.EVENT_READ:
                data = self._sock.recv(CHUNK)
                if not data:
                    return False
                for stream, piece in self._pieces(data):
                    self._sink(stream, piece)
            elif ready & selectors.EVENT_WRITE:
                self._write()
        return True

    def _pieces(self, data: bytes) -> Iterable[tuple[str, bytes]]:
        return self._demultiplexer.feed(data) if self._demultiplexer else [("stdout", data)]

    def _write(self) -> None:
        """Write what the socket takes. A program that has closed its input is no error of ours."""
        with self._lock:
            try:
                del self._queue[: self._sock.send(self._queue[:CHUNK])]
            except (BrokenPipeError, ConnectionResetError):
                self._queue.clear()

    def _finish_input(self) -> None:
        with self._lock:
            if self._half_close and not self._queue:
                self._half_close = False
                with contextlib.suppress(OSError):  # the other side is gone already
                    self._sock.shutdown(socket.SHUT_WR)
