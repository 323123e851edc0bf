"""Rows of `make bench` about what is made of a recording: 100 000 events → all outputs, and the page in a browser.

    python -m proclab.bench.views EVENTS FOLDER     makes all outputs of so many events; one JSON object: the cost

A process of its own, because its peak of memory is asked for. Its seconds are the processor's: nothing waits here, and
what else the machine does is left out.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from proclab.bench.busy import Busy
from proclab.bench.chromium import chromium, missing
from proclab.bench.figures import Amount, Figure, Missing
from proclab.bench.stopwatch import run
from proclab.doctor.host import read

if TYPE_CHECKING:
    from playwright.sync_api import Page

EVENTS = 100_000
PAGE_EVENTS = 20_000  # more than are drawn, which are 2 000
TIMES = 3  # the median of


def cost(count: int, folder: Path) -> dict[str, Any]:
    """Reads a recording of so many events or a few more, and writes all outputs; what both took, and the peak."""
    from proclab.strace import read_folder
    from proclab.trace import outputs, save

    texts = Busy(count).files()
    times = [time.process_time()]
    events = read_folder(texts)
    times.append(time.process_time())
    save(folder, events, outputs(events, "en", "bench"))
    times.append(time.process_time())
    peak = peak_bytes(read("/proc/self/status") or "")
    return {"events": len(events), "read": times[1] - times[0], "outputs": times[2] - times[1], "peak": peak}


def peak_bytes(status: str) -> int:
    """/proc/PID/status → bytes of VmHWM; 0 where the file has no such line."""
    lines = (line.split() for line in status.splitlines() if line.startswith("VmHWM:"))
    return next((int(words[1]) * 1024 for words in lines), 0)


def measured(count: int, folder: Path) -> dict[str, Any]:
    """`cost`, in a process of its own."""
    argv = [sys.executable, "-m", "proclab.bench.views", str(count), str(folder)]
    found: dict[str, Any] = json.loads(run(argv).stdout)
    return found


def events_rows(count: int = EVENTS) -> Iterator[Figure]:
    """Time and memory from events to all outputs; the reading of strace's text apart."""
    with tempfile.TemporaryDirectory() as name:
        found = [measured(count, Path(name)) for _ in range(TIMES)]
    title = f"{found[0]['events']} events"
    yield Amount(f"{title} → all outputs, processor time", median(each["outputs"] for each in found), "s", 2)
    name = f"{title} read and put out, peak of memory"
    peak = max(each["peak"] for each in found)
    yield Amount(name, peak / 1e6, "MB", 220) if peak else Missing(name, "no /proc here")
    yield Amount(f"strace's text → {title}, processor time", median(each["read"] for each in found), "s", 2.2)


def page_row() -> Figure:
    """A full run.html, from the address given to the first picture on the screen."""
    if lacking := missing():
        return Missing("a full page in Chromium", lacking)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        measured(PAGE_EVENTS, Path(folder))
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        seconds = [opened(page, Path(folder) / "run.html") for _ in range(TIMES + 1)][1:]
        steps = page.evaluate("run.steps.length")
    return Amount(f"page of {steps} steps in Chromium, until drawn", median(seconds), "s", 1)


def opened(page: Page, file: Path) -> float:
    """Seconds until a frame that shows the page. From an empty page each time: the same address would only scroll."""
    page.goto("about:blank")
    start = time.monotonic()
    page.goto(file.as_uri())
    page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    return time.monotonic() - start


if __name__ == "__main__":
    print(json.dumps(cost(int(sys.argv[1]), Path(sys.argv[2]))))
