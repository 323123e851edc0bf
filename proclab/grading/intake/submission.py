"""A submission as the grader gets it: the files of the keep-list, and what was refused. It never touches the disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from proclab.grading.intake import names
from proclab.grading.intake.bounds import BOUNDS, WHOLE, Bounds, Spoilt
from proclab.grading.intake.layout import Keep, choose
from proclab.grading.intake.sieve import Findings, Found
from proclab.grading.record import Refusal


@dataclass(frozen=True)
class Submission:
    """One student's, or one group's."""

    id: str  # a file's name anywhere, of nobody else, the same from run to run
    name: str  # as it is shown
    files: Mapping[str, bytes]  # "1/spawn.py" → what it holds
    refused: tuple[Refusal, ...] = ()
    sha256: str = field(default="")

    def refusal_of(self, file: str) -> Refusal | None:
        """Why "1/spawn.py" isn't there, where that is known: then it is REFUSED and not MISSING."""
        if file in self.files:
            return None
        base = file.rpartition("/")[2]
        own = (each for each in self.refused if each.name.rpartition("/")[2].casefold() == base.casefold())
        whole = (each for each in self.refused if each.code in WHOLE)
        return next(own, None) or next(whole, None)


def made(id: str, name: str, found: Findings, keep: Keep, bounds: Bounds = BOUNDS) -> Submission:
    """The submission of what a reader finds. Raises nothing, whatever was handed in."""
    taken: list[Found] = []
    refused: list[Refusal] = []
    try:
        for each in found:
            if isinstance(each, Found):
                taken.append(each)
            else:
                refused.append(each)
    except Spoilt as spoilt:
        taken, refused = [], [Refusal(spoilt.code, "", spoilt.detail)]
    except OSError:
        taken, refused = [], [Refusal("unreadable")]
    files, unclear = choose(taken, keep)
    told = _told([*refused, *unclear], keep, bounds)
    return Submission(id, names.shown(name), files, told, fingerprint(files))


def fingerprint(files: Mapping[str, bytes]) -> str:
    """sha256 over names and contents; no two sets of files have one, wherever a name ends and a content begins."""
    whole = hashlib.sha256()
    for name, data in sorted(files.items()):
        whole.update(b"%s\0%d\0" % (name.encode("utf-8", "surrogateescape"), len(data)))
        whole.update(data)
    return whole.hexdigest()


def _told(refused: Iterable[Refusal], keep: Keep, bounds: Bounds) -> tuple[Refusal, ...]:
    """The refusals in an order that is always the same; those first that cost a task, and no endless list."""
    wanted = {name.casefold() for files in keep.values() for name in files}

    def weight(refusal: Refusal) -> tuple[bool, bool, str, str, str]:
        costs = refusal.code in WHOLE or refusal.name.rpartition("/")[2].casefold() in wanted
        return not costs, refusal.code == "extra", refusal.name, refusal.code, refusal.detail

    whole = sorted(set(refused), key=weight)
    rest = len(whole) - bounds.refusals
    return (*whole[: bounds.refusals], *([Refusal("more", detail=str(rest))] if rest > 0 else []))
