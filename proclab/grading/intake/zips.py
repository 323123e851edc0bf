"""A submission's zip: by its directory; what is wanted is unpacked as a stream and held to what was said of it."""

from __future__ import annotations

import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, cast

from proclab.grading.intake import directory, names
from proclab.grading.intake.directory import LOCAL, LOCAL_BYTES, Member
from proclab.grading.intake.sieve import Findings, Sieve
from proclab.grading.record import Refusal

CHUNK = 1 << 16
STORED, DEFLATED = 0, 8
ENCRYPTED = 1 << 0 | 1 << 6 | 1 << 13
PATCH = 1 << 5
SIZES_BEHIND = 1 << 3  # the local header has none
IN_MEMORY = 1 << 20  # of an archive within; what is larger goes to a file without a name


def read(stream: BinaryIO, sieve: Sieve) -> Findings:
    """What passes of a zip; raises Spoilt."""
    entries = directory.members(stream, sieve.bounds)
    yield from take(stream, ((entry.name, entry) for entry in entries), sieve)


def take(stream: BinaryIO, entries: Iterable[tuple[bytes, Member]], sieve: Sieve) -> Findings:
    """What passes of these entries, each under the name that it is to have."""
    for name, entry in entries:
        path = sieve.judge(name, entry.kind, entry.size)
        if isinstance(path, Refusal):
            yield path
        elif path and (code := _unreadable(entry)):
            yield Refusal(code, names.shown(path), str(entry.method))
        elif path:
            yield from _taken(stream, entry, path, sieve)


def _taken(stream: BinaryIO, entry: Member, path: names.Path, sieve: Sieve) -> Findings:
    try:
        if not sieve.is_archive(path):
            yield sieve.keep(path, b"".join(unpacked(stream, entry)))
            return
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as spool:
            for data in unpacked(stream, entry):
                spool.write(data)
            spool.seek(0)
            yield from sieve.open(path, cast(BinaryIO, spool))
    except Untrue as untrue:
        yield Refusal(untrue.code, names.shown(path))


class Untrue(Exception):
    """An entry that isn't what the directory says."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def unpacked(stream: BinaryIO, entry: Member) -> Iterator[bytes]:
    """An entry's bytes, never more than the directory says; raises Untrue."""
    _begin(stream, entry)
    size = crc = 0
    for data in _inflated(stream, entry) if entry.method == DEFLATED else _chunks(stream, entry.packed):
        size += len(data)
        crc = zlib.crc32(data, crc)
        if size > entry.size:
            raise Untrue("lying")
        yield data
    if size != entry.size:
        raise Untrue("lying")
    if crc != entry.crc:
        raise Untrue("spoilt")


def _begin(stream: BinaryIO, entry: Member) -> None:
    """Stand before an entry's data; raises Untrue unless its local header is about the same thing."""
    stream.seek(entry.offset)
    header = stream.read(LOCAL_BYTES)
    if len(header) < LOCAL_BYTES or header[:4] != LOCAL:
        raise Untrue("lying")
    flags, method, _, _, _, packed, _, name, extra = struct.unpack("<6x2H2H3L2H", header)
    same = stream.read(name) == entry.name and method == entry.method and not flags & ENCRYPTED
    if not same or not (flags & SIZES_BEHIND or packed in (entry.packed, directory.MOST32)):
        raise Untrue("lying")
    stream.seek(extra, 1)


def _chunks(stream: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0 and (data := stream.read(min(size, CHUNK))):
        size -= len(data)
        yield data


def _inflated(stream: BinaryIO, entry: Member) -> Iterator[bytes]:
    inner = zlib.decompressobj(-15)
    try:
        for packed in _chunks(stream, entry.packed):
            while not inner.eof:
                data = inner.decompress(packed, CHUNK)
                packed = inner.unconsumed_tail
                if not data and not packed:
                    break
                yield data
    except zlib.error as error:
        raise Untrue("spoilt") from error
    if not inner.eof or inner.unused_data:
        raise Untrue("lying")


def _unreadable(entry: Member) -> str:
    if entry.flags & ENCRYPTED:
        return "encrypted"
    return "method" if entry.flags & PATCH or entry.method not in (STORED, DEFLATED) else ""
