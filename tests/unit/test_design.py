"""docs/design.md says how it is built: its tour has every package, its worked example is what the code does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from proclab import ROOT
from proclab.events import log
from proclab.strace import read_folder
from proclab.views.page import data
from proclab.views.picture import Picture

DESIGN = (ROOT / "docs/design.md").read_text(encoding="utf-8")
HOP = re.compile(r"^\| \d+ \| `([^`]+)` `(\w+)` \|", re.MULTILINE)
# What comes before and after the two lines of the document.
BEFORE = """\
1795434806.000000000 execve("/work/p", ["./p"], 0x7ffd /* 3 vars */) = 0 <0.000100000>
1795434806.001000000 pipe2([3, 4], O_CLOEXEC) = 0 <0.000009000>
1795434806.002000000 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f) = 9 <0.000100000>
1795434806.003000000 close(4) = 0 <0.000009000>
"""
AFTER = """\
1795434806.{0}61000000 exit_group(0) = ?
1795434806.{0}62000000 +++ exited with 0 +++
"""


def toured(text: str) -> set[str]:
    """The packages and modules that the tour's first column names."""
    table = text.partition("## A tour")[2].partition("###")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`proclab/([a-z]+)(?:/|\.py)`", row)}


def wrong_hops(text: str) -> Iterator[str]:
    """Rows of the example whose module or function is not there."""
    for path, name in HOP.findall(text):
        source = (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).is_file() else ""
        if not re.search(rf"^ *(?:def|function) {name}\(", source, re.MULTILINE):
            yield f"{path} {name}"


def test_the_tour_has_every_package() -> None:
    there = {path.name.removesuffix(".py") for path in (ROOT / "proclab").glob("[a-z]*") if path.name[0] != "_"}
    assert toured(DESIGN) == there


def test_every_hop_is_there() -> None:
    assert len(HOP.findall(DESIGN)) > 10
    assert list(wrong_hops(DESIGN)) == []


def test_a_hop_that_is_not_there_is_seen() -> None:
    text = "| 1 | `proclab/strace/lines.py` `parse` | x |\n| 2 | `proclab/strace/lines.py` `nope` | x |\n"
    assert list(wrong_hops(text + "| 3 | `proclab/nowhere.py` `parse` | x |\n")) == [
        "proclab/strace/lines.py nope",
        "proclab/nowhere.py parse",
    ]


@pytest.fixture(scope="module")
def events() -> list[Any]:
    """Of the recording whose two lines are the example's."""
    lines = dict(re.findall(r"^raw/lab-3/1/(t\.\d+) +(\d.*)$", DESIGN, re.MULTILINE))
    start = {"v": 1, "pid": 8, "ppid": 1, "argv": ["./p"], "fds": []}
    return read_folder(
        {
            "lab-3/1/t.8": BEFORE + lines["t.8"] + "\n" + AFTER.format(1),
            "lab-3/1/t.9": lines["t.9"] + "\n" + AFTER.format(0),
            "lab-3/1/start.json": json.dumps(start),
        }
    )


def test_the_examples_events_are_those_of_its_lines(events: list[Any]) -> None:
    shown = re.findall(r'^\{"v":.*\}$', DESIGN, re.MULTILINE)
    assert len(shown) == 2
    assert [log.dumps(event) for event in events if event.kind in ("write", "read")] == shown


def test_the_examples_arrow_is_on_the_page(events: list[Any]) -> None:
    arrows = [json.dumps(arrow, separators=(",", ":")) for arrow in data(Picture.of(events), "en", "")["arrows"]]
    assert [arrow for arrow in arrows if arrow.startswith('["bytes"')] == re.findall(r'`(\["bytes".*?\])`', DESIGN)
