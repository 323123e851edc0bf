"""What was graded: the record of a submission, and beside it what varies from run to run. Read, never written, here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import msgspec

from proclab.errors import ProtocolError, UsageError
from proclab.grading.record import Record, Result, loads


class Status(StrEnum):
    """What a record is worth."""

    COMPLETE = "complete"
    REFUSED = "refused"  # nothing of it was taken: no points, and that is the submission's own
    OURS = "ours"  # no grade: the fault is ours


class Evidence(msgspec.Struct, frozen=True):
    """Of one check's run: what was seen there, with the pids, times and outputs of just that run."""

    details: dict[str, tuple[str, ...]] = {}
    output: str = ""
    errors: str = ""
    line: str = ""
    command: str = ""
    events: str = ""


class Times(msgspec.Struct, frozen=True):
    """What one check's run took."""

    wall: float = 0.0
    user: float = 0.0
    system: float = 0.0
    max_rss: int = 0


T = TypeVar("T")


class Person(msgspec.Struct, frozen=True):
    """Who handed it in, as the LMS knows them: its number of the student or the submission, and further ids."""

    lms: str = ""
    lms_id: str = ""
    also: tuple[str, ...] = ()


PEOPLE = "people.json"  # by submission
NOTHING, NO_TIMES, UNKNOWN = Evidence(), Times(), Person()


@dataclass(frozen=True)
class Entry:
    """One submission. What lies beside its record is read when it is first asked for."""

    id: str
    record: Record
    folder: Path | None = None
    person: Person = UNKNOWN

    @cached_property
    def evidence(self) -> dict[str, Evidence]:
        """By check; of a check that has none, nothing."""
        return _beside(self.folder, "evidence", self.id, dict[str, Evidence])

    @cached_property
    def times(self) -> dict[str, Times]:
        """By check."""
        return _beside(self.folder, "times", self.id, dict[str, Times])

    @property
    def status(self) -> Status:
        """Whether the points are a grade."""
        if not self.record.graded:
            return Status.OURS
        return Status.REFUSED if self.record.refused and not self.record.files else Status.COMPLETE

    def shown_by(self, result: Result) -> Evidence:
        """The evidence of a check."""
        return self.evidence.get(result.check, NOTHING)

    def took(self, result: Result) -> Times:
        """The times of a check."""
        return self.times.get(result.check, NO_TIMES)


@dataclass(frozen=True)
class Gradebook:
    """The records in a folder of `make grade` in the order of their ids, read one by one as often as anybody asks."""

    folder: Path

    def __iter__(self) -> Iterator[Entry]:
        path = self.folder / PEOPLE
        people = _read(path, dict[str, Person]) if path.is_file() else {}
        for path in sorted((self.folder / "records").glob("*.json")):
            yield Entry(path.stem, _record(path), self.folder, people.get(path.stem, UNKNOWN))

    def __len__(self) -> int:
        return sum(1 for _ in (self.folder / "records").glob("*.json"))


def _record(path: Path) -> Record:
    with _told(path):
        return loads(path.read_bytes())


def _beside(folder: Path | None, kind: str, name: str, type_: type[T]) -> T:
    path = folder / kind / f"{name}.json" if folder else None
    return _read(path, type_) if path and path.is_file() else type_()


def _read(path: Path, type_: type[T]) -> T:
    with _told(path):
        return msgspec.json.decode(path.read_bytes(), type=type_)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """A file that is not what the grader wrote is a diagnosis that names it."""
    try:
        yield
    except (ProtocolError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not what the grader wrote: {error}", "remove it, and grade again") from error
