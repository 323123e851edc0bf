"""The folder out/NAME/raw: archives of containers become files in it, and its files are read.

Nothing is followed, on either side: every folder is opened below its parent's descriptor and every file below its
folder's, never a link, and only what is a regular file is read. What is written is new, in a folder made for it.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shutil
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from proclab.recording.archive import ARCHIVE_BYTES, BOX, File, Refused, members, most_bytes

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a FIFO must not keep us
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
MODE, FOLDER_MODE = 0o644, 0o755
TAKEN = "taken.json"  # ours: how the taking went
TAKEN_BYTES = 1 << 20
FACTS = "facts.jsonl"  # what the conductor of a guided run said
READ_BYTES = 256 << 20  # of all boxes together
READ_FILES = 1 << 17
SAMPLES = 3
ARCHIVE = re.compile(rf"({BOX.pattern})\.tar")


@dataclass
class Taken:
    """What came out of one container: files, and what was refused, by kinds and with a few names."""

    box: str
    files: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    names: list[str] = field(default_factory=list)

    def refuse(self, what: Refused) -> None:
        self.refused[what.kind] += 1
        if what.name and len(self.names) < SAMPLES:
            self.names.append(what.name)

    def plain(self) -> dict[str, object]:
        """For taken.json. `whole`: all of the archive was there, and nothing in it that doesn't belong there."""
        found = {"files": self.files, "whole": not self.refused, "refused": dict(self.refused), "names": self.names}
        return {"v": 1} | found


# ---------------------------------------------------------------- taking


def archives(raw: Path) -> list[str]:
    """The boxes whose archives lie in the folder, not taken yet."""
    with opened(raw) as folder:
        return sorted(found[1] for name in os.listdir(folder) if (found := ARCHIVE.fullmatch(name)))


def take_file(raw: Path, box: str) -> Taken:
    """Takes raw/BOX.tar into the new folder raw/BOX; the archive is gone then; where OSError is raised, it stays."""
    with opened(raw) as folder:
        with regular(f"{box}.tar", folder) as archive:
            taken = take(archive, folder, box)
        os.unlink(f"{box}.tar", dir_fd=folder)
    return taken


def take(archive: BinaryIO, folder: int, box: str) -> Taken:
    """Writes what an archive holds of this box into a new folder of that name: whole, or not at all. Raises OSError."""
    part = f".{box}.part"
    with contextlib.suppress(FileNotFoundError):  # of a run that was killed
        shutil.rmtree(part, dir_fd=folder)
    os.mkdir(part, FOLDER_MODE, dir_fd=folder)
    try:
        with opened(part, folder) as inside:
            taken = _taken(archive, inside, box)
        _exists_not(box, folder)
        os.rename(part, box, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True, dir_fd=folder)
        raise
    return taken


def _taken(archive: BinaryIO, inside: int, box: str) -> Taken:
    taken = Taken(box)
    for found in members(archive, box):
        if isinstance(found, File):
            _write(inside, found)
            taken.files += 1
        else:
            taken.refuse(found)
    _write(inside, File(TAKEN, json.dumps(taken.plain()).encode()))
    return taken


def _write(inside: int, file: File) -> None:
    folder, _, name = file.name.rpartition("/")
    if not folder:
        return _write_new(inside, name, file.data)
    with contextlib.suppress(FileExistsError):
        os.mkdir(folder, FOLDER_MODE, dir_fd=inside)
    with opened(folder, inside) as below:
        _write_new(below, name, file.data)


def _write_new(folder: int, name: str, data: bytes) -> None:
    with open(os.open(name, NEW, MODE, dir_fd=folder), "wb") as file:
        file.write(data)


def write(folder: int, name: str, texts: Iterable[str]) -> None:
    """A new file in the place of what has this name: a link there isn't followed, a FIFO not waited for."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
    with open(os.open(name, NEW, 0o666, dir_fd=folder), "w", encoding="utf-8", newline="\n") as file:
        file.writelines(texts)


def _exists_not(name: str, folder: int) -> None:
    """rename(2) would put a folder over an empty one."""
    with contextlib.suppress(FileNotFoundError):
        os.lstat(name, dir_fd=folder)
        raise FileExistsError(errno.EEXIST, "is there already", name)


# ---------------------------------------------------------------- reading


def texts(raw: Path) -> tuple[dict[str, str], int]:
    """The recording's files by name (`lab-1/1/t.12`), and how many other things lie there, which were left alone."""
    found: dict[str, str] = {}
    strange, left = 0, READ_BYTES
    for name, data in _files(raw):
        if data is None or len(data) > left or len(found) >= READ_FILES:
            strange += 1
        else:
            left -= len(data)
            found[name] = data.decode(errors="surrogateescape")
    return found, strange


def _files(raw: Path) -> Iterator[tuple[str, bytes | None]]:
    """Every file below, as it is met; None: not ours to read."""
    with opened(raw) as folder:
        for box in sorted(os.listdir(folder)):
            if BOX.fullmatch(box):
                yield from _below(folder, box, f"{box}/", 2)
            else:
                yield box, _read(folder, box, ARCHIVE_BYTES if box == FACTS else 0)


def _below(parent: int, name: str, prefix: str, depth: int) -> Iterator[tuple[str, bytes | None]]:
    try:
        folder = os.open(name, FOLDER, dir_fd=parent)
    except OSError:  # a link, or no folder
        yield prefix, None
        return
    try:
        for each in sorted(os.listdir(folder)):
            if depth > 1 and each.isdecimal():
                yield from _below(folder, each, f"{prefix}{each}/", depth - 1)
            else:
                yield prefix + each, _read(folder, each, _most_bytes(prefix + each))
    finally:
        os.close(folder)


def _most_bytes(name: str) -> int:
    """How large a file of a box may be; 0: a recording has no such file."""
    _, _, inner = name.partition("/")
    return TAKEN_BYTES if inner == TAKEN else most_bytes(inner)


def _read(folder: int, name: str, most: int) -> bytes | None:
    """A file that a recording may have, if it is one and no larger than such a file may be."""
    if not most:
        return None
    try:
        with regular(name, folder) as file:
            data = file.read(most + 1)
    except OSError:
        return None
    return data if len(data) <= most else None


@contextmanager
def opened(path: Path | str, parent: int | None = None) -> Iterator[int]:
    """A folder's descriptor; OSError where it is a link."""
    folder = os.open(path, FOLDER, dir_fd=parent)
    try:
        yield folder
    finally:
        os.close(folder)


@contextmanager
def regular(name: str, folder: int) -> Iterator[BinaryIO]:
    """A regular file to read from; OSError where it is none. Asked before (opening a device does things), and after."""
    _must_be_regular(os.lstat(name, dir_fd=folder), name)
    with open(os.open(name, READ, dir_fd=folder), "rb") as file:
        _must_be_regular(os.fstat(file.fileno()), name)
        yield file


def _must_be_regular(info: os.stat_result, name: str) -> None:
    if not stat.S_ISREG(info.st_mode):
        raise OSError(errno.EINVAL, "is no regular file", name)
