"""The Chromium that is installed here, without a window and without a network; Playwright drives it.

Playwright is in a developer's venv only, and is asked for nothing but its driver: it never fetches a browser.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# The first has no windows at all: the others make one for each page, with all that a user sees around it.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND"  # no address is ever found, whoever asks


def program() -> str | None:
    """The browser's path, or None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def missing() -> str:
    """What lacks here, with the command that brings it; empty where nothing does."""
    if find_spec("playwright") is None:
        return "no Playwright in this venv (make venv)"
    return "" if program() else "no Chromium here (Debian: apt-get install chromium-headless-shell)"


@contextmanager
def chromium(local: bool = False) -> Iterator[Browser]:
    """A browser of its own, with a profile of its own; both gone on the way out. See `missing` before.

    `local`: it may ask 127.0.0.1, and still nobody else.
    """
    from playwright.sync_api import sync_playwright

    rules = ALONE + (", EXCLUDE 127.0.0.1" if local else "")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program(), args=[rules])
        try:
            yield browser
        finally:
            browser.close()
