"""A browser for the tests of pages. Each test of ours has a tab of its own, offline, and fails when that complains."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proclab.bench.chromium import chromium, missing
from proclab.findings import derive
from proclab.views import Picture, page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

SMALL = (1280, 720)  # an old projector
PATIENCE = 120_000  # milliseconds for whatever a test waits for: the machine may be busy


class Witness:
    """What the pages of a context said on the console or threw, and whom they asked for anything."""

    def __init__(self, context: BrowserContext) -> None:
        self.complaints: list[str] = []
        self.requests: list[str] = []
        context.on("console", lambda said: self.complaints.append(f"{said.type}: {said.text}"))
        context.on("weberror", lambda thrown: self.complaints.append(str(thrown.error)))
        context.on("request", lambda asked: self.requests.append(asked.url))

    def foreign(self) -> list[str]:
        """The addresses outside of this machine's files."""
        return [url for url in self.requests if not url.startswith("file://")]


@pytest.fixture(scope="session", autouse=True)
def _patience() -> None:
    """Whoever expects something of a page waits for it as long."""
    if not missing():
        from playwright.sync_api import expect

        expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for a module; Playwright's loop runs in this thread meanwhile."""
    if lacking := missing():
        pytest.skip(lacking)
    with chromium() as found:
        yield found


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(viewport={"width": SMALL[0], "height": SMALL[1]}, offline=True) as found:
        found.set_default_timeout(PATIENCE)
        yield found


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def show(context: BrowserContext, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Opens the page of some events; complaints and requests are judged at the end of the test."""
    witness = Witness(context)
    tab = context.new_page()

    def shown(log, lang="en", step=1):
        path = tmp_path / "run.html"
        path.write_text(page(Picture.of(log), lang, findings=derive(log)), "utf-8")
        tab.goto("about:blank")  # the same address again would only scroll
        tab.goto(f"{path.as_uri()}#{step}")
        return tab

    yield shown
    tab.evaluate("0")  # what it said until now has arrived when it answers
    assert witness.complaints == []
    assert witness.foreign() == []


FOLDER = Path(__file__).parents[2] / "out" / "screenshots"
