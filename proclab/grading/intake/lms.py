"""Whose is what, in the export of a learning management system: by the names at its top, as each makes them. Pure.

Moodle       Ann Lee_12345_assignsubmission_file_/spawn.py, or the same with _ instead of / (its two settings)
Canvas       leeann_123_456_spawn.py, leeann_LATE_123_456_spawn-1.py, anon_Ab1cD_456_spawn.py
Gradescope   submission_12345/spawn.py, and submission_metadata.yml with the names
none         ann/…, ann.zip, ann.tar.gz: a folder or an archive for each
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from proclab.grading.intake import names

METADATA = "submission_metadata.yml"
MOODLE = re.compile(r"(?P<name>.+)_(?P<id>[0-9]+)_assignsubmission_[a-z]+(?:_(?P<file>.*))?", re.DOTALL)
CANVAS = re.compile(r"(?:(?P<name>.*?)_)?(?:LATE_)?(?P<id>[0-9]+)_[0-9]+_(?P<file>.+)", re.DOTALL)
ANONYMOUS = re.compile(r"(?:LATE_)?(?P<name>anon)_(?P<id>[A-Za-z0-9]+)_[0-9]+_(?P<file>.+)", re.DOTALL)
GRADESCOPE = re.compile(r"submission_(?P<id>[0-9]+)")
AGAIN = re.compile(r"-[0-9]{1,3}(?=\.\w+$)")  # Canvas puts it behind a name that was handed in before
ENDING = re.compile(r"(\.tar)?\.\w+$")


@dataclass(frozen=True)
class Group:
    """What belongs to one submission: names at the top, each with the file that it is ("" is a folder)."""

    name: str
    tops: tuple[tuple[str, str], ...]
    lms: str = ""
    lms_id: str = ""
    also: tuple[str, ...] = ()  # further ids, of those who handed it in: numbers and addresses

    @property
    def opens(self) -> bool:
        """Whether an archive in it is the submission, and not something within one."""
        return bool(self.lms) or bool(self.tops[0][1])


def groups(tops: Mapping[str, bool], people: Mapping[str, tuple[str, tuple[str, ...]]] | None = None) -> list[Group]:
    """The submissions of an export: its top's names, with whether each is a folder (or no file at all)."""
    own = {top: folder for top, folder in sorted(tops.items()) if not names.is_litter(top)}
    if people is not None:
        return [_of_gradescope(top, people) for top in own if GRADESCOPE.fullmatch(top)]
    if any(MOODLE.fullmatch(top) for top in own):
        return _matched("moodle", own, (MOODLE,))
    if any(not folder and _match(top, (ANONYMOUS, CANVAS)) for top, folder in own.items()):
        return _matched("canvas", {top: folder for top, folder in own.items() if not folder}, (ANONYMOUS, CANVAS))
    return [
        Group(top if folder else ENDING.sub("", top), ((top, "" if folder else top),))
        for top, folder in own.items()
        if folder or names.is_packed(top)
    ]


def _matched(lms: str, tops: Mapping[str, bool], patterns: Iterable[re.Pattern[str]]) -> list[Group]:
    """One group for each id; a name that is of no such form belongs to nobody."""
    patterns = tuple(patterns)
    found: dict[str, tuple[str, list[tuple[str, str]]]] = {}
    for top, folder in tops.items():
        if match := _match(top, patterns):
            file = AGAIN.sub("", match["file"]) if lms == "canvas" else match["file"] or ""
            found.setdefault(match["id"], (match["name"] or match["id"], []))[1].append((top, "" if folder else file))
    return [Group(name, tuple(own), lms, number) for number, (name, own) in found.items()]


def _match(top: str, patterns: Iterable[re.Pattern[str]]) -> re.Match[str] | None:
    return next((match for pattern in patterns if (match := pattern.fullmatch(top))), None)


def _of_gradescope(top: str, people: Mapping[str, tuple[str, tuple[str, ...]]]) -> Group:
    name, also = people.get(top, (top, ()))
    return Group(name or top, ((top, ""),), "gradescope", top.partition("_")[2], also)
