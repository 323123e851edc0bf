"""A submission that is a folder: read without following a link or waiting for a FIFO, however it changes meanwhile."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from proclab.grading.intake import names
from proclab.grading.intake.bounds import Spoilt
from proclab.grading.intake.sieve import Findings, Sieve
from proclab.grading.record import Refusal

PLAIN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
KINDS = {stat.S_IFLNK: "link", stat.S_IFIFO: "fifo", stat.S_IFSOCK: "socket", stat.S_IFCHR: "device"}


@contextmanager
def opened(path: Path | str, at: int | None = None, follow: bool = False) -> Iterator[int]:
    """A folder's descriptor; raises Spoilt. Only what the user has named himself may be a link."""
    try:
        fd = os.open(path, (PLAIN & ~os.O_NOFOLLOW if follow else PLAIN) | os.O_DIRECTORY, dir_fd=at)
    except (OSError, ValueError) as error:
        raise Spoilt("unreadable") from error
    try:
        yield fd
    finally:
        os.close(fd)


@contextmanager
def regular(path: Path | str, at: int | None = None, follow: bool = False) -> Iterator[BinaryIO]:
    """A regular file, opened; raises Spoilt with what else it is."""
    try:
        fd = os.open(path, PLAIN & ~os.O_NOFOLLOW if follow else PLAIN, dir_fd=at)
    except (OSError, ValueError) as error:
        raise Spoilt("unreadable") from error
    with open(fd, "rb") as stream:
        if kind := _kind(os.fstat(stream.fileno()).st_mode):
            raise Spoilt(kind)
        yield stream


def read(fd: int, sieve: Sieve, place: names.Path = ()) -> Findings:
    """What passes of a folder that is open."""
    folders = []
    for name, mode, size in _listed(fd, sieve):
        kind = _kind(mode)
        path = sieve.judge(os.fsencode("/".join((*place, name))), kind, size)
        if isinstance(path, Refusal):
            yield path
        elif path:
            yield from file(fd, name, path, sieve)
        if kind == "folder" and not isinstance(path, Refusal) and not names.is_litter(name):
            folders.append(name)
    for name in folders:
        try:
            with opened(name, fd) as below:
                yield from read(below, sieve, (*place, name))
        except Spoilt as spoilt:
            if spoilt.code != "unreadable":
                raise
            yield Refusal(spoilt.code, names.shown((*place, name)))


def file(fd: int, name: str, path: names.Path, sieve: Sieve) -> Findings:
    """A file of an open folder, or what the archive that it is holds."""
    try:
        with regular(name, fd) as stream:
            if sieve.is_archive(path):
                yield from sieve.open(path, stream)
                return
            data = stream.read(sieve.bounds.file + 1)
    except (Spoilt, OSError) as error:
        yield Refusal(error.code if isinstance(error, Spoilt) else "unreadable", names.shown(path))
        return
    if len(data) > sieve.bounds.file:
        yield Refusal("size", names.shown(path), str(sieve.bounds.file))
    else:
        yield sieve.keep(path, data)


def _listed(fd: int, sieve: Sieve) -> list[tuple[str, int, int]]:
    """Names with modes and sizes, in an order that every machine has; raises Spoilt where there are too many."""
    found: list[tuple[str, int, int]] = []
    with os.scandir(fd) as entries:
        for entry in entries:
            if len(found) > sieve.bounds.entries:
                raise Spoilt("number", str(sieve.bounds.entries))
            try:
                about = entry.stat(follow_symlinks=False)
            except OSError:
                continue  # it has gone
            found.append((entry.name, about.st_mode, about.st_size))
    return sorted(found)


def _kind(mode: int) -> str:
    if stat.S_ISREG(mode):
        return ""
    return "folder" if stat.S_ISDIR(mode) else KINDS.get(stat.S_IFMT(mode), "device")
