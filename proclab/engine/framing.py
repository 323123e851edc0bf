"""Bytes from a container: taken apart, capped, cut into lines, decoded. In that order.

Pure: no sockets, no threads. Nothing here trusts its input, and nothing grows with it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from proclab.errors import ProtocolError

HEADER = 8  # stream (1 byte), three zeros, length (4 bytes, big endian): Engine API, ContainerAttach
STREAMS = {0: "stdin", 1: "stdout", 2: "stderr"}


@dataclass(frozen=True)
class Output:
    """What was kept of a stream: the first bytes, the last bytes, and how many came in all."""

    head: bytes = b""
    tail: bytes = b""
    total: int = 0

    @property
    def cut(self) -> int:
        """Bytes that were dropped between head and tail."""
        return self.total - len(self.head) - len(self.tail)

    @property
    def text(self) -> str:
        """Decoded, with a line that says what was cut."""
        if not self.cut:
            return (self.head + self.tail).decode("utf-8", "replace")
        gap = f"\n[… {self.cut} of {self.total} bytes cut …]\n"
        return self.head.decode("utf-8", "replace") + gap + self.tail.decode("utf-8", "replace")

    @property
    def lines(self) -> list[str]:
        """Decoded lines without their ends (a terminal's carriage returns removed)."""
        return [line.rstrip("\r") for line in self.text.split("\n")][: None if self._open_end else -1]

    @property
    def _open_end(self) -> bool:
        return not (self.tail or self.head).endswith(b"\n") and bool(self.total)


class Capped:
    """Keeps the head and the tail of a stream; its memory is bounded by the two caps."""

    def __init__(self, head: int = 64 * 1024, tail: int = 64 * 1024) -> None:
        self.head_cap, self.tail_cap = head, tail
        self.total = 0
        self._head = bytearray()
        self._tail = bytearray()

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        self.total += len(data)
        room = self.head_cap - len(self._head)
        self._head += data[:room]
        rest = data[room:]
        self._tail += rest[max(0, len(rest) - self.tail_cap) :]
        if len(self._tail) > 2 * self.tail_cap:  # trimmed at twice the cap: each byte is moved once on average
            self._trim()

    def skip(self, count: int) -> None:
        """So many bytes were dropped before they came here; what follows belongs to the tail."""
        if count:
            self.head_cap = len(self._head)
            self.total += count
            self._tail.clear()

    def _trim(self) -> None:
        del self._tail[: max(0, len(self._tail) - self.tail_cap)]

    @property
    def output(self) -> Output:
        """What is kept so far."""
        self._trim()
        return Output(bytes(self._head), bytes(self._tail), self.total)


class Lines:
    """Cuts a byte stream into decoded lines; a line longer than the cap is cut and says so."""

    def __init__(self, cap: int = 8192) -> None:
        self.cap = cap
        self._part = bytearray()
        self._over = 0

    def feed(self, data: bytes) -> Iterator[str]:
        """The lines that `data` completes."""
        *whole, rest = data.split(b"\n")
        for piece in whole:
            self._add(piece)
            yield self._take()
        self._add(rest)

    def end(self) -> Iterator[str]:
        """The last line, if the stream ended without a newline."""
        if self._part or self._over:
            yield self._take()

    def _add(self, piece: bytes) -> None:
        room = self.cap - len(self._part)
        self._part += piece[:room]
        self._over += max(0, len(piece) - room)

    def _take(self) -> str:
        line = bytes(self._part).decode("utf-8", "replace").removesuffix("\r")
        if self._over:
            line += f"[… {self._over} bytes cut …]"
        self._part.clear()
        self._over = 0
        return line


class Demultiplexer:
    """Takes the engine's framed attach stream apart, without holding a whole frame."""

    def __init__(self) -> None:
        self._header = bytearray()
        self._stream = ""
        self._left = 0

    def feed(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        """(stream, payload) pieces in the order of arrival."""
        view = memoryview(data)
        while view:
            if self._left:
                piece, view = view[: self._left], view[self._left :]
                self._left -= len(piece)
                yield self._stream, bytes(piece)
                continue
            need = HEADER - len(self._header)
            self._header += view[:need]
            view = view[need:]
            if len(self._header) == HEADER:
                self._open_frame()

    def _open_frame(self) -> None:
        kind = self._header[0]
        if kind not in STREAMS or any(self._header[1:4]):
            raise ProtocolError(f"the engine sent a stream header that is none: {self._header.hex()}")
        self._stream = STREAMS[kind]
        self._left = int.from_bytes(self._header[4:], "big")
        self._header.clear()

    @property
    def torn(self) -> bool:
        """True when the stream ended inside a frame."""
        return bool(self._left or self._header)


class Recent:
    """The newest lines of a stream, numbered; the oldest are forgotten beyond so many characters."""

    def __init__(self, cap: int = 1 << 20) -> None:
        self.cap = cap
        self.count = 0
        self._lines: deque[str] = deque()
        self._size = 0

    def add(self, line: str) -> None:
        """Append the next line."""
        self._lines.append(line)
        self.count += 1
        self._size += len(line) + 1
        while self._size > self.cap and len(self._lines) > 1:
            self._size -= len(self._lines.popleft()) + 1

    def since(self, number: int) -> Iterator[tuple[int, str]]:
        """(number, line) from that line number on, as far as still kept."""
        first = self.count - len(self._lines)
        for offset in range(max(0, number - first), len(self._lines)):
            yield first + offset, self._lines[offset]
