"""What is graded: the labs' tasks, their checks, and the words of the checks (labs/N-name/checks.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proclab.errors import UsageError
from proclab.labs import Lab, Task, discover

CHECKS, WORDS, OURS = "checks.py", "checks.toml", "ours"
TEXTS = ("title", "why", "hint")
SEEN = "seen"


@dataclass(frozen=True)
class Words:
    """What a lab's checks say, by check ("spawn.reaps") and text (title, why, hint); and of codes of their own."""

    checks: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    seen: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class GradedLab:
    """A lab with tasks."""

    lab: Lab
    words: Words

    @property
    def checks(self) -> Path:
        return self.lab.folder / CHECKS

    @property
    def tasks(self) -> tuple[Task, ...]:
        return self.lab.tasks

    def task(self, name: str) -> Task:
        """The task of this name; a UsageError where the lab has none."""
        for task in self.lab.tasks:
            if task.name == name:
                return task
        raise UsageError(f"{self.lab.folder.name} has no task {name}")

    def ours(self) -> dict[str, bytes]:
        """Our own counterparts, by name."""
        return {path.name: path.read_bytes() for path in sorted((self.lab.folder / OURS).glob("*.py"))}


def course(root: Path, numbers: Iterable[int] = ()) -> tuple[GradedLab, ...]:
    """The labs that have checks, or those of these numbers; a UsageError for a number that has none."""
    found = {lab.number: lab for lab in discover(root) if lab.tasks and (lab.folder / CHECKS).is_file()}
    wanted = tuple(numbers) or tuple(found)
    if missing := [number for number in wanted if number not in found]:
        raise UsageError(
            f"lab {missing[0]} has no tasks that are checked", f"there are: {', '.join(map(str, found)) or 'none'}"
        )
    return tuple(GradedLab(found[number], words(found[number].folder / WORDS)) for number in wanted)


def lab_of(labs: Iterable[GradedLab], task: str) -> GradedLab:
    """The lab that has a task of this name."""
    return next(lab for lab in labs if any(known.name == task for known in lab.tasks))


def keep_list(labs: Iterable[GradedLab]) -> dict[int, tuple[str, ...]]:
    """The files of a submission that are kept, by lab."""
    return {lab.lab.number: tuple(name for task in lab.tasks for name in task.files) for lab in labs}


def words(path: Path) -> Words:
    """A lab's checks.toml; a UsageError names what is wrong in it."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: {error}") from error
    seen = table.pop(SEEN, {})
    checks = {f"{task}.{name}": texts for task, names in table.items() for name, texts in names.items()}
    for name, texts in checks.items():
        _complete(f"{path}: {name}", texts)
    return Words(checks, seen)


def _complete(where: str, texts: Any) -> None:
    if not isinstance(texts, dict) or set(texts) - set(TEXTS) or "title" not in texts:
        raise UsageError(f"{where} has a title, and may have: {', '.join(TEXTS[1:])}")
    for name, text in texts.items():
        if not isinstance(text, dict) or not {"en", "ru"} <= set(text):
            raise UsageError(f"{where}.{name} needs both en and ru")
