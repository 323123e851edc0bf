"""A check: a function in labs/N-name/checks.py that asks a student's program for something.

    @check("spawn", points=2, after="reports")
    def reaps(spawn: Student) -> None:
        spawn("3").reaps_all()

checks.py is plain pytest: the function is collected as a test, and its parameters are fixtures. Its words (title, why,
hint) stand in checks.toml beside it, under its name.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

MARK = "__proclab_check__"
VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")  # Gradescope's words
Function = Callable[..., None]


@dataclass(frozen=True)
class Check:
    """What is known of a check before it is carried out."""

    task: str
    function: str
    points: float = 1
    after: str = ""
    visibility: str = "visible"
    lab: int = 0
    source: str = ""  # hashes of its function, and of what checks.py has beside its checks

    @property
    def name(self) -> str:
        """As records and feedback name it: "spawn.reaps"."""
        return f"{self.task}.{self.function}"

    @property
    def waits_for(self) -> str:
        """The full name of the check that has to pass first; "" for none."""
        return f"{self.task}.{self.after}" if self.after and "." not in self.after else self.after


def check(
    task: str, *, points: float = 1, after: str = "", visibility: str = "visible"
) -> Callable[[Function], Function]:
    """Makes a function a check of this task. `after`: another function of the task, which has to pass first."""
    if visibility not in VISIBILITIES:
        raise ValueError(f"visibility is one of {', '.join(VISIBILITIES)}, not {visibility!r}")

    def mark(function: Function) -> Function:
        source = hashlib.sha256(inspect.getsource(function).encode()).hexdigest()
        setattr(function, MARK, Check(task, function.__name__, points, after, visibility, source=source))
        return function

    return mark


def of(function: Any) -> Check | None:
    """The check that a function is, or None."""
    found = getattr(function, MARK, None)
    return found if isinstance(found, Check) else None


@cache
def beside(module: ModuleType) -> str:
    """A hash of what a checks.py has beside its checks, and of our counterparts: any check may depend on them."""
    text = inspect.getsource(module)
    for function in vars(module).values():
        if of(function):
            text = text.replace(inspect.getsource(function), "")
    found = hashlib.sha256(text.encode())
    for path in sorted(Path(str(module.__file__)).parent.glob("ours/*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()
