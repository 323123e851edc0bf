"""Where a submission is: in a folder, in an archive, or within the zip that holds the whole class."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from proclab.grading.intake import archive, folder, zips
from proclab.grading.intake.bounds import BOUNDS, Bounds
from proclab.grading.intake.directory import Member
from proclab.grading.intake.ids import ids
from proclab.grading.intake.layout import Keep, wanted
from proclab.grading.intake.sieve import Findings, Sieve
from proclab.grading.intake.submission import Submission, made
from proclab.grading.record import Refusal


@dataclass(frozen=True)
class Source:
    """A submission that can be taken at any time; `lms_id` is what the LMS calls it by, `also` further such names."""

    id: str
    name: str
    root: Path
    tops: tuple[tuple[str, str], ...]
    lms: str = ""
    lms_id: str = ""
    also: tuple[str, ...] = ()
    opens: bool = False
    members: tuple[tuple[bytes, Member], ...] | None = None  # where the root is a zip

    def take(self, keep: Keep, bounds: Bounds = BOUNDS) -> Submission:
        """What of it is taken. Raises nothing."""
        sieve = Sieve(wanted(keep), bounds, archive.read if self.opens else None)
        return made(self.id, self.name, self._read(sieve), keep, bounds)

    def _read(self, sieve: Sieve) -> Findings:
        if self.members is not None:
            with folder.regular(self.root, follow=True) as stream:
                yield from zips.take(stream, self.members, sieve)
            return
        with folder.opened(self.root, follow=True) as fd:
            for top, file in self.tops:
                yield from _top(fd, top, file, sieve)


def _top(fd: int, top: str, file: str, sieve: Sieve) -> Findings:
    """One of the names at the top of a class's folder."""
    if not file:
        with folder.opened(top, fd) as below:
            yield from folder.read(below, sieve)
        return
    path = sieve.judge(os.fsencode(file))
    if isinstance(path, Refusal):
        yield path
    elif path:
        yield from folder.file(fd, top, path, sieve)


def take(path: Path, keep: Keep, bounds: Bounds = BOUNDS) -> Submission:
    """One submission: a folder, a zip or a tar. Raises nothing, whatever lies there."""
    name = path.resolve().name
    sieve = Sieve(wanted(keep), bounds)
    return made(ids([(name, name)])[0], name, _one(path, sieve), keep, bounds)


def _one(path: Path, sieve: Sieve) -> Findings:
    if path.is_dir():
        with folder.opened(path, follow=True) as fd:
            yield from folder.read(fd, sieve)
        return
    with folder.regular(path, follow=True) as stream:
        yield from archive.read(stream, sieve)
