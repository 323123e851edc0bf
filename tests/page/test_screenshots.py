"""Pictures of run.html, kept under out/screenshots/ for whoever wants to look: every run, language, theme and size."""

from __future__ import annotations

import itertools
import struct

import pytest

from tests.page.conftest import FOLDER, SMALL
from tests.soaked import cases
from tests.unit.recordings import events
from tests.unit.views import ALL

RECORDED = {"lab-3": "yy-apipe_hold", "lab-4": "net-lab4"}  # a write end that somebody holds; two containers
RUNS = {**ALL, **{lab: lambda n=name: events(n) for lab, name in RECORDED.items()}}
SIZES = (SMALL, (1920, 1080))
# What can't be reached: buttons and fields that stand over the edge of the window.
CUT_OFF = """[...document.querySelectorAll("header *, h2, h2 *, footer *")].filter((one) => {
  const box = one.getBoundingClientRect();
  return box.right > innerWidth || box.bottom > innerHeight;
}).map((one) => one.textContent)"""
VIEWS = ("steps", "lanes", "wiring", "tree")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def _folder():
    """Old pictures go, lest they be taken for new ones."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in FOLDER.glob("page-*.png"):
        path.unlink()


def size(png):
    """Width and height of a PNG, from its header."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", png[16:24])


def middle(tab):
    """Go to a step at which much is there: two thirds of the way."""
    tab.evaluate("go(Math.floor(run.steps.length * 2 / 3))")


@pytest.mark.parametrize("run", cases(RUNS, now=lambda name: name in ("threaded", "lab-4")))
def test_the_whole_page_in_both_languages_themes_and_sizes(show, run):
    for lang in ("en", "ru"):
        tab = show(RUNS[run](), lang)
        middle(tab)
        for (width, height), theme in itertools.product(SIZES, ("light", "dark")):
            tab.set_viewport_size({"width": width, "height": height})
            tab.evaluate("name => theme(name)", theme)
            path = FOLDER / f"page-{run}-{lang}-{theme}-{height}.png"
            assert size(tab.screenshot(path=path, animations="disabled")) == (width, height)
            assert tab.evaluate(CUT_OFF) == [], path.name


@pytest.mark.parametrize("run", RUNS)
def test_every_view_stands_in_the_window_and_says_something(show, run):
    tab = show(RUNS[run]())
    middle(tab)
    for view in VIEWS:
        section = tab.locator(f"#{view}")
        path = FOLDER / f"page-{run}-{view}.png"
        width, height = size(section.screenshot(path=path, animations="disabled"))
        assert width > 200, path.name
        assert height > 100, path.name
        box = section.bounding_box()
        assert 0 <= box["x"] < box["x"] + box["width"] <= SMALL[0], path.name
        assert section.inner_text().strip(), path.name
