"""gzip, bzip2 and xz as a stream that is read so far and no further: bytes, memory and ratio are bounded."""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import BinaryIO, Protocol

from proclab.grading.intake.bounds import Bounds, Spoilt

CHUNK = 1 << 16
GZIP, BZIP2, XZ = b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0"
MAGIC = (GZIP, BZIP2, XZ)
ERRORS = (zlib.error, OSError, EOFError, ValueError)


class Unpacker(Protocol):
    """What bz2 and lzma offer."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class Gunzip:
    """zlib's decompressor behind the same face."""

    def __init__(self) -> None:
        self.inner = zlib.decompressobj(31)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        """The stream has ended."""
        return self.inner.eof

    @property
    def unused_data(self) -> bytes:
        """What came behind the stream's end."""
        return self.inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most so many bytes of what has been given so far."""
        found = self.inner.decompress(self.inner.unconsumed_tail + data, max_length)
        self.needs_input = not self.inner.unconsumed_tail and len(found) < max_length
        return found


class Unpacked:
    """A compressed stream, unpacked while it is read; raises Spoilt."""

    def __init__(self, stream: BinaryIO, magic: bytes, bounds: Bounds) -> None:
        self.stream = stream
        self.magic = magic
        self.bounds = bounds
        self.taken = self.given = self.streams = 0
        self.ahead = b""  # read and not yet given to the unpacker
        self.unpacker = self._next()

    def read(self, size: int) -> bytes:
        """At least a byte and at most so many, but at the end."""
        while size > 0 and not (self.unpacker.eof and not self._more()):
            asked = self.unpacker.needs_input
            packed = self._packed() if asked else b""
            data = self._unpacked(packed, min(size, CHUNK))
            if data:
                return data
            if asked and not packed and not self.unpacker.eof:
                raise Spoilt("cut")
        return b""

    def _packed(self) -> bytes:
        ahead, self.ahead = self.ahead, b""
        data = ahead or self.stream.read(CHUNK)
        self.taken += 0 if ahead else len(data)
        return data

    def _unpacked(self, packed: bytes, most: int) -> bytes:
        try:
            data = self.unpacker.decompress(packed, most)
        except lzma.LZMAError as error:
            raise Spoilt("memory" if "emory" in str(error) else "damaged") from error
        except ERRORS as error:
            raise Spoilt("damaged") from error
        self.given += len(data)
        if self.given > self.bounds.unpacked:
            raise Spoilt("unpacked", str(self.bounds.unpacked))
        if self.given > self.bounds.slack + self.bounds.ratio * self.taken:
            raise Spoilt("bomb", str(self.bounds.ratio))
        return data

    def _more(self) -> bool:
        """Whether another stream begins behind the end of this one; zeros up to the end are usual."""
        self.ahead = self.unpacker.unused_data
        rest = self._packed()
        while rest and len(rest) < len(self.magic) and (data := self._packed()):
            rest += data
        if rest.startswith(self.magic):
            self.unpacker, self.ahead = self._next(), rest
            return True
        while rest:
            if rest.strip(b"\0"):
                raise Spoilt("behind")
            rest = self._packed()
        return False

    def _next(self) -> Unpacker:
        self.streams += 1
        if self.streams > self.bounds.streams:
            raise Spoilt("streams", str(self.bounds.streams))
        if self.magic == GZIP:
            return Gunzip()
        return bz2.BZ2Decompressor() if self.magic == BZIP2 else lzma.LZMADecompressor(memlimit=self.bounds.dictionary)
