"""Facts told as text, and the lab's script filled in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guest import module

script, console = module("script"), module("console")


def told(fact, language="en"):
    return list(console.Console(language, colour=False).lines(fact))


def test_a_panel_is_shown_under_its_command():
    assert told({"fact": "panel", "run": "ps", "code": 0, "text": "a\nb"}) == ["  $ ps", "    a", "    b"]


def test_russian_is_told_in_russian_and_an_unknown_language_in_english():
    fact = {"fact": "exit", "of": "demo", "exit": 0}
    assert "завершён" in told(fact, "ru")[0]
    assert told(fact, "de") == told(fact, "en")


def test_enter_is_told_as_a_key():
    assert "press Enter" in told({"fact": "sent", "of": "demo", "line": ""})[0]
    assert "type into demo: q" in told({"fact": "sent", "of": "demo", "line": "q"})[0]


def test_a_count_shows_a_line_that_was_counted():
    fact = {"fact": "count", "of": "demo", "line": "c.*"}
    assert "seen 2 ×: child=8" in told(fact | {"count": 2, "first": "child=8"})[0]
    assert "not seen: c.*" in told(fact | {"count": 0, "first": None})[0]


def test_facts_for_machines_are_not_told():
    assert told({"fact": "names", "names": {"child": "8"}}) == []


@pytest.mark.parametrize(
    ("lack", "line"),
    [
        ({"lack": "line", "wanted": ["^a"]}, "^a"),
        ({"lack": "panel", "wanted": ["a", "b"], "never": ["c", "d"]}, "a and b without c or d"),
        ({"lack": "panel", "wanted": ["a"], "never": []}, "a"),
        ({"lack": "end", "wanted": []}, "its end"),
        ({"lack": "program", "wanted": ["'x'"]}, "a program named 'x'"),
        ({"lack": "no such lack", "wanted": ["a"]}, "a"),
    ],
)
def test_what_did_not_come_is_named(lack, line):
    assert told({"fact": "overdue", "do": "x", "of": None} | lack) == [f"  ! NOT SEEN in time: {line}"]


def test_the_end_says_how_many_scenes_failed():
    assert any("2 scene" in line for line in told({"fact": "done", "bad": 2, "n": 1, "demo": "x"}))
    assert not any("scene" in line for line in told({"fact": "done", "bad": 0, "n": 1, "demo": "x"}))


@given(st.text())
def test_what_a_program_prints_never_acts_on_the_terminal(text):
    (line,) = told({"fact": "line", "of": "demo", "text": text})
    assert all(c == "\t" or c.isprintable() or c.isspace() for c in line)
    assert "\x1b" not in line


def test_cyrillic_stays_readable():
    assert console.clean("потомок\tпид") == "потомок\tпид"
    assert console.clean("\x1b[31m") == "\ufffd[31m"


def test_colours_only_when_asked():
    fact = {"fact": "say", "text": "look"}
    assert "\x1b" not in "".join(told(fact))
    assert "\x1b" in "".join(console.Console("en", colour=True).lines(fact))


def test_known_names_are_filled_in_and_other_braces_stay():
    assert script.fill("{a} {b} {print $1} x{3}", {"a": "1"}) == "1 {b} {print $1} x{3}"


@given(st.text(min_size=1))
def test_a_name_in_a_pattern_is_taken_literally(value):
    assert script.pattern("^{x}$", {"x": value}).search(value)


def test_a_pattern_matches_at_every_line():
    assert script.pattern(r"^\s*{p} Z", {"p": "8"}).search("7 S\n 8 Z")
    assert not script.pattern(r"^\s*{p} Z", {"p": "8"}).search("7 S\n 18 Z")
