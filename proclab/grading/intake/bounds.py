"""How much of a submission is looked at, and what it is refused as a whole for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bounds:
    """The most that a submission may have of everything. An honest one with its whole .venv in it stays below."""

    entries: int = 10_000  # files, folders and links that are looked at
    depth: int = 16  # folders in folders
    name: int = 1024  # bytes of a path
    file: int = 1 << 20  # bytes of a file that is taken
    kept: int = 8 << 20  # of all of them together
    archive: int = 64 << 20  # of the archive as it was handed in
    unpacked: int = 128 << 20  # of what it unpacks to
    ratio: int = 200  # unpacked bytes for one packed; source text has 3 to 10
    slack: int = 8 << 20  # unpacked bytes for which nobody asks for the ratio
    dictionary: int = 36 << 20  # memory of xz, which it says itself: `xz -8` has 33 MiB
    streams: int = 256  # compressed streams one behind the other, as pigz and bzip2 -k write them
    header: int = 64 << 10  # of an extended header of tar
    directory: int = 4 << 20  # of a zip's directory
    refusals: int = 24  # that are listed; the rest is counted


BOUNDS = Bounds()
# What an LMS hands out holds a whole class, and of each submission no more than such a one may have.
CLASS = Bounds(entries=100_000, archive=16 << 30, unpacked=64 << 30, ratio=10**9, directory=64 << 20)


class Spoilt(Exception):
    """An archive of which nothing is taken; the code says why (grade.refused.CODE of the catalogue)."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


# The codes of Spoilt: a refusal with one of these costs every file that would have been in the archive.
WHOLE = frozenset({"archive_size", "bomb", "kept", "memory", "number", "streams", "unpacked"})  # too much
WHOLE |= {"behind", "cut", "damaged", "format", "header", "lies", "overlap", "unreadable"}  # no archive, or two in one
