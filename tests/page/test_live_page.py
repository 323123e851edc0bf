"""The live page in a real browser: it moves on with what comes, stays where one looks, asks nobody but its server."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

import pytest

from proclab.bench.chromium import chromium, missing
from proclab.live.live import Live
from proclab.live.web import Server, Shown, served
from tests.page.conftest import FOLDER, Witness
from tests.unit.samples import INIT, descriptor, look, process, sockets

expect = pytest.importorskip("playwright.sync_api", reason="no Playwright in this venv (make venv)").expect
pytestmark = pytest.mark.slow
ENDS = descriptor(3, "pipe:[1]", "read"), descriptor(4, "pipe:[1]", "write")
PARENT = process(7, 1, *ENDS, argv=("python", "/lab/run/my.py"))
READS = replace(PARENT, threads=tuple(replace(each, syscall=(0, 3)) for each in PARENT.threads))
CHILD = process(8, 7, *ENDS, argv=PARENT.argv)
CHOICES = [["one", ["one: the first", "one: первый"], 0], ["two", ["two: the second", "two: второй"], 1]]


@pytest.fixture(scope="module")
def browser():
    if lacking := missing():
        pytest.skip(lacking)
    with chromium(local=True) as found:
        yield found


class Desk:
    """The server behind the page, and what the page has asked of it."""

    def __init__(self, lang="en"):
        self.shown = Shown(Live("lab 3: pipes", lang))
        self.asked = []
        self.server = Server(self.shown, self.asked.append, {}.get)

    def take(self, *processes, **more):
        with self.shown.change() as live:
            live.take(look(INIT, *processes, **more))

    def tell(self, **more):
        with self.shown.change() as live:
            live.tell(**more)


@pytest.fixture
def page(browser):
    """Opens the live page of a desk; complaints and requests are judged at the end of the test."""
    with ExitStack() as stack:
        context = stack.enter_context(browser.new_context(viewport={"width": 1280, "height": 720}))
        witness = Witness(context)
        origins = []

        def opened(desk):
            address = stack.enter_context(served(desk.server))
            origins.append(desk.server.origin)
            tab = context.new_page()
            tab.goto(address)
            return tab

        yield opened
        context.pages[0].evaluate("0")  # what it said until now has arrived when it answers
        assert witness.complaints == []
        assert [url for url in witness.requests if not url.startswith((*origins, "data:"))] == []


def steps(tab):
    return tab.get_by_role("listbox").get_by_role("option")


def test_it_moves_on_with_what_comes(page):
    desk = Desk()
    tab = page(desk)
    live = tab.locator("#live")
    expect(live).to_have_text("● live: nothing runs")
    desk.take(READS)
    expect(steps(tab)).to_have_count(5)
    expect(steps(tab).last).to_have_attribute("aria-selected", "true")
    expect(live).to_have_text("● live: lab-1")
    desk.take(READS, CHILD)
    expect(steps(tab).nth(5)).to_contain_text("forks: child 8")
    expect(steps(tab).last).to_contain_text("waits in read")
    expect(steps(tab).last).to_have_attribute("aria-selected", "true")
    expect(tab.locator("#wiring .cell")).to_have_count(4)
    expect(tab.locator("#lanes #names")).to_contain_text("process 8")
    expect(tab.locator("footer")).to_contain_text("sampled")


def test_a_step_back_stays_and_the_button_goes_on(page):
    desk = Desk()
    desk.take(READS)
    tab = page(desk)
    expect(tab.locator("#live")).to_have_attribute("aria-pressed", "true")
    tab.keyboard.press("Home")
    desk.take(READS, CHILD)
    expect(steps(tab)).to_have_count(7)
    expect(steps(tab).first).to_have_attribute("aria-selected", "true")
    expect(tab.locator("#live")).to_have_attribute("aria-pressed", "false")
    tab.locator("#live").click()
    expect(steps(tab).last).to_have_attribute("aria-selected", "true")
    desk.take(READS)
    expect(steps(tab).nth(7)).to_contain_text("reaps 8")
    expect(steps(tab).last).to_have_attribute("aria-selected", "true")


def test_who_types_or_holds_a_descriptor_is_not_disturbed(page):
    desk = Desk()
    desk.take(READS)
    tab = page(desk)
    tab.keyboard.press("/")
    tab.keyboard.type("forks")
    desk.take(READS, CHILD)
    expect(steps(tab)).to_have_count(1)
    expect(tab.get_by_role("searchbox")).to_be_focused()
    tab.keyboard.type("x")
    expect(tab.get_by_role("searchbox")).to_have_value("forksx")
    tab.locator("#wiring .pick").first.focus()
    desk.take(READS)
    expect(steps(tab)).to_have_count(0)
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == "7 fd 3"


def test_a_history_that_begins_anew_is_drawn_anew(page):
    desk = Desk()
    desk.shown.live.limit = 10
    tab = page(desk)
    for turn in range(12):
        desk.take(process(7, 1, *ENDS[: turn % 2 + 1]), t=turn)
    expect(tab.locator("#wiring .cell")).to_have_count(2)
    assert tab.evaluate("run.anew") > 0
    assert tab.evaluate("run.changes.length") == tab.evaluate("run.steps.length")
    expect(steps(tab).first).to_contain_text("is there at the first look")


def test_two_containers_and_their_connection(page):
    desk = Desk()
    tab = page(desk)
    for sample in sockets(11, 12):
        with desk.shown.change() as live:
            live.take(sample)
    expect(tab.locator("#live")).to_have_text("● live: server, client")
    expect(tab.locator("#wiring .peer")).to_have_count(1)
    with desk.shown.change() as live:
        live.ended("client")
    expect(tab.locator("#live")).to_have_text("● live: server")
    expect(tab.locator("#wiring .peer")).to_have_count(0)


def test_a_recording_is_asked_for_told_about_and_opened(page):
    desk = Desk()
    desk.tell(choices=CHOICES, recording={})
    tab = page(desk)
    record = tab.locator("#record")
    expect(record.get_by_role("combobox")).to_have_value("two")  # it runs now
    record.get_by_role("combobox").select_option("one")
    record.get_by_role("button", name="Record").click()
    desk.tell(recording={"what": "one", "state": "running", "said": "recording one <b>now</b>"})
    expect(record).to_contain_text("recording one: recording one <b>now</b>")
    record.get_by_role("button", name="Stop").click()
    desk.tell(recording={"what": "one", "state": "kept", "said": "out/one/run.html", "page": "runs/one"})
    expect(record.get_by_role("link")).to_have_attribute("href", "runs/one")
    assert desk.asked == ["one", ""]
    desk.tell(recording={"what": "one", "state": "failed", "said": "no tracing here"})
    expect(record.get_by_role("status")).to_have_text("no recording of one: no tracing here")


def test_it_speaks_russian(page):
    desk = Desk("ru")
    desk.tell(choices=CHOICES)
    desk.take(READS)
    tab = page(desk)
    expect(tab.locator("#live")).to_have_text("● сейчас: lab-1")
    expect(tab.locator("#record")).to_contain_text("one: первый")
    expect(steps(tab).last).to_contain_text("ждёт в read")
    tab.get_by_role("button", name="English").click()
    expect(tab.locator("#record")).to_contain_text("one: the first")


def test_an_attack_in_every_text_stays_text(page):
    desk = Desk()
    bad = "<img src=x onerror=alert(1)>"
    desk.tell(choices=[[bad, [bad, bad], 1]], recording={"what": bad, "state": "failed", "said": bad})
    desk.take(process(7, 1, descriptor(3, f"/{bad}", key=""), argv=(bad,)), box=bad)
    tab = page(desk)
    expect(tab.locator("#live")).to_contain_text(bad)
    expect(tab.locator("img")).to_have_count(0)


def test_the_end_of_the_watch_is_told(browser):
    desk = Desk()
    desk.take(READS)
    with browser.new_context() as context:  # a lost connection is a complaint of the browser's own
        tab = context.new_page()
        with served(desk.server) as address:
            tab.goto(address)
            expect(tab.locator("#live")).to_have_text("● live: lab-1")
        expect(tab.locator("#live")).to_have_text("the watch has ended")
        tab.keyboard.press("ArrowLeft")
        assert tab.evaluate("view.k + 1") == 4


def test_a_picture_of_it_is_kept(page):
    desk = Desk()
    desk.tell(choices=CHOICES, recording={})
    desk.take(READS, process(8, 7, ENDS[1], argv=PARENT.argv, syscall=(0, 0)))
    tab = page(desk)
    expect(steps(tab).last).to_have_attribute("aria-selected", "true")
    FOLDER.mkdir(parents=True, exist_ok=True)
    tab.screenshot(path=FOLDER / "live.png")
    assert (FOLDER / "live.png").stat().st_size > 10_000
