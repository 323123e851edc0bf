"""A submission's tar: headers and files one after the other, as GNU tar, bsdtar and Python write them.

Names may come from a header's own field, its POSIX prefix, an extended header (pax) or a long-name block (GNU); what
else those say is passed over, or spoils the archive where readers would not agree on what it holds.
"""

from __future__ import annotations

from collections.abc import Iterator

from proclab import tar
from proclab.grading.intake.bounds import Spoilt
from proclab.grading.intake.sieve import Findings, Sieve
from proclab.grading.record import Refusal

LONG_NAME, LONG_LINK, EXTENDED, FOR_ALL = b"L", b"K", b"x", b"g"
OTHERWISE = (b"path", b"size", b"linkpath")  # of a header for all: it would rename or resize every file behind it


def read(stream: tar.Readable, sieve: Sieve) -> Findings:
    """What passes of a tar; raises Spoilt where it isn't whole or readers could disagree."""
    source = tar.Bounded(stream, sieve.bounds.unpacked)
    said: dict[bytes, bytes] = {}  # by extended headers, of the file behind them
    while (header := _header(source)) is not None:
        kind, size = tar.kind(header), tar.size(header) or 0
        if kind in (LONG_NAME, LONG_LINK, EXTENDED, FOR_ALL):
            sieve.count()
            said |= _said(kind, _whole(source, size, sieve.bounds.header))
            continue
        if b"size" in said and said[b"size"] != b"%d" % size:
            raise Spoilt("lies")
        yield from _file(header, said, source, sieve)
        said = {}
    if said:
        raise Spoilt("cut")


def _header(source: tar.Bounded) -> bytes | None:
    """The next header; None at the end of the archive, behind which there are zeros only."""
    header, missing = source.read(tar.BLOCK)
    if missing:
        raise Spoilt("cut")
    if header != bytes(tar.BLOCK):
        if tar.size(header) is None:
            raise Spoilt("damaged")
        return header
    while rest := source.read(1 << 16)[0]:
        if rest.strip(b"\0"):
            raise Spoilt("behind")
    return None


def _file(header: bytes, said: dict[bytes, bytes], source: tar.Bounded, sieve: Sieve) -> Findings:
    """What a header is about; its bytes are read in any case."""
    size = tar.size(header) or 0
    code = _code(header, said)
    if code in ("link", "fifo", "device", "folder") and size:
        raise Spoilt("lies")  # some readers would skip those bytes, and others take them for a header
    path = sieve.judge(_name(header, said), code, size)
    data, missing = source.read(size, keep=isinstance(path, tuple))
    if missing or source.read(-size % tar.BLOCK)[1]:
        raise Spoilt("cut")
    if isinstance(path, Refusal):
        yield path
    elif path:
        yield sieve.keep(path, data)


def _code(header: bytes, said: dict[bytes, bytes]) -> str:
    """What a header is about: "" for a regular file, "folder", or the code of its refusal."""
    kind = tar.kind(header)
    if kind == b"S" or any(key.startswith(b"GNU.sparse") for key in said):
        return "sparse"
    if kind in tar.REGULAR:
        return ""
    return {"header": "type"}.get(known := tar.KINDS.get(kind, "header"), known)


def _name(header: bytes, said: dict[bytes, bytes]) -> bytes:
    if b"path" in said:
        return said[b"path"]
    prefix = tar.prefix(header)
    return prefix + b"/" + tar.name(header) if prefix else tar.name(header)


def _whole(source: tar.Bounded, size: int, most: int) -> bytes:
    """An extended header's bytes."""
    if size > most:
        raise Spoilt("header", str(most))
    data, missing = source.read(size)
    if missing or source.read(-size % tar.BLOCK)[1]:
        raise Spoilt("cut")
    return data


def _said(kind: bytes, data: bytes) -> dict[bytes, bytes]:
    """What an extended header says of the file behind it (or of all files: then it may rename none)."""
    if kind == LONG_NAME:
        return {b"path": data.rstrip(b"\0")}
    if kind == LONG_LINK:
        return {}
    said = dict(_records(data))
    if kind == EXTENDED:
        return said
    if any(key in OTHERWISE or key.startswith(b"GNU.sparse") for key in said):
        raise Spoilt("header")
    return {}


def _records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """`18 path=lab1/a.py\n` → (path, lab1/a.py), each with its length in front."""
    at = 0
    while at < len(data):
        digits, blank, _ = data[at : at + 8].partition(b" ")
        length = int(digits) if digits.isdigit() else 0
        record = data[at : at + length]
        if not blank or len(record) != length or record[-1:] != b"\n":
            raise Spoilt("header")
        key, equals, value = record[len(digits) + 1 : -1].partition(b"=")
        if not equals or not key:
            raise Spoilt("header")
        yield key, value
        at += length
