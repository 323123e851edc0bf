"""What a result depends on: the code that judged, and the key of one result of one check."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from proclab import ROOT, __version__
from proclab.grading.marking import Check
from proclab.grading.student import OUTPUT
from proclab.schedules import KERNEL

JUDGING = ("compose", "engine", "events", "findings", "grading", "schedules", "state", "strace")
TELLING = frozenset({"exports", "report", "intake"})  # parts of grading that no verdict depends on
LIMITS: Mapping[str, float] = {"wait": 5.0, "cpu": 5.0, "output": float(OUTPUT)}
SHOWN = 12  # hexadecimal digits


@cache
def harness() -> str:
    """The version and the hash: "0.5.0+3f9a…"."""
    found = hashlib.sha256()
    for path in _sources(ROOT / "proclab"):
        found.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{__version__}+{found.hexdigest()[:SHOWN]}"


def _sources(package: Path) -> Iterator[Path]:
    for room in JUDGING:
        for path in sorted((package / room).rglob("*.py")):
            if not TELLING & set(path.relative_to(package).parts):
                yield path


def key(check: Check, files: Mapping[str, bytes], image: str) -> str:
    """Two results with one key are the same: files of the check's lab, check, image, harness, limits, seed."""
    found = hashlib.sha256()
    for name, data in sorted(files.items()):
        if name.startswith(f"{check.lab}/"):
            found.update(f"{name}\0{hashlib.sha256(data).hexdigest()}\0".encode())
    parts = (check.name, check.source, check.points, check.visibility, image, harness(), sorted(LIMITS.items()), KERNEL)
    found.update(repr(parts).encode())
    return found.hexdigest()
