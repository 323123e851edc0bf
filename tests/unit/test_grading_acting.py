"""Acts of a check: what they do to a program, in which order, and which of them are the same."""

from typing import Any

import pytest

from proclab.grading import act


class Recorded:
    """A program that notes down what is done to it."""

    def __init__(self) -> None:
        self.done: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *values: self.done.append((name, *values))


def done(**what: Any) -> list[tuple[Any, ...]]:
    program = Recorded()
    act(*what.pop("lines", ()), **what)(program)  # type: ignore[arg-type]
    return program.done


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ({}, []),
        ({"lines": ("^a", "^b")}, [("wait_for_line", "^a"), ("wait_for_line", "^b")]),
        ({"end": True}, [("end_input",)]),
        (
            {"end": True, "send": "x", "quiet": True, "lines": ("^a",)},
            [("wait_for_line", "^a"), ("wait_until_quiet",), ("send", "x"), ("end_input",)],
        ),
    ],
)
def test_lines_come_first_then_quiet_then_input_then_its_end(what: dict[str, Any], expected: list[Any]) -> None:
    assert done(**what) == expected


def test_acts_that_do_the_same_have_one_name_and_others_another() -> None:
    names = [act("^a", end=True), act("^a", end=True), act("^a"), act("^b", end=True), act("^a", end=True, quiet=True)]
    first, again, *others = (found.__qualname__ for found in names)
    assert first == again
    assert len({first, *others}) == 4
