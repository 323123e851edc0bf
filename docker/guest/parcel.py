"""What leaves the container with a recording: the sources that it names, what is missing in it, the tar of it all."""

import contextlib
import os
import re
import sys
import tarfile
from io import BytesIO
from pathlib import Path

SOURCE_BYTES = 256 * 1024
MEMBER = re.compile(r"(\d+/(t\.\d+|start\.json)|[a-z]+\.jsonl?)")
NAMED_FILE = re.compile(rb'write\(-1, "(?:L|K \S+ \S+ \S+) \d+ (?:\S+ )?([^"]+)", \d+\) *= -1 EBADF')


def incomplete(folder: str) -> list[str]:
    """Logs without a last line that tells the thread's end: the tracer was killed, or a thread vanished at an exec."""
    return [f"{path.parent.name}/{path.name}" for path in Path(folder).glob("*/t.*") if not _ends(path)]


def _ends(path: Path) -> bool:
    with path.open("rb") as log:
        log.seek(max(0, log.seek(0, os.SEEK_END) - 200))
        return b"+++" in log.read().rstrip(b"\n").rpartition(b"\n")[2]


def sources(folder: str) -> dict[str, dict[str, str]]:
    """The student's files that the markers name, with their text: what a line number means."""
    names: set[bytes] = set()
    for path in Path(folder).glob("*/t.*"):
        names |= set(NAMED_FILE.findall(path.read_bytes()))
    found = {}
    for name in sorted(os.fsdecode(name) for name in names):
        for root in ("", "/lab/run/", "/lab/demos/"):
            with contextlib.suppress(OSError, ValueError):
                path = Path(root + name)
                if path.is_absolute() and path.is_file():
                    text = path.read_bytes()[:SOURCE_BYTES].decode(errors="replace")
                    found.setdefault(name, {"path": str(path), "text": text})
    return found


def pack(folder: str, box: str) -> int:
    """The recording as a tar: regular files of ours only, under the container's name."""
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.GNU_FORMAT) as archive:
        for path in sorted(Path(folder).rglob("*")):
            name = str(path.relative_to(folder))
            if MEMBER.fullmatch(name) and path.is_file() and not path.is_symlink():
                data = path.read_bytes()
                info = tarfile.TarInfo(f"{box}/{name}")
                info.size, info.mtime, info.mode = len(data), int(path.stat().st_mtime), 0o644
                archive.addfile(info, BytesIO(data))
    return 0
