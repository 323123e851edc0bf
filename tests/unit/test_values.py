"""Variables, sizes, durations, truth: the shell's and Compose's rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proclab import values

SET = {"A": "a", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("$A-${A}", "a-a"),
        ("${LOST}", ""),
        ("${LOST:-word}", "word"),
        ("${LOST-word}", "word"),
        ("${EMPTY:-word}", "word"),
        ("${EMPTY-word}", ""),
        ("${A:-word}", "a"),
        ("${A:+word}", "word"),
        ("${EMPTY:+word}", ""),
        ("${EMPTY+word}", "word"),
        ("${A:?lost}", "a"),
        ("${EMPTY?lost}", ""),
        ("$$A", "$A"),
        ("${A:-}", "a"),
        ("no variable", "no variable"),
    ],
)
def test_variables_by_the_shells_rules(text, result):
    assert values.interpolate(text, SET) == result


@pytest.mark.parametrize(
    ("text", "names"), [("${EMPTY:?lost}", "EMPTY.*lost"), ("${LOST?}", "LOST"), ("${", "no var"), ("$-", "no var")]
)
def test_a_variable_that_cannot_be_had(text, names):
    with pytest.raises(ValueError, match=names):
        values.interpolate(text, SET)


@given(st.text())
def test_escaped_text_comes_out_as_it_was(text):
    assert values.interpolate(text.replace("$", "$$"), {}) == text


@pytest.mark.parametrize(
    ("text", "count"), [(7, 7), ("7", 7), ("1k", 1024), ("1KB", 1024), ("1.5m", 3 << 19), ("2gb", 2 << 30), ("3b", 3)]
)
def test_sizes(text, count):
    assert values.size(text) == count


@given(st.integers(0, 1 << 40))
def test_a_number_is_its_own_size(count):
    assert values.size(count) == values.size(str(count)) == count


@pytest.mark.parametrize(("parser", "bad"), [
    (values.size, "1x"), (values.size, ""), (values.size, -1), (values.size, True), (values.size, None),
    (values.duration, "10"), (values.duration, ""), (values.duration, 10), (values.duration, "10s later"),
    (values.boolean, "2"), (values.boolean, 1), (values.boolean, None), (values.boolean, []),
    (values.integer, 1.5), (values.integer, "1.5"), (values.integer, True), (values.integer, "٣"),
    (values.number, "x"), (values.number, -1), (values.number, False),
    (values.text, True), (values.text, []), (values.strings, 3), (values.strings, [[]]),
    (values.pairs, ["A"]), (values.pairs, {"A": None}), (values.pairs, {"A": []}), (values.environment_file, "A"),
])  # fmt: skip
def test_what_is_not_understood_is_refused_with_a_sentence(parser, bad):
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        parser(bad)


@pytest.mark.parametrize(("text", "seconds"), [("10s", 10), ("1m30s", 90), ("500ms", 0.5), ("1h", 3600), ("7us", 7e-6)])
def test_durations(text, seconds):
    assert values.duration(text) == seconds


def test_truth_and_lists():
    assert [values.boolean(v) for v in (True, "true", "Yes", False, "no")] == [True, True, True, False, False]
    assert values.strings("a") == ("a",)
    assert values.pairs({"b": 1, "a": True}) == (("a", "true"), ("b", "1"))


def test_an_environment_file():
    assert values.environment_file("# c\n\nA=1\nB='x y'\nC=\"\nD=a=b\n") == {"A": "1", "B": "x y", "C": '"', "D": "a=b"}
