"""`proclab fill`: grades into the table that Canvas or Moodle gave, and what is to be known of it on the terminal."""

from __future__ import annotations

from pathlib import Path

from proclab.errors import UsageError
from proclab.grading.exports import Gradebook, fill
from proclab.grading.outputs import replace
from proclab.text import printable
from proclab.words import Lang, catalogue


def filled_in(gradebook: Path, folder: Path, column: str, out: Path | None, lang: Lang) -> int:
    """Writes the filled table beside the one that was given, which stays as it is."""
    target = out or gradebook.with_name(f"{gradebook.stem}-filled{gradebook.suffix}")
    book = Gradebook(folder)
    if not len(book):
        raise UsageError(f"{folder} holds no records", "name the folder of make grade: OUT=folder")
    try:
        found = fill(gradebook.read_bytes(), book, column)
        replace(target, [found.data])
    except OSError as error:
        raise UsageError(f"{error.filename or target}: {error.strerror}") from error
    for note in found.notes:
        print(note.said(lang))
    print(catalogue(lang).say("fill.done", count=found.grades, path=printable(str(target))))
    return 0
