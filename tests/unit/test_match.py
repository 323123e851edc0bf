"""Log assertions: orders, sets, absences; and a report that says what was missing where."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proclab.grading.match import lines_match


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("a\nb\nc", ["a", "c"]),
        ("c\nb\na", [{"a", "b", "c"}]),
        ("a\nc\nb\nd", ["a", {"b", "c"}, "d"]),
        ("a1\na", [{"a", "a1"}]),
        ("a\na1", [{"a", "a1"}]),
        ("x\nx\nx", [["x", "x"], "x"]),
        ("anything", []),
        ("pid=7", [r"pid=\d+$"]),
    ],
)
def test_a_match(text, items):
    report = lines_match(text, items)
    assert report, str(report)


@pytest.mark.parametrize(
    ("text", "items", "missing"),
    [
        ("b\na", ["a", "b"], ("b",)),
        ("a\nd\nb", ["a", {"b", "c"}, "d"], ("c",)),
        ("a", [["a", "a"]], ("a",)),
        ("a1", [{"a", "a1"}], ("a",)),
        ("", ["a"], ("a",)),
        ("a\nb", ["a", "b", "c"], ("c",)),
    ],
)
def test_no_match_names_what_is_missing(text, items, missing):
    report = lines_match(text, items)
    assert not report
    assert len(report.missing) == len(missing)
    assert "MISSING" in str(report)


def test_what_may_never_be_is_bad():
    report = lines_match("ready\nTraceback\nbye", ["ready", "bye"], never=["Traceback", "lost"])
    assert not report
    assert "BAD     2 Traceback   <- never 'Traceback'" in str(report)
    assert lines_match("ready\nbye", ["ready", "bye"], never=["Traceback"])


def test_the_report_in_full():
    text = "\n".join(f"line {n}" for n in range(1, 21)) + "\nend\x1b[2J"
    assert str(lines_match(text, ["line 5$", {"line 9$", "nope"}, "later", "last"])) == (
        "   …\n        2 line 2\n        3 line 3\n        4 line 4\nGOOD    5 line 5\n        6 line 6\n"
        "        7 line 7\n        8 line 8\nGOOD    9 line 9\n       10 line 10\n       11 line 11\n"
        "       12 line 12\n"
        "   …\n       18 line 18\n       19 line 19\n       20 line 20\n       21 end\\x1b[2J\n"
        "MISSING  'nope' (from line 6 on)\n         2 later pattern(s) not looked for"
    )


def test_the_report_on_nothing():
    assert str(lines_match("", [])) == "(no lines)"


@given(st.lists(st.sampled_from("abc"), max_size=6), st.lists(st.sampled_from("abc"), max_size=4))
def test_in_order_means_subsequence(lines, items):
    rest = iter(lines)
    assert bool(lines_match(lines, items)) == all(item in rest for item in items)


@given(
    st.lists(st.sampled_from(["a", "ab", "abc", "b"]), max_size=5),
    st.lists(st.sampled_from(["a", "b", "c"]), max_size=4),
)
def test_any_order_means_some_order_with_a_line_each(lines, group):
    some = any(
        all(pattern in line for pattern, line in zip(group, chosen, strict=True))
        for chosen in permutations(lines, len(group))
    )
    assert bool(lines_match(lines, [group])) == some
