"""Makes the honest half of tests/classes/mixed of what lies in labs/, and what git can't hold of the hostile half.

    python tests/classes/make.py            the honest submissions anew, after a change in labs/
    python tests/classes/make.py FOLDER     FIFOs, devices, huge files and strange names, as submissions in FOLDER

Each honest student hands in the tasks of a lab or two, laid out in one of the ways that are accepted: our solutions,
the other correct programs, some wrong ones, some starters.
"""

from __future__ import annotations

import os
import shutil
import socket
import stat
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
MIXED = Path(__file__).parent / "mixed"
LAYOUTS = (
    "{name}",
    "{lab}/{name}",
    "lab{lab}/{name}",
    "{folder}/tasks/{name}",
    "labs/{folder}/tasks/{name}",
    "my work/lab{lab}/{name}",
)
NAMES: tuple[str, ...] = (
    "anna",
    "boris",
    "clara",
    "dmitri",
    "elena",
    "felix",
    "galina",
    "hugo",
    "irina",
    "jan",
    "katja",
    "leon",
)
NAMES += ("maria", "nils", "olga", "pavel", "rosa", "sergej", "tanja-lee", "Пётр Щукин")
WRONG_FROM, STARTERS = 14, 18  # the numbers of those who get something wrong, and of the one who has not begun


def labs() -> list[Path]:
    """The labs' folders, by number."""
    return sorted(path.parent for path in (ROOT / "labs").glob("*/lab.toml"))


def tasks(lab: Path) -> list[str]:
    return sorted(path.stem for path in (lab / "tasks").glob("*.py"))


def correct(lab: Path, task: str) -> list[Path]:
    """Every program of a task that is right."""
    return [lab / "solution" / f"{task}.py", *sorted(lab.glob(f"alternatives/*/{task}.py"))]


def chosen(student: int, lab: Path, number: int, task: str) -> Path:
    """What this student hands in for a task."""
    if student == STARTERS:
        return lab / "tasks" / f"{task}.py"
    wrong = sorted((lab / "wrong").glob(f"{task}-*.py"))
    if student >= WRONG_FROM and wrong and (student + number) % 2:
        return wrong[student % len(wrong)]
    programs = correct(lab, task)
    return programs[(student + number) % len(programs)]


def honest() -> Iterator[tuple[str, bytes]]:
    """The files of the honest submissions: `a01-anna/spawn.py` → what it holds."""
    there = labs()
    for student, name in enumerate(NAMES, 1):
        layout = LAYOUTS[student % len(LAYOUTS)]
        first = student % len(there)
        for lab in there if student == 1 else sorted({there[first], there[(first + student) % len(there)]}):
            for number, task in enumerate(tasks(lab)):
                place = layout.format(name=f"{task}.py", lab=lab.name.partition("-")[0], folder=lab.name)
                yield f"a{student:02}-{name}/{place}", chosen(student, lab, number, task).read_bytes()


def write_honest() -> None:
    for folder in MIXED.glob("a[0-9][0-9]-*"):
        shutil.rmtree(folder)
    for path, data in honest():
        (MIXED / path).parent.mkdir(parents=True, exist_ok=True)
        (MIXED / path).write_bytes(data)


# ---------------------------------------------------------------- what git can't hold

ODD = {  # submission → what becomes of its task
    "o01-fifo": "REFUSED",
    "o02-socket": "REFUSED",
    "o03-device": "REFUSED",
    "o04-huge": "REFUSED",
    "o05-no-utf8": "MISSING",
    "o06-farm": "REFUSED",
    "o07-bomb.zip": "REFUSED",
    "o08-cut.zip": "REFUSED",
    "o09-nobody": "MISSING",
}


def write_odd(folder: Path) -> dict[str, str]:
    """Submissions of strange files; returns what is expected of those that could be made (a device takes root)."""
    for name in ODD:
        if not name.endswith(".zip"):
            (folder / name).mkdir(parents=True)
    os.mkfifo(folder / "o01-fifo" / "spawn.py")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(folder / "o02-socket" / "spawn.py"))  # a socket's path has 107 bytes at most
    expected = dict(ODD)
    try:
        os.mknod(folder / "o03-device" / "spawn.py", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        expected["o03-device"] = "MISSING"
    with open(folder / "o04-huge" / "spawn.py", "wb") as file:
        file.truncate(1 << 30)
    _strange_names(folder / "o05-no-utf8")
    for number in range(5000):
        (folder / "o06-farm" / f"link{number}").symlink_to("/")
    (folder / "o06-farm" / "spawn.py").symlink_to("/etc/passwd")
    with zipfile.ZipFile(folder / "o07-bomb.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("spawn.py", bytes(64 << 20))
    (folder / "o08-cut.zip").write_bytes((folder / "o07-bomb.zip").read_bytes()[:-50])
    return expected


def _strange_names(folder: Path) -> None:
    for name in (b"\xff\xfe", b"line\nend", b"\x1b[2J", b"x" * 255):
        with suppress(OSError):  # a file system may have UTF-8 only
            Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(b"print('1 1')\n")


if __name__ == "__main__":
    print(write_odd(Path(sys.argv[1]))) if len(sys.argv) > 1 else write_honest()
