"""Variables, sizes, truth: the shell's and Compose's rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proclab.compose import values

SET = {"A": "a", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("${A}-${A}", "a-a"),
        ("${LOST}", ""),
        ("${LOST:-word}", "word"),
        ("${EMPTY:-word}", "word"),
        ("${A:-word}", "a"),
        ("$$A", "$A"),
        ("${A:-}", "a"),
        ("no variable", "no variable"),
    ],
)
def test_variables_by_the_shells_rules(text, result):
    assert values.interpolate(text, SET) == result


@pytest.mark.parametrize("text", ["${LOST?}", "${", "$-", "$A", "${A:+word}", "${A-word}"])
def test_what_starts_no_variable(text):
    with pytest.raises(ValueError, match="starts neither"):
        values.interpolate(text, SET)


@given(st.text())
def test_escaped_text_comes_out_as_it_was(text):
    assert values.interpolate(text.replace("$", "$$"), {}) == text


@pytest.mark.parametrize(
    ("text", "count"), [(7, 7), ("7", 7), ("1k", 1024), ("1K", 1024), ("1.5m", 3 << 19), ("2g", 2 << 30), ("3b", 3)]
)
def test_sizes(text, count):
    assert values.size(text) == count


@given(st.integers(0, 1 << 40))
def test_a_number_is_its_own_size(count):
    assert values.size(count) == values.size(str(count)) == count


@pytest.mark.parametrize(("parser", "bad"), [
    (values.size, "1x"), (values.size, ""), (values.size, -1), (values.size, True), (values.size, None),
    (values.boolean, "2"), (values.boolean, 1), (values.boolean, None), (values.boolean, []),
    (values.integer, 1.5), (values.integer, "1.5"), (values.integer, True), (values.integer, "٣"),
    (values.number, "x"), (values.number, -1), (values.number, False),
    (values.text, True), (values.text, []), (values.strings, 3), (values.strings, [[]]),
    (values.pairs, ["A"]), (values.pairs, {"A": None}), (values.pairs, {"A": []}), (values.environment_file, "A"),
])  # fmt: skip
def test_what_is_not_understood_is_refused_with_a_sentence(parser, bad):
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        parser(bad)


def test_truth_and_lists():
    assert [values.boolean(v) for v in (True, "true", "Yes", False, "no")] == [True, True, True, False, False]
    assert values.strings("a") == ("a",)
    assert values.pairs({"b": 1, "a": True}) == (("a", "true"), ("b", "1"))


def test_an_environment_file():
    assert values.environment_file("# c\n\nA=1\nB='x y'\nC=\"\nD=a=b\n") == {"A": "1", "B": "x y", "C": '"', "D": "a=b"}
