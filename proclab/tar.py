"""tar's blocks as somebody sends them: a header's size, kind and names, and a stream read so far and no further.

What is taken of an archive is its reader's affair: a recording (proclab.recording.archive), a submission
(proclab.grading.intake). Pure, and nothing here raises, whatever the bytes are.
"""

from __future__ import annotations

import re
from typing import Literal, Protocol

BLOCK = 512
OLD, POSIX = b"ustar  \0", b"ustar\00000"  # the magic of GNU's and of POSIX' headers
REGULAR = (b"0", b"\0")
Kind = Literal["link", "device", "fifo", "folder", "header"]
KINDS: dict[bytes, Kind] = {
    b"1": "link",
    b"2": "link",
    b"3": "device",
    b"4": "device",
    b"5": "folder",
    b"6": "fifo",
    b"L": "header",
    b"K": "header",
    b"x": "header",
    b"g": "header",
    b"X": "header",
}


def name(header: bytes) -> bytes:
    """A header's own name, which a POSIX prefix may go before."""
    return header[:100].partition(b"\0")[0]


def kind(header: bytes) -> bytes:
    """The byte that says what this is: one of KINDS, of REGULAR, or something else."""
    return header[156:157]


def prefix(header: bytes) -> bytes:
    """What a POSIX header says that goes before the name; GNU's has other things there."""
    return header[345:500].partition(b"\0")[0] if header[257:265] == POSIX else b""


def size(header: bytes) -> int | None:
    """How many bytes follow; None: this is no header (or one that says so by other means than octal digits)."""
    if len(header) != BLOCK or header[257:265] not in (OLD, POSIX):
        return None
    total = sum(header) - sum(header[148:156]) + 8 * ord(" ")  # the sum counts itself as spaces
    return _octal(header[124:136]) if _octal(header[148:156]) == total else None


def _octal(field: bytes) -> int | None:
    digits = field.strip(b" \0")
    return int(digits, 8) if re.fullmatch(rb"[0-7]{1,12}", digits) else None


class Readable(Protocol):
    """A file, or what unpacks one."""

    def read(self, size: int, /) -> bytes: ...


class Bounded:
    """A stream that ends after so many bytes."""

    def __init__(self, stream: Readable, most: int) -> None:
        self.stream = stream
        self.left = most

    def read(self, size: int, keep: bool = True) -> tuple[bytes, int]:
        """So many bytes, unless nobody wants to keep them; and how many are missing because the stream has ended."""
        kept = bytearray()
        while size > 0 and (data := self.stream.read(min(size, self.left, 1 << 16))):
            size -= len(data)
            self.left -= len(data)
            if keep:
                kept += data
        return bytes(kept), size
