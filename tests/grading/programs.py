"""The programs that prove the checks: solutions, correct ones in other styles, and wrong ones with one fault each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from proclab import ROOT
from proclab.grading.intake import Submission, fingerprint
from proclab.labs import Lab, Task, discover

FAULT = re.compile(
    r"# fault: (?P<fault>.+) \| check: (?P<check>[a-z_0-9]+\.[a-z_0-9]+) \| verdict: (?P<verdict>[A-Z_]+)"
)
LABS = [lab for lab in discover(ROOT) if lab.tasks]


@dataclass(frozen=True)
class Known:
    """A program in the place of one file of a task."""

    lab: Lab
    task: Task
    path: Path

    def __str__(self) -> str:
        return f"{self.lab.number}-{self.path.relative_to(self.lab.folder).as_posix()}"

    @property
    def stated(self) -> re.Match[str]:
        """What its first line says of its fault."""
        first = self.path.read_text("utf-8").partition("\n")[0]
        found = FAULT.fullmatch(first)
        assert found, f"{self.path}: {first}"
        return found

    def submission(self) -> Submission:
        """The solution, with this program in the place of its file; of other tasks nothing."""
        return submission(
            self.lab, self.task, {self.path.name if self.path.name in self.task.files else self.task.main: self.path}
        )


def submission(lab: Lab, task: Task, instead: dict[str, Path]) -> Submission:
    """The solution of one task, some files of it replaced. (The socket lab's two tasks need each other.)"""
    names = [name for each in lab.tasks for name in each.files if each == task or lab.number == 4]
    files = {f"{lab.number}/{name}": instead.get(name, lab.folder / "solution" / name).read_bytes() for name in names}
    return Submission("s", "s", files, (), fingerprint(files))


def wrong() -> Iterator[Known]:
    """Every wrong submission."""
    for lab in LABS:
        for path in sorted((lab.folder / "wrong").glob("*.py")):
            yield Known(lab, _task(lab, path.name.partition("-")[0]), path)


def correct() -> Iterator[Known]:
    """Every solution, and every correct program in another style."""
    for lab in LABS:
        for folder in (lab.folder / "solution", *sorted((lab.folder / "alternatives").iterdir())):
            for task in lab.tasks:
                if (folder / task.main).is_file():
                    yield Known(lab, task, folder / task.main)


def _task(lab: Lab, name: str) -> Task:
    return next(task for task in lab.tasks if task.name == name)
