"""What passes of a submission, entry by entry, whoever lists the entries: a folder, a zip, a tar."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from proclab.grading.intake import names
from proclab.grading.intake.bounds import BOUNDS, Bounds, Spoilt
from proclab.grading.record import Refusal


@dataclass(frozen=True)
class Found:
    """A regular file with a name of the keep-list, wherever it lay."""

    path: names.Path
    data: bytes


Findings = Iterator[Found | Refusal]
Opener = Callable[[BinaryIO, "Sieve"], Findings]


class Sieve:
    """Decides on each entry by name, kind and size, and counts what one submission has had of everything.

    `opens` reads an archive within; without it such a one is refused.
    """

    def __init__(self, wanted: Collection[str], bounds: Bounds = BOUNDS, opens: Opener | None = None) -> None:
        self.wanted = frozenset(wanted)
        self.folded = {name.casefold() for name in wanted}
        self.bounds = bounds
        self.opens = opens
        self.entries = 0
        self.kept = 0

    def judge(self, raw: bytes, kind: str = "", size: int = 0) -> names.Path | Refusal | None:
        """The path of a file to be taken (or of an archive to be opened), a refusal, or None: not worth a word.

        `kind` is "" for a regular file, "folder", or the code for which any other thing is refused.
        """
        self.count()
        path = names.parts(raw, self.bounds)
        if not isinstance(path, tuple) or kind == "folder":
            return path if isinstance(path, Refusal) else None
        if code := kind or self._unwanted(path[-1]):
            return Refusal(code, names.shown(path))
        most = self.bounds.archive if self.is_archive(path) else self.bounds.file
        return path if size <= most else Refusal("size", names.shown(path), str(most))

    def count(self) -> None:
        """One more entry; raises Spoilt where there are too many."""
        self.entries += 1
        if self.entries > self.bounds.entries:
            raise Spoilt("number", str(self.bounds.entries))

    def is_archive(self, path: names.Path) -> bool:
        """Whether this is to be opened and not to be taken."""
        return self.opens is not None and names.is_packed(path[-1])

    def keep(self, path: names.Path, data: bytes) -> Found:
        """A file that is taken; raises Spoilt where that makes too much of it."""
        self.kept += len(data)
        if self.kept > self.bounds.kept:
            raise Spoilt("kept", str(self.bounds.kept))
        return Found(path, data)

    def open(self, path: names.Path, stream: BinaryIO) -> Findings:
        """What an archive within holds, as if it lay in the archive's place; one level and no further."""
        assert self.opens is not None
        opens, self.opens = self.opens, None
        try:
            yield from list(opens(stream, self))  # all of it or nothing
        except Spoilt as spoilt:
            yield Refusal(spoilt.code, names.shown(path), spoilt.detail)
        finally:
            self.opens = opens

    def _unwanted(self, name: str) -> str:
        if name in self.wanted or (self.opens and names.is_packed(name)):
            return ""
        if names.is_packed(name):
            return "nested"
        return "case" if name.casefold() in self.folded else "extra"
