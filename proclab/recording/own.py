"""A log of the user's own: what `strace -o FILE` has written, with -ff one FILE.PID for each process and thread.

It is data of an untrusted peer, like a recording: bounded, from regular files only, and no link is followed.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import zlib
from collections.abc import Mapping
from pathlib import Path

from proclab.errors import UsageError
from proclab.recording.raw import opened, regular

LOG_BYTES = 64 << 20  # of all files together
LOGS = 5_000  # and processes and threads in one of them
LINES = 200_000  # of all files together: the pictures of so many take up to 2 GB
PACKED = b"\x1f\x8b"  # how a gzip file begins, RFC 1952
OF_A_LINE = re.compile(r"^(?:\[pid +)?(\d+)(?=[\s<\]])", re.ASCII | re.MULTILINE)
OF_A_THREAD = re.compile(r"\.([1-9]\d{0,9})(?:\.gz)?", re.ASCII)


def texts(path: Path) -> dict[str, str]:
    """The file by its name, or where there is none of this name the files of `strace -ff -o FILE`; raises OSError."""
    with opened(os.path.realpath(path.parent)) as folder:
        names = [path.name] if path.exists() or path.is_symlink() else threads(path)
        if not names:
            raise UsageError(f"there is no {path}, and no {path}.PID as strace -ff -o {path} writes them")
        if len(names) > LOGS:
            raise UsageError(f"{path}.PID are {len(names)} files", f"{LOGS} are read at most")
        found: dict[str, str] = {}
        left = LOG_BYTES
        for name in names:
            with regular(name, folder) as file:
                data = _unpacked(file.read(LOG_BYTES + 1), path.parent / name)
            left -= len(data)
            if left < 0:
                raise UsageError(f"{path} has more than {LOG_BYTES >> 20} MB", "read its beginning: head -c 60M")
            found[name] = data.decode(errors="surrogateescape")
    _must_be_few(found, path)
    return found


def _must_be_few(texts: Mapping[str, str], path: Path) -> None:
    """A small file may hold a million processes, and a packed one millions of lines."""
    if sum(text.count("\n") for text in texts.values()) > LINES:
        raise UsageError(f"{path} has more than {LINES} lines", f"read its beginning: head -n {LINES}")
    pids = {found[1] for text in texts.values() for found in OF_A_LINE.finditer(text)}
    if len(pids) > LOGS:
        raise UsageError(f"{path} tells of {len(pids)} processes and threads", f"{LOGS} are read at most")


def threads(path: Path) -> list[str]:
    """The names of `path`.PID that are there."""
    names = (each.name for each in path.parent.iterdir() if each.name.startswith(path.name))
    return sorted(name for name in names if OF_A_THREAD.fullmatch(name, len(path.name)))


def thread(name: str) -> int | None:
    """Whose log this is, by the name that -ff gives it; None: of no thread alone."""
    found = re.search(OF_A_THREAD.pattern + r"\Z", name, re.ASCII)
    return int(found[1]) if found else None


def _unpacked(data: bytes, path: Path) -> bytes:
    if not data.startswith(PACKED):
        return data
    try:
        return gzip.GzipFile(fileobj=io.BytesIO(data)).read(LOG_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{path} can't be unpacked: {error}", "make it again: gzip") from error
