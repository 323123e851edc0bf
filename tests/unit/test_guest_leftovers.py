"""What is emptied after a run, and what a run can't make last."""

import contextlib
import types

import pytest

from tests.unit.guest import module

leftovers = module("leftovers")
USER = types.SimpleNamespace(files=contextlib.nullcontext)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A writable place with more names than are read at a time, below and above each other."""
    monkeypatch.setattr(leftovers, "writable", lambda: [str(tmp_path)])
    monkeypatch.setattr(leftovers, "NAMES", 3)
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ("1", "2", "3", "4", "5", "a/6", "a/b/7", "a/b/line\nfeed"):
        (tmp_path / name).touch()
    return tmp_path


def test_a_place_is_emptied_a_few_names_at_a_time(place):
    assert leftovers.sweep(USER) == []
    assert list(place.iterdir()) == []


def test_what_takes_too_long_to_remove_is_left_and_said(place, monkeypatch):
    monkeypatch.setattr(leftovers, "SWEEPING", 0.0)
    assert sorted(leftovers.sweep(USER)) == [str(place / name) for name in ("1", "2", "3", "4", "5", "a")]
    assert (place / "a" / "b" / "7").exists()


def test_what_is_too_deep_to_be_removed_is_left_and_holds_nothing_else_up(place, monkeypatch):
    monkeypatch.setattr(leftovers, "DEPTH", 1)
    assert leftovers.sweep(USER) == [str(place / "a")]
    assert {str(path.relative_to(place)) for path in place.rglob("*")} == {"a", "a/b", "a/b/7", "a/b/line\nfeed"}


def test_litter_is_listed_as_far_as_it_is_told_and_counted(place, monkeypatch):
    monkeypatch.setattr(leftovers, "LISTED", 2)
    *listed, more = leftovers.litter(str(place / "a"))
    assert (len(listed), more) == (2, "… 3 more")
    assert str(place / "a") not in listed
