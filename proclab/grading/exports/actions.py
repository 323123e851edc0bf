"""What `make check` prints in GitHub Actions: an annotation at the line of the file that each failed check is about.

GitHub shows ten errors of a step; the log has them all.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from proclab.grading.exports.gradebook import Entry
from proclab.grading.exports.told import Feedback, Telling, plain
from proclab.grading.exports.visible import shown
from proclab.grading.record import Verdict

LINE = re.compile(r"(.+):(\d{1,7})")
DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
PROPERTY = DATA | {":": "%3A", ",": "%2C"}
FOLDERS = 2000  # looked into for a file
LEVELS = {Verdict.SKIPPED: "notice", Verdict.INFRA: "warning"}


def lines(entry: Entry, telling: Telling, path: Callable[[str], str] = str) -> Iterator[str]:
    """A line for each visible check that was not passed; `path` says where in the repository a file of a task is."""
    for result in shown(entry.record).results:
        if result.verdict is not Verdict.PASS:
            yield line(telling.of(entry, result), telling, path)


def line(feedback: Feedback, telling: Telling, path: Callable[[str], str] = str) -> str:
    """The annotation of one result."""
    at = LINE.fullmatch(feedback.line)
    file = at[1] if at else f"{feedback.result.task}.py"
    properties = {"file": path(file), "line": at[2] if at else "", "title": f"{feedback.title} ({feedback.verdict})"}
    named = ",".join(f"{key}={_escaped(value, PROPERTY)}" for key, value in properties.items() if value)
    said = plain(feedback, telling.words, outputs=False) or feedback.verdict
    return f"::{LEVELS.get(feedback.result.verdict, 'error')} {named}::{_escaped(said, DATA)}"


def located(folder: Path) -> Callable[[str], str]:
    """Where below a folder a file lies: as high up as possible, in no folder that begins with a dot, behind no link."""

    def path(name: str) -> str:
        found = []
        for below, folders, files in islice(os.walk(folder), FOLDERS):
            folders[:] = [each for each in sorted(folders) if not each.startswith(".")]
            if name in files:
                found.append(Path(below) / name)
        return min(found, key=lambda each: len(each.parts), default=folder / name).as_posix()

    return path


def _escaped(text: str, signs: dict[str, str]) -> str:
    return "".join(signs.get(sign, sign) for sign in text)
