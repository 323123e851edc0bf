"""Who is in a class: a folder of folders and archives, or the zip that Moodle, Canvas or Gradescope hands out."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

from proclab.errors import UsageError
from proclab.grading.intake import archive, directory, folder, lms, names, zips
from proclab.grading.intake.bounds import CLASS, Spoilt
from proclab.grading.intake.directory import Member
from proclab.grading.intake.ids import ids
from proclab.grading.intake.people import People, people
from proclab.grading.intake.source import Source

METADATA_BYTES = 64 << 20
Members = dict[str, list[tuple[bytes, Member]]]  # by the name at the top, each with its name below


def roster(path: Path) -> list[Source]:
    """The submissions of a class, in the order of their names; raises UsageError where there is none to be found."""
    try:
        found = _of_folder(path) if path.is_dir() else _of_zip(path)
    except Spoilt as spoilt:
        raise UsageError(f"{path}: no class can be read from this ({spoilt.code})", FIX) from spoilt
    if not found:
        raise UsageError(f"{path}: there is no submission in it", FIX)
    return found


FIX = "give a folder that has a folder or an archive for each submission, or the zip of Moodle, Canvas or Gradescope"


def _of_folder(path: Path) -> list[Source]:
    path = _inner(path)
    with folder.opened(path, follow=True) as fd:
        tops = _tops(fd)
        known = None
        if lms.METADATA in tops:
            with folder.regular(lms.METADATA, fd) as stream:
                known = people(stream.read(METADATA_BYTES).decode("utf-8", "replace"))
    return _sources(path, lms.groups(tops, known), None)


def _inner(path: Path) -> Path:
    """The only folder of a folder, where that is Gradescope's export."""
    with os.scandir(path) as entries:
        names_there = [entry.name for entry, _ in zip(entries, range(3), strict=False)]
    own = [name for name in names_there if not names.is_litter(name)]
    alone = path / own[0] if len(own) == 1 else path
    return alone if (alone / lms.METADATA).is_file() else path


def _tops(fd: int) -> dict[str, bool]:
    """The names in an open folder; what is neither a file nor a folder is to be refused as a submission."""
    with os.scandir(fd) as entries:
        found: dict[str, bool] = {}
        for entry in entries:
            if len(found) > CLASS.entries:
                raise Spoilt("number", str(CLASS.entries))
            found[entry.name] = not entry.is_file(follow_symlinks=False)
        return found


def _of_zip(path: Path) -> list[Source]:
    with folder.regular(path, follow=True) as stream:
        archive.check_size(stream, CLASS)
        if not stream.read(4).startswith(archive.ZIP):
            raise Spoilt("format")
        found = directory.members(stream, CLASS)
        base = _base(found)
        members = _by_top(found, base)
        known = _people(stream, members)
    tops = {top: any(name for name, _ in own) for top, own in members.items()}
    return _sources(path, lms.groups(tops, known), members)


def _base(found: Iterable[Member]) -> bytes:
    """The folder that a Gradescope export is packed in."""
    metadata = lms.METADATA.encode()
    bases = [member.name.removesuffix(metadata) for member in found if member.name.endswith(b"/" + metadata)]
    return next((base for base in bases if base.count(b"/") == 1), b"")


def _by_top(found: Iterable[Member], base: bytes) -> Members:
    """What lies below each name at the top; a file at the top lies below itself, with no name."""
    members: Members = defaultdict(list)
    for member in found:
        top, _, below = member.name.removeprefix(b"./").removeprefix(base).partition(b"/")
        if top and (below or member.kind != "folder"):
            members[names.text(top)].append((below, member))
    return members


def _people(stream: BinaryIO, members: Members) -> People | None:
    own = members.get(lms.METADATA)
    if not own or own[0][1].size > METADATA_BYTES:
        return None
    try:
        return people(b"".join(zips.unpacked(stream, own[0][1])).decode("utf-8", "replace"))
    except zips.Untrue:
        return {}


def _sources(path: Path, groups: list[lms.Group], members: Members | None) -> list[Source]:
    numbers = ids([(f"{group.name} {group.lms_id}", group.tops[0][0]) for group in groups])
    return [_source(path, group, number, members) for group, number in zip(groups, numbers, strict=True)]


def _source(
    path: Path, group: lms.Group, number: str, members: Mapping[str, list[tuple[bytes, Member]]] | None
) -> Source:
    own = None
    if members is not None:
        own = tuple(
            (below or file.encode("utf-8", "surrogateescape"), member)
            for top, file in group.tops
            for below, member in members[top]
        )
    name = names.shown(group.name)
    return Source(number, name, path, group.tops, group.lms, group.lms_id, group.also, group.opens, own)
