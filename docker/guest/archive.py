"""What leaves the container with a recording: the sources that it names, what is missing in it, the tar of it all.

The packer runs as another user than the program, which therefore can't signal, trace or reach it. Where a log should be
the program may have put a link or a FIFO: the packer opens neither, and the host, which trusts neither, no more.
"""

import contextlib
import json
import os
import re
import stat
import sys
import tarfile
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import processes

SOURCE_BYTES = 256 * 1024
SOURCES_BYTES = 4 << 20
ARCHIVE_BYTES = 63 << 20  # the host reads 64 MiB
REST_S = 3.0
MEMBER = re.compile(r"[1-9]\d{0,3}/(t\.[1-9]\d{0,9}|start\.json|faults\.jsonl)|(end|files)\.json", re.ASCII)
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
NAMED_FILE = re.compile(rb'write\(-1, "(?:L|K \S+ \S+ \S+) \d+ (?:\S+ )?([^"]+)", \d+\) *= -1 EBADF')


def incomplete(folder: str) -> list[str]:
    """Logs whose last line isn't the thread's end: the tracer was killed, or the thread vanished at an exec."""
    return [f"{path.parent.name}/{path.name}" for path in Path(folder).glob("*/t.*") if not _ends(path)]


def plain_file(name: str, folder: int | None = None) -> BinaryIO:
    """A regular file to read from; OSError where it is none: a link isn't followed, a FIFO not waited for."""
    file = open(os.open(name, READ, dir_fd=folder), "rb")  # noqa: SIM115
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(f"{name} is no regular file")
    return file


def _ends(path: Path) -> bool:
    try:
        with plain_file(str(path)) as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 200))
            return b"+++" in log.read().rstrip(b"\n").rpartition(b"\n")[2]
    except OSError:  # what lies there is none of strace's
        return False


def sources(folder: str) -> dict[str, dict[str, str]]:
    """The student's files that the markers name, with their text: what a line number means."""
    names: set[bytes] = set()
    for path in Path(folder).glob("*/t.*"):
        with contextlib.suppress(OSError), plain_file(str(path)) as log:
            names |= set(NAMED_FILE.findall(log.read()))
    found: dict[str, dict[str, str]] = {}
    left = SOURCES_BYTES
    for name in sorted(os.fsdecode(name) for name in names):
        for root in ("", "/lab/run/", "/lab/demos/", "/work/"):
            with contextlib.suppress(OSError, ValueError):
                path = Path(root + name)
                if left > 0 and path.is_absolute() and path.is_file() and name not in found:
                    with path.open("rb") as file:
                        data = file.read(min(SOURCE_BYTES, left))
                    left -= len(data)
                    found[name] = {"path": str(path), "text": data.decode(errors="replace")}
    return found


# ---------------------------------------------------------------- the archive


def pack(folder: str, box: str, rest: bool = False) -> int:
    """Writes the recording as a tar to the standard output; its last member, packed.json, says what is amiss with it.

    rest: only once nothing of another user runs in the container any more; else 3, after REST_S, and not a byte.
    """
    others = processes.see_out(processes.strangers, REST_S if rest else 0)
    running = [f"{pid} {name}" for pid, name in sorted(others.items())]
    if running and rest:
        print(f"proclab: still running: {', '.join(running[:5])}", file=sys.stderr)
        return 3
    archive = Archive(box)
    with contextlib.suppress(OSError):
        for name in members(folder):
            archive.add(folder, name)
    archive.end({"running": running[:100]})
    return 0


def members(folder: str) -> Iterator[str]:
    """The names of the files in a recording's folder that may be its own."""
    top = os.open(folder, FOLDER)
    try:
        for name in sorted(os.listdir(top)):
            if name.isdecimal():
                with contextlib.suppress(OSError):
                    inner = (f"{name}/{each}" for each in sorted(_listed(os.open(name, FOLDER, dir_fd=top))))
                    yield from (each for each in inner if MEMBER.fullmatch(each))
            elif MEMBER.fullmatch(name):
                yield name
    finally:
        os.close(top)


def _listed(folder: int) -> list[str]:
    try:
        return os.listdir(folder)
    finally:
        os.close(folder)


class Archive:
    """A tar on the standard output."""

    def __init__(self, box: str) -> None:
        self.box = box
        self.left = ARCHIVE_BYTES
        self.left_out: list[str] = []
        self.tar = tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.GNU_FORMAT)  # noqa: SIM115

    def add(self, folder: str, name: str) -> None:
        """A regular file of the recording; one that is none, or for which there is no room, is left out."""
        try:
            data = content(folder, name, self.left)
        except OSError:
            self.left_out.append(name)
            return
        self._write(name, data)

    def _write(self, name: str, data: bytes) -> None:
        self.left -= len(data) + 2 * tarfile.BLOCKSIZE
        info = tarfile.TarInfo(f"{self.box}/{name}")
        info.size, info.mtime, info.mode = len(data), int(time.time()), 0o644
        self.tar.addfile(info, BytesIO(data))

    def end(self, facts: dict[str, Any]) -> None:
        """What ran meanwhile (it could have altered the recording), what was left out, and the end."""
        self._write("packed.json", json.dumps({"v": 1, **facts, "left_out": self.left_out[:100]}).encode())
        self.tar.close()


def content(folder: str, name: str, most: int) -> bytes:
    """A file's bytes; OSError where it is no regular file, or a larger one. No link is followed on the way."""
    above, _, last = name.rpartition("/")
    below = os.open(os.path.join(folder, above), FOLDER)
    try:
        with plain_file(last, below) as file:
            data = file.read(max(0, most) + 1)
    finally:
        os.close(below)
    if len(data) > most:
        raise OSError(f"{name} is too large")
    return data
