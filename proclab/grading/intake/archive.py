"""A submission that is an archive: zip, tar, tar.gz, tar.bz2, tar.xz, known by its bytes and never by its name."""

from __future__ import annotations

from typing import BinaryIO

from proclab.grading.intake import packed, tars, zips
from proclab.grading.intake.bounds import Bounds, Spoilt
from proclab.grading.intake.sieve import Findings, Sieve
from proclab.tar import BLOCK

ZIP = (b"PK\x03\x04", b"PK\x05\x06")
OTHERS = {b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!\x1a\x07": "rar", b"\x28\xb5\x2f\xfd": "zst", b"\x1f\x9d": "Z"}


def read(stream: BinaryIO, sieve: Sieve) -> Findings:
    """What passes of an archive; raises Spoilt."""
    check_size(stream, sieve.bounds)
    head = stream.read(BLOCK)
    stream.seek(0)
    if head.startswith(ZIP):
        yield from zips.read(stream, sieve)
    elif magic := next((magic for magic in packed.MAGIC if head.startswith(magic)), b""):
        yield from tars.read(packed.Unpacked(stream, magic, sieve.bounds), sieve)
    elif head[257:262] == b"ustar" or head == bytes(BLOCK):  # one with nothing in it is zeros only
        yield from tars.read(stream, sieve)
    else:
        raise Spoilt("format", next((name for magic, name in OTHERS.items() if head.startswith(magic)), ""))


def check_size(stream: BinaryIO, bounds: Bounds) -> None:
    """Raise where an archive is too large to be looked at, whatever is in it."""
    if stream.seek(0, 2) > bounds.archive:
        raise Spoilt("archive_size", str(bounds.archive))
    stream.seek(0)
