"""Sockets are counted so that the program's own have the first numbers, and stay who they are."""

from __future__ import annotations

import re

import pytest

from proclab.events import Event
from proclab.strace import final, read_folder
from tests.unit import recordings

FIELDS = ("obj", "obj_a", "obj_b", "listener", "peer")


def named(events: list[Event]) -> list[tuple[int, str, tuple[str, str]]]:
    """Every place where an event names a socket: event, field, (box, name)."""
    return [
        (event.seq, field, (_box(event, field), name))
        for event in events
        for field in FIELDS
        if re.fullmatch(r"sock\d+", name := getattr(event, field, ""))
    ]


def _box(event: Event, field: str) -> str:
    other: str = getattr(event, "peer_box", "") if field == "peer" else ""
    return other or event.box


def number(key: tuple[str, str]) -> int:
    return int(key[1].removeprefix("sock"))


@pytest.fixture
def uncounted(monkeypatch):
    """The same recordings by the numbers in which the sockets came."""

    def events(name: str) -> list[Event]:
        with monkeypatch.context() as patch:
            patch.setattr(final, "renumber", lambda drafts: None)
            return counted(name)

    return events


def counted(name: str) -> list[Event]:
    return read_folder(recordings.members(name))


@pytest.mark.parametrize("name", ["net-lab4", "yy-sockets", "yy-refused"])
def test_a_socket_keeps_its_places_whatever_its_number(name, uncounted):
    before, after = named(uncounted(name)), named(counted(name))
    assert [place[:2] for place in before] == [place[:2] for place in after]
    pairs = {(old, new) for (_, _, old), (_, _, new) in zip(before, after, strict=True)}
    assert len(pairs) == len({old for old, _ in pairs}) == len({new for _, new in pairs})
    assert all(old[0] == new[0] for old, new in pairs), "each in its own box"


def test_the_programs_own_sockets_have_the_first_numbers(uncounted):
    def numbers(events: list[Event]) -> dict[str, list[int]]:
        shown = {key for seq, _, key in named(events) if events[seq].own}
        return {box: sorted(number(key) for key in shown if key[0] == box) for box in {key[0] for key in shown}}

    found = numbers(counted("net-lab4"))
    assert set(found) == {"server", "client"}
    assert all(each == list(range(1, len(each) + 1)) for each in found.values())
    assert numbers(uncounted("net-lab4")) != found, "without it there are gaps"


def test_own_sockets_are_counted_in_the_order_in_which_they_come():
    events = counted("net-lab4")
    for box in ("server", "client"):
        first = dict.fromkeys(key for _, _, key in named([one for one in events if one.own]) if key[0] == box)
        met = [key for _, _, key in named(events) if key in first]
        assert list(dict.fromkeys(met)) == sorted(first, key=number)
