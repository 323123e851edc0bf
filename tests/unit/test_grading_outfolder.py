"""The folder that a class is graded into, where the disk is full or somebody has been at it."""

from __future__ import annotations

import errno
import os

import msgspec
import pytest

from proclab.errors import UsageError
from proclab.grading import Verdict
from proclab.grading.intake import Submission
from proclab.grading.job import Answer
from proclab.grading.outfolder import locked
from proclab.grading.record import SCHEMA, Record, Result, dumps


@pytest.fixture
def full(monkeypatch):
    """A disk on which nothing more gets."""

    def fail(fd: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return lambda: monkeypatch.setattr(os, "fsync", fail)


def names(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_full_disk_is_one_sentence_and_leaves_what_was_there(tmp_path, full):
    with locked(tmp_path) as out:
        out.people([])
        before = names(tmp_path), (tmp_path / "people.json").read_bytes()
        full()
        with pytest.raises(UsageError, match=r"people\.json can't be written: No space left on device; make room"):
            out.people([])
        assert (names(tmp_path), (tmp_path / "people.json").read_bytes()) == before


def test_where_no_folder_can_be_made_that_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="can't be written: Not a directory"), locked(tmp_path / "file" / "out"):
        pass


def test_two_graders_in_one_folder_are_refused_and_the_next_one_is_not(tmp_path):
    with locked(tmp_path), pytest.raises(UsageError, match="another grader"), locked(tmp_path):
        pass
    with locked(tmp_path) as out:
        assert out.known("nobody") is None


ANN = Submission("ann", "Ann", {"1/spawn.py": b"pass"})
KEYS = {"spawn.reports": "a key", "spawn.reaps": "another"}


@pytest.fixture
def graded(tmp_path):
    """A folder in which Ann's submission is graded, and a way to edit its record by hand."""
    results = tuple(
        Result(check=name, verdict=Verdict.PASS, points=2.0, max_points=2.0, visibility="visible") for name in KEYS
    )
    record = Record(
        schema=SCHEMA, submission="Ann", sha256="", files=("1/spawn.py",), refused=(), labs=(1,), results=results,
        points=4.0, max_points=4.0, limits={}, image="", harness="",
    )  # fmt: skip
    with locked(tmp_path) as out:
        out.save(Answer("ann", record, keys=KEYS), lambda result: "")

        def edit(**changes):
            path = tmp_path / "records" / "ann.json"
            path.write_bytes(dumps(msgspec.structs.replace(record, **changes)))

        yield out, edit, results


def test_a_record_that_adds_up_is_not_made_again(graded):
    out, _, _ = graded
    assert out.holds("ann", KEYS, ANN)
    assert not out.holds("ann", KEYS | {"spawn.reaps": "a new one"}, ANN)


def test_a_record_that_somebody_has_edited_so_that_it_does_not_add_up_is_made_again(graded):
    out, edit, results = graded
    edit(points=40.0)
    assert not out.holds("ann", KEYS, ANN)
    edit(results=results[:1], points=2.0)
    assert not out.holds("ann", KEYS, ANN)
    edit()
    assert out.holds("ann", KEYS, ANN)
