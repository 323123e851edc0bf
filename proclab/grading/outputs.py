"""All that follows from the records of a folder: exports and pages, each written whole or not at all.

The records are gone through one by one, so that a class of any size needs the memory of one submission. What a
submission's files were made of is kept in `.made.json`: they are made again only when something of that has changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from proclab import ROOT, __version__
from proclab.grading.exports import EACH, WHOLE, Entry, Gradebook, Telling, texts
from proclab.grading.report import class_page, student_page
from proclab.words import Lang

PAGE = "students/{id}.html"
PER_SUBMISSION: Mapping[str, Callable[[Entry, Telling], str]] = {**EACH, PAGE: student_page}
PER_CLASS: Mapping[str, Callable[[Iterable[Entry], Telling], Iterator[str]]] = {**WHOLE, "report.html": class_page}
MADE = ".made.json"
SOURCES = {".py", ".html", ".css", ".js"}
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
MODE = 0o644


def write_all(out: Path, lang: Lang, told: Callable[[int, int], None] | None = None) -> None:
    """Writes every export and page of the records in a folder; `told` hears how many of how many are done."""
    telling, book = Telling(lang, texts(ROOT)), Gradebook(out)
    basis, count = _basis(telling), len(book)
    before, made = _made(out), {}
    for number, entry in enumerate(book, 1):
        made[entry.id] = _digest(basis, out, entry.id)
        if before.get(entry.id) != made[entry.id] or not _all_there(out, entry.id):
            write_one(out, entry, telling)
        if told:
            told(number, count)
    _forget(out, before.keys() - made.keys())
    for path, export in PER_CLASS.items():
        write(out / path, export(book, telling))
    write(out / MADE, [json.dumps(made)])


def write_one(out: Path, entry: Entry, telling: Telling) -> None:
    """Writes the exports and the page of one submission."""
    for path, export in PER_SUBMISSION.items():
        write(out / path.format(id=entry.id), [export(entry, telling)])


def write(path: Path, pieces: Iterable[str]) -> None:
    """Writes a text in pieces."""
    replace(path, (piece.encode("utf-8", "backslashreplace") for piece in pieces))


def replace(path: Path, pieces: Iterable[bytes]) -> None:
    """Writes a file whole: until its last piece is there, the old one is. A link in its place is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with contextlib.suppress(FileNotFoundError):  # of a run that was killed
        part.unlink()
    try:
        with open(os.open(part, NEW, MODE), "wb") as file:
            file.writelines(pieces)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _forget(out: Path, gone: Iterable[str]) -> None:
    """Removes what was made of submissions that are no more."""
    for name in gone:
        for path in PER_SUBMISSION:
            (out / path.format(id=name)).unlink(missing_ok=True)


def _all_there(out: Path, name: str) -> bool:
    return all((out / path.format(id=name)).is_file() for path in PER_SUBMISSION)


def _made(out: Path) -> dict[str, str]:
    """What the files that are there were made of; nothing where that isn't known."""
    try:
        found = json.loads((out / MADE).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _basis(telling: Telling) -> bytes:
    """What all files depend on: the words, the language, and the code here."""
    files = sorted(path for path in (ROOT / "proclab").rglob("*") if path.suffix in SOURCES)
    code = (path.read_bytes() for path in files)
    parts = (
        __version__,
        telling.lang,
        repr(sorted(telling.texts.items())),
        repr(sorted(telling.words.phrases.items())),
    )
    return hashlib.sha256(b"\0".join([*code, *(part.encode() for part in parts)])).digest()


def _digest(basis: bytes, out: Path, name: str) -> str:
    found = hashlib.sha256(basis)
    for kind in ("records", "evidence", "times"):
        path = out / kind / f"{name}.json"
        found.update(hashlib.sha256(path.read_bytes() if path.is_file() else b"").digest())
    return found.hexdigest()
