"""A zip's directory, at its end: what the zip holds and where. Read by the letter and within bounds.

A zip can be read in two ways, by its directory or from its beginning, and a hostile one is another in each. So whatever
leaves room for that spoils it: bytes before, between the parts and behind, a second end within the comment, entries
that overlap, a number that disagrees.
"""

from __future__ import annotations

import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from proclab.grading.intake.bounds import Bounds, Spoilt

END, END64, LOCATOR = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
ENTRY, LOCAL = b"PK\x01\x02", b"PK\x03\x04"
END_BYTES, LOCATOR_BYTES, ENTRY_BYTES, LOCAL_BYTES = 22, 20, 46, 30
MOST16, MOST32 = 0xFFFF, 0xFFFFFFFF  # instead of a number that stands in a field of zip64
KINDS = {stat.S_IFLNK: "link", stat.S_IFIFO: "fifo", stat.S_IFSOCK: "socket", stat.S_IFDIR: "folder"}


@dataclass(frozen=True)
class Member:
    """What the directory says of one entry."""

    name: bytes
    kind: str  # "" for a regular file, "folder", or the code of its refusal
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int


def members(stream: BinaryIO, bounds: Bounds) -> tuple[Member, ...]:
    """Everything that a zip says it holds; raises Spoilt."""
    at, size, count = _place(stream)
    if count > bounds.entries:
        raise Spoilt("number", str(bounds.entries))
    if size > bounds.directory:
        raise Spoilt("header", str(bounds.directory))
    stream.seek(at)
    data = stream.read(size)
    found = tuple(_entries(data, count))
    _disjoint(found, at)
    unpacked = sum(member.size for member in found)
    if unpacked > bounds.unpacked:
        raise Spoilt("unpacked", str(bounds.unpacked))
    if unpacked > bounds.slack + bounds.ratio * sum(member.packed for member in found):
        raise Spoilt("bomb", str(bounds.ratio))
    return found


def _place(stream: BinaryIO) -> tuple[int, int, int]:
    """Where the directory begins, its bytes and its entries."""
    end, tail = _tail(stream)
    _, disk, first, here, count, size, at, _ = struct.unpack("<4s4H2LH", tail[:END_BYTES])
    behind = end
    stream.seek(max(0, end - LOCATOR_BYTES))
    locator = stream.read(min(end, LOCATOR_BYTES))
    if locator[:4] == LOCATOR:
        behind, numbers = _place64(stream, locator, end - LOCATOR_BYTES)
        fields = ((count, MOST16), (size, MOST32), (at, MOST32))
        pairs = zip(fields, numbers, strict=True)
        if any(field not in (most, number) for (field, most), number in pairs):
            raise Spoilt("lies")
        count, size, at = numbers
    elif MOST16 in (count, here) or MOST32 in (size, at) or (disk, first, here) != (0, 0, count):
        raise Spoilt("damaged")
    if at + size != behind:
        raise Spoilt("lies")
    return at, size, count


def _tail(stream: BinaryIO) -> tuple[int, bytes]:
    """Where the end record begins, and its bytes: the only one whose comment ends where the file does."""
    length = stream.seek(0, 2)
    start = stream.seek(max(0, length - END_BYTES - MOST16))
    tail = stream.read(END_BYTES + MOST16)
    found = []
    at = tail.find(END)
    while at >= 0:
        if at + END_BYTES <= len(tail) and at + END_BYTES + int.from_bytes(tail[at + 20 : at + 22], "little") == len(
            tail
        ):
            found.append(at)
        at = tail.find(END, at + 1)
    if len(found) != 1:
        raise Spoilt("lies" if found else "behind" if END in tail else "cut")
    return start + found[0], tail[found[0] :]


def _place64(stream: BinaryIO, locator: bytes, behind: int) -> tuple[int, tuple[int, int, int]]:
    """Where the end record of zip64 begins; entries, bytes and place of the directory."""
    at = int.from_bytes(locator[8:16], "little")
    if not 0 <= at <= behind - 56:
        raise Spoilt("lies")
    stream.seek(at)
    record = stream.read(56)
    if record[:4] != END64 or at + 12 + int.from_bytes(record[4:12], "little") != behind:
        raise Spoilt("lies")
    count, size, place = struct.unpack("<3Q", record[32:56])
    return at, (count, size, place)


def _entries(data: bytes, count: int) -> Iterator[Member]:
    at = 0
    for _ in range(count):
        fixed = data[at : at + ENTRY_BYTES]
        if len(fixed) < ENTRY_BYTES or fixed[:4] != ENTRY:
            raise Spoilt("damaged")
        numbers = struct.unpack("<4s2B5H3L5H2L", fixed)
        name, extra, comment = numbers[11:14]
        rest = data[at + ENTRY_BYTES : at + ENTRY_BYTES + name + extra]
        at += ENTRY_BYTES + name + extra + comment
        yield _member(numbers, rest[:name], rest[name:])
    if at != len(data):
        raise Spoilt("lies")


def _member(numbers: tuple[int, ...], name: bytes, extra: bytes) -> Member:
    flags, method, crc, packed, size = numbers[4], numbers[5], *numbers[8:11]
    offset, mode = numbers[17], numbers[16] >> 16
    wide = iter(_wide(extra))
    try:  # in this order, and only what doesn't fit into its own field
        size = next(wide) if size == MOST32 else size
        packed = next(wide) if packed == MOST32 else packed
        offset = next(wide) if offset == MOST32 else offset
    except StopIteration:
        raise Spoilt("damaged") from None
    kind = "folder" if name.endswith(b"/") else KINDS.get(stat.S_IFMT(mode), "device")
    regular = stat.S_IFMT(mode) in (0, stat.S_IFREG) and kind != "folder"
    return Member(name, "" if regular else kind, flags, method, crc, packed, size, offset)


def _wide(extra: bytes) -> list[int]:
    """The numbers of the extra field of zip64."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack("<2H", extra[at : at + 4])
        if kind == 1:
            field = extra[at + 4 : at + 4 + length]
            return [int.from_bytes(field[n : n + 8], "little") for n in range(0, len(field) - 7, 8)]
        at += 4 + length
    return []


def _disjoint(found: tuple[Member, ...], end: int) -> None:
    """Raise unless every entry has bytes of its own, all of them before the directory."""
    free = 0
    for member in sorted(found, key=lambda member: member.offset):
        if member.offset < free:
            raise Spoilt("overlap")
        free = member.offset + LOCAL_BYTES + len(member.name) + member.packed
    if free > end:
        raise Spoilt("overlap")
