"""The folder that a class is graded into: a record a submission, what stands beside it. One grader at a time writes.

    records/ID.json  evidence/ID.json (+ evidence/ID/CHECK.jsonl)  times/ID.json  kept/ID.json: the keys of its results
    people.json  who they are for the LMS

Every file is there whole or not at all. kept/ID.json is written last: without it the submission is graded again.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import msgspec

from proclab.errors import ProtocolError, UsageError
from proclab.grading.aside import Aside
from proclab.grading.exports import PEOPLE, Evidence, Person
from proclab.grading.intake import Source, Submission
from proclab.grading.job import Answer
from proclab.grading.record import Record, Result, dumps, loads
from proclab.text import printable

KINDS = ("records", "evidence", "times", "kept")
LOCK, BATCH = ".lock", ".batch"


class OutFolder:
    """An output folder, locked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def known(self, id: str) -> tuple[Record, dict[str, str]] | None:
        """A submission's record and the keys of its results; None: it isn't graded, or was not to the end."""
        try:
            keys = msgspec.json.decode((self.folder / "kept" / f"{id}.json").read_bytes(), type=dict[str, str])
            return loads((self.folder / "records" / f"{id}.json").read_bytes()), keys
        except (OSError, ProtocolError, msgspec.MsgspecError):
            return None

    def kept(self, id: str) -> dict[str, Result]:
        """By key, what is known of a submission's results."""
        record, keys = self.known(id) or (None, {})
        return {keys[result.check]: result for result in (record.results if record else ()) if result.check in keys}

    def holds(self, id: str, keys: Mapping[str, str], submission: Submission) -> bool:
        """Whether a submission is graded, as it is and with just these keys: then there is nothing to do."""
        record, before = self.known(id) or (None, {})
        if record is None or not record.graded or before != keys or not _whole(record, keys):
            return False
        return (record.submission, record.refused) == (printable(submission.name), submission.refused)

    def save(self, answer: Answer, command: Callable[[Result], str]) -> None:
        """Takes a graded submission in."""
        assert answer.record is not None
        id, before = answer.id, self._before(answer)
        with suppress(FileNotFoundError):
            (self.folder / "kept" / f"{id}.json").unlink()
        by_name = {result.check: result for result in answer.record.results}
        evidence = before | {
            check: self._evidence(id, check, beside, command(by_name[check])) for check, beside in answer.beside.items()
        }
        self._write("evidence", id, _plain({check: found for check, found in evidence.items() if check in by_name}))
        self._write("times", id, _plain({check: beside.times for check, beside in answer.beside.items()}))
        self._write("records", id, dumps(answer.record))
        self._write("kept", id, _plain(answer.keys))

    def _before(self, answer: Answer) -> dict[str, Evidence]:
        """The evidence of results that were kept."""
        try:
            data = (self.folder / "evidence" / f"{answer.id}.json").read_bytes()
            return msgspec.json.decode(data, type=dict[str, Evidence])
        except (OSError, msgspec.MsgspecError):
            return {}

    def _evidence(self, id: str, check: str, beside: Aside, command: str) -> Evidence:
        events = f"evidence/{id}/{check}.jsonl" if beside.events else ""
        if events:
            path = self.folder / events
            with writing(path):
                path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, beside.events.encode("utf-8", "replace"))
        details = {lang: tuple(said) for lang, said in beside.details.items()}
        return Evidence(details, beside.output, beside.errors, beside.line, command, events)

    def _write(self, kind: str, id: str, data: bytes) -> None:
        _replace(self.folder / kind / f"{id}.json", data)

    def people(self, sources: Iterable[Source]) -> None:
        """Keeps who handed in what, by the LMS's ids: a gradebook is filled by them."""
        known = {source.id: Person(source.lms, source.lms_id, source.also) for source in sources}
        _replace(self.folder / PEOPLE, _plain(known))

    def forget_others(self, ids: frozenset[str]) -> None:
        """Removes what is there of submissions that are no more."""
        for kind in KINDS:
            for path in (self.folder / kind).glob("*.json"):
                if path.stem not in ids:
                    path.unlink()
                    shutil.rmtree(self.folder / "evidence" / path.stem, ignore_errors=True)


def _whole(record: Record, keys: Mapping[str, str]) -> bool:
    """Whether all is in it and adds up: not where somebody has been at it with an editor."""
    names = {result.check for result in record.results}
    return names == set(keys) and record.points == sum(result.points for result in record.results)


def _plain(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=1) + b"\n"


def _replace(path: Path, data: bytes) -> None:
    """All of it or nothing (rename(2)), also when the machine is switched off: the data are on the disk first."""
    part = path.with_name(f".{path.name}.part")
    with writing(path):
        try:
            with open(part, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except OSError:
            part.unlink(missing_ok=True)
            raise


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """A full disk, or a folder that is closed to us, is one sentence."""
    try:
        yield
    except OSError as error:
        fix = "make room there and grade again: what is graded is kept"
        raise UsageError(f"{error.filename or path} can't be written: {error.strerror}", fix) from error


@contextmanager
def locked(folder: Path) -> Iterator[OutFolder]:
    """The folder, made where it isn't there; a UsageError where another grader is at work in it."""
    with ExitStack() as stack:
        with writing(folder):
            for kind in KINDS:
                (folder / kind).mkdir(parents=True, exist_ok=True)
            lock = stack.enter_context(open(folder / LOCK, "w"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"another grader is at work in {folder}", "wait for it, or name another: OUT=folder"
            ) from None
        yield OutFolder(folder)
