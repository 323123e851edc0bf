"""A small class, made of lab 1's programs: who is right, who is wrong, who has not begun."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from proclab import ROOT

LAB = ROOT / "labs" / "1-processes"
CLASS = {
    "ann": LAB / "solution" / "spawn.py",
    "bob": LAB / "wrong" / "spawn-never_waits.py",
    "cem": LAB / "wrong" / "spawn-raw_status.py",
    "dee": LAB / "tasks" / "spawn.py",
}


def made(folder: Path) -> Path:
    """The class in a folder; and an archive that is none."""
    for name, path in CLASS.items():
        (folder / name / "lab1").mkdir(parents=True)
        shutil.copy(path, folder / name / "lab1" / "spawn.py")
    (folder / "eve.zip").write_bytes(b"PK\x03\x04 no zip")
    return folder


def command(submissions: Path, out: Path, *more: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "proclab",
        "grade",
        "-o",
        str(out),
        "--labs",
        "1",
        "-l",
        "en",
        *more,
        str(submissions),
    ]


def records(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((out / "records").iterdir())}
