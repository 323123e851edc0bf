"""A recording's archive as it comes out of a container: bytes of an untrusted peer, whatever has packed them.

The format is tar's (blocks of 512 bytes: a header, then the file's bytes, filled up with zeros), and of it only what a
recording needs: regular files with the names of a recording, each once, bounded in number and size, below the one box
that was asked. All else is passed over and reported. No name leads anywhere: the writer of the files gets `1/t.12`,
never a path of the archive's own making. Pure, and nothing here raises, whatever the bytes are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

from proclab import tar
from proclab.text import printable

ARCHIVE_BYTES = 64 << 20  # the container's /tmp is no larger
MEMBERS = 1 << 16
NAME_SHOWN = 80
BOX = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
# The names of a recording, below its box, with the most bytes that such a file may have.
NAMES: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(r"[1-9][0-9]{0,3}/t\.[1-9][0-9]{0,9}", re.ASCII), ARCHIVE_BYTES),
    (re.compile(r"[1-9][0-9]{0,3}/start\.json", re.ASCII), 4 << 20),
    (re.compile(r"[1-9][0-9]{0,3}/faults\.jsonl", re.ASCII), 4 << 20),
    (re.compile(r"(end|packed)\.json"), 4 << 20),
    (re.compile(r"files\.json"), 16 << 20),
)
Kind = Literal[tar.Kind, "type", "name", "twice", "size", "number", "behind", "cut"]


@dataclass(frozen=True)
class File:
    """A file of the recording; its name is relative to its box: `end.json`, `1/t.12`."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Refused:
    """Something that was passed over, or why the archive was read no further; its name can be shown."""

    kind: Kind
    name: str = ""


def most_bytes(name: str) -> int:
    """How large a file of this name may be; 0: a recording has no such file."""
    return next((most for pattern, most in NAMES if pattern.fullmatch(name)), 0)


def members(stream: BinaryIO, box: str) -> Iterator[File | Refused]:
    """What an archive of this box holds, file by file. Whole and clean is one that yields nothing Refused."""
    source = tar.Bounded(stream, ARCHIVE_BYTES)
    seen: set[str] = set()
    extended = False  # the last header was about this one, and says that it isn't what it seems
    for _ in range(MEMBERS):
        header, _ = source.read(tar.BLOCK)
        if header == bytes(tar.BLOCK):
            yield from _behind(source)
            return
        size = tar.size(header)
        if size is None:
            yield Refused("cut")
            return
        found = _judged(header, size, box, seen, extended)
        extended = isinstance(found, Refused) and found.kind == "header"
        data, missing = source.read(size, keep=isinstance(found, str))
        yield File(found, data) if isinstance(found, str) else found  # of a file that is cut off, what there is
        if missing or source.read(-size % tar.BLOCK)[1]:
            yield Refused("cut")
            return
    yield Refused("number")


def _behind(source: tar.Bounded) -> Iterator[Refused]:
    """Zeros up to the end of the last record are usual; anything else is somebody's second archive."""
    while rest := source.read(tar.BLOCK)[0]:
        if rest.strip(b"\0"):
            yield Refused("behind")
            return


def _judged(header: bytes, size: int, box: str, seen: set[str], extended: bool) -> str | Refused:
    """The name of an expected file, which is seen from now on, or why it isn't taken."""
    full = tar.name(header).decode("utf-8", "replace")
    shown = printable(full)[:NAME_SHOWN]
    kind = tar.KINDS.get(tar.kind(header))
    if kind or tar.kind(header) not in tar.REGULAR:
        return Refused(kind or "type", shown)
    head, _, name = full.partition("/")
    most = most_bytes(name)
    if extended or head != box or not most or tar.prefix(header):
        return Refused("name", shown)
    if size > most:
        return Refused("size", shown)
    if name in seen:
        return Refused("twice", shown)
    seen.add(name)
    return name
