"""Zips and tars as students, tools and enemies make them: written byte by byte, since no library writes a false one."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

SPAWN = b"import os\n\nprint(os.getpid())\n"
BIG = 1 << 30


def zip_of(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    """An honest zip, as Python writes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as packed:
        for name, data in files:
            packed.writestr(name, data)
        packed.comment = comment
    return out.getvalue()


def tar_of(*files: tuple[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    """An honest tar, as Python writes it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as packed:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            packed.addfile(info, io.BytesIO(data))
    return out.getvalue()


@dataclass
class Entry:
    """One entry of a zip, every field of which may be a lie."""

    name: bytes = b"spawn.py"
    data: bytes = SPAWN
    method: int = 8
    flags: int = 0
    mode: int = 0o100644
    host: int = 3
    size: int | None = None
    packed: int | None = None
    crc: int | None = None
    local_name: bytes | None = None
    local_method: int | None = None
    local_flags: int | None = None
    local_packed: int | None = None
    body: bytes | None = None
    at: int | None = None  # where the directory says that it begins
    extra: bytes = b""
    sig: bytes = b"PK\x03\x04"
    behind: bytes = b""  # bytes between this entry and the next

    @property
    def bytes(self) -> bytes:
        """What stands between the local header and the next one."""
        if self.body is not None:
            return self.body
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        return deflate.compress(self.data) + deflate.flush() if self.method == 8 else self.data


def or_else(value: int | None, other: int) -> int:
    return other if value is None else value


def local(entry: Entry) -> bytes:
    name = entry.name if entry.local_name is None else entry.local_name
    packed = or_else(entry.local_packed, or_else(entry.packed, len(entry.bytes)))
    fields = (
        or_else(entry.local_flags, entry.flags),
        or_else(entry.local_method, entry.method),
        0,
        0x21,
        or_else(entry.crc, zlib.crc32(entry.data)),
        packed & 0xFFFFFFFF,
        or_else(entry.size, len(entry.data)) & 0xFFFFFFFF,
    )
    return entry.sig + struct.pack("<5H3L2H", 20, *fields, len(name), 0) + name + entry.bytes + entry.behind


def central(entry: Entry, at: int) -> bytes:
    return (
        struct.pack(
            "<4s2B5H3L5H2L",
            b"PK\x01\x02",
            20,
            entry.host,
            20,
            entry.flags,
            entry.method,
            0,
            0x21,
            or_else(entry.crc, zlib.crc32(entry.data)),
            or_else(entry.packed, len(entry.bytes)),
            or_else(entry.size, len(entry.data)),
            len(entry.name),
            len(entry.extra),
            0,
            0,
            0,
            entry.mode << 16 & 0xFFFFFFFF,
            or_else(entry.at, at),
        )
        + entry.name
        + entry.extra
    )


@dataclass
class Zip:
    """A zip of such entries, whose end may lie as well."""

    entries: list[Entry] = field(default_factory=list)
    before: bytes = b""
    between: bytes = b""  # entries and directory
    count: int | None = None
    size: int | None = None
    at: int | None = None
    comment: bytes = b""
    behind: bytes = b""
    wide: bool = False  # zip64's end, too

    def __bytes__(self) -> bytes:
        whole = self.before
        directory = b""
        for entry in self.entries:
            directory += central(entry, len(whole))
            whole += local(entry)
        whole += self.between
        count, size = or_else(self.count, len(self.entries)), or_else(self.size, len(directory))
        at = or_else(self.at, len(whole))
        whole += directory
        if self.wide:
            record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, at)
            whole += record + struct.pack("<4sLQL", b"PK\x06\x07", 0, len(whole), 1)
            count, size, at = 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF
        end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, size, at, len(self.comment))
        return whole + end + self.comment + self.behind


def zipped(*entries: Entry, **more: object) -> bytes:
    return bytes(Zip(list(entries), **more))  # type: ignore[arg-type]


def header(name: str = "spawn.py", data: bytes = SPAWN, kind: bytes = tarfile.REGTYPE, **more: object) -> bytes:
    """A tar's header and its data; GNU's, or the one that `form` says."""
    form = more.pop("form", tarfile.GNU_FORMAT)
    info = tarfile.TarInfo(name)
    info.size, info.type = len(data), kind
    for key, value in more.items():
        setattr(info, key, value)
    return info.tobuf(form) + data + bytes(-len(data) % 512)  # type: ignore[arg-type]


def patched(at: int, value: bytes, block: bytes = b"") -> bytes:
    """A header with other bytes at this place, and a sum that is right."""
    new = bytearray(block or header())
    new[at : at + len(value)] = value
    new[148:156] = b"%06o\0 " % (sum(new[:148]) + 8 * 32 + sum(new[156:512]))
    return bytes(new)


def said(*records: tuple[bytes, bytes], kind: bytes = b"x") -> bytes:
    """An extended header."""
    lines = b""
    for key, value in records:
        line = b" " + key + b"=" + value + b"\n"
        length = len(line) + 1
        while len(b"%d" % length) + len(line) != length:
            length = len(b"%d" % length) + len(line)
        lines += b"%d" % length + line
    return header("pax", lines, kind)


END = bytes(1024)
LINK = stat.S_IFLNK | 0o777


def bomb_deflated(size: int = BIG) -> bytes:
    """So many zeros, deflated: the same piece again and again, so that nobody has to deflate a gigabyte."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    deflate.compress(bytes(1 << 15)), deflate.flush(zlib.Z_FULL_FLUSH)
    piece = deflate.compress(bytes(1 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH)
    return piece * (size >> 20) + deflate.flush()


def bomb_tar(pack: str, size: int = BIG) -> bytes:
    """A tar of one file of so many zeros, packed; a bzip2 or an xz is one of many streams."""
    head = patched(124, b"%011o\0" % size, header(data=b""))
    if pack == "gz":
        deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
        return deflate.compress(head) + deflate.flush(zlib.Z_FULL_FLUSH) + bomb_deflated(size) + bytes(8)
    return PACKERS[pack](head) + PACKERS[pack](bytes(16 << 20)) * (size >> 24) + PACKERS[pack](END)


PACKERS: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
