"""run.html in a real browser: steps, filters, keys, accessibility; no complaint, no request."""

from __future__ import annotations

import shutil

import pytest

from proclab.state import derive
from proclab.views.page import page
from tests.page.browser import browser, program
from tests.unit.test_views_pictures import hostile
from tests.unit.test_views_text import many
from tests.unit.views import ALL, boxed, piped, threaded

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(program() is None, reason="no Chromium here (Debian: apt-get install chromium)"),
]


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    home = tmp_path_factory.mktemp("chromium")
    with browser(home) as found:
        found.size(1280, 720)
        yield found
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def show(tab, tmp_path):
    """Opens the page of some events; complaints and requests are judged at the end of the test."""

    def opened(log, lang="en", step=1):
        path = tmp_path / "run.html"
        path.write_text(page(log, lang, facts=derive(log)), "utf-8")
        tab.go(f"file://{path}#{step}")
        return tab

    yield opened
    assert tab.complaints() == []
    assert tab.requests() == []


def step(tab):
    return tab.eval("view.k + 1")


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_every_step_of_every_sample_draws_without_a_complaint(show, name, lang):
    log = ALL[name]()
    tab = show(log, lang)
    count = tab.eval("run.steps.length")
    for number in range(1, count + 1):
        assert step(tab) == number
        assert tab.eval("document.querySelector('li[aria-selected=true] .n').textContent") == str(number)
        tab.key("ArrowRight")
    assert step(tab) == count


def test_the_keys(show):
    tab = show(piped())
    for key, expected in (("End", 17), ("Home", 1), ("ArrowRight", 2), ("ArrowDown", 3), ("ArrowLeft", 2),
                          ("PageDown", 12), ("PageUp", 2), ("ArrowUp", 1), ("ArrowLeft", 1)):  # fmt: skip
        tab.key(key)
        assert step(tab) == expected
    tab.key("t")
    assert tab.eval("view.time") is True
    tab.key("+")
    assert tab.eval("view.zoom") == 1.5
    tab.key("/")
    assert tab.eval("document.activeElement.id") == "find"


def test_search_filters_the_list_and_the_keys_go_from_hit_to_hit(show):
    tab = show(piped())
    tab.key("/")
    tab.ask("Input.insertText", text="HELLO")
    assert tab.eval("[...document.querySelectorAll('#steps li')].filter((one) => !one.hidden).length") == 2
    tab.key("Escape")
    tab.key("ArrowRight")
    assert step(tab) == 9
    tab.key("ArrowRight")
    assert step(tab) == 10


def test_families_processes_and_descriptors_filter(show):
    tab = show(piped())
    tab.click("button.family")
    assert tab.eval("[...document.querySelectorAll('#steps li')].filter((one) => !one.hidden).length") == 12
    tab.click("button.family")
    tab.eval("(() => { const list = document.querySelectorAll('select'); list[0].selectedIndex = 2;"
             "list[0].dispatchEvent(new Event('change')); })()")  # fmt: skip
    assert tab.eval("[...document.querySelectorAll('#steps li')].filter((one) => !one.hidden).length") == 3
    assert tab.eval("document.querySelectorAll('.step.off').length") == 14


def test_a_click_on_a_descriptor_follows_its_open_file(show):
    tab = show(piped(), step=9)
    tab.click("#wiring .pick")
    assert tab.eval("view.follow.of") == "o1"
    assert tab.eval("document.querySelectorAll('#steps li.like').length") > 0
    assert tab.eval("document.querySelectorAll('.wire.like').length") > 0
    tab.key("Escape")
    assert tab.eval("view.follow") is None


def test_the_wiring_shows_what_each_process_holds(show):
    tab = show(piped(), step=5)
    cells = "[...document.querySelectorAll('#wiring .cell + text')].map((one) => one.textContent)"
    assert tab.eval(cells) == ["fd 3", "fd 4", "fd 3", "fd 4"]
    tab.key("End")
    assert "No process is left" in tab.eval("document.querySelector('#wiring').textContent")


def test_a_zombie_and_who_waits_for_whom_stand_in_the_tree(show):
    tab = show(piped(), step=11)
    assert tab.eval("document.querySelectorAll('.waitfor').length") == 1
    tab.key("ArrowRight")
    assert "zombie (3)" in tab.eval("document.querySelector('#tree').textContent")


def test_prediction_hides_what_comes(show):
    tab = show(piped(), step=5)
    tab.click("#ways button")
    hidden = "document.querySelectorAll('#steps li.future').length"
    assert tab.eval(hidden) == 12
    assert tab.eval("[...document.querySelectorAll('.step.future')].length") == 12
    tab.key("ArrowRight")
    assert tab.eval(hidden) == 11


def test_the_language_and_the_theme_change_on_the_spot(show):
    tab = show(threaded())
    tab.click("#ways button:nth-child(2)")
    assert tab.eval("document.documentElement.lang") == "ru"
    assert "поток" in tab.eval("document.querySelector('#lanes').textContent")
    before = tab.eval("getComputedStyle(document.body).backgroundColor")
    tab.click("#ways button:nth-child(3)")
    assert tab.eval("getComputedStyle(document.body).backgroundColor") != before


def test_the_accessibility_tree_has_every_step(show):
    tab = show(piped(), step=6)
    nodes = tab.ask("Accessibility.getFullAXTree")["nodes"]
    options = [node["name"]["value"] for node in nodes if node.get("role", {}).get("value") == "option"]
    assert len(options) == 17 + tab.eval("document.querySelectorAll('select option').length")
    assert any("writes 6 bytes to fd 4" in name for name in options)
    assert any(node["name"]["value"] == "18 fd 4" for node in nodes if node.get("role", {}).get("value") == "button")
    buttons = [node for node in nodes if node.get("role", {}).get("value") == "button"]
    assert all(node["name"]["value"] for node in buttons)


def test_an_attack_in_every_text_stays_text(show):
    tab = show(hostile())
    assert tab.eval("document.querySelectorAll('img').length") == 0
    assert "onerror" in tab.eval("document.querySelector('#steps').textContent")


def test_a_page_without_events_says_so(show):
    tab = show([])
    assert "No step" in tab.eval("document.body.textContent")


def test_two_thousand_steps_can_be_walked(show):
    tab = show(many(1900))
    for _ in range(400):  # a key held down
        tab.key("ArrowRight")
    assert step(tab) == 401
    assert tab.eval("run.steps.length") > 1900
    tab.key("End")
    tab.key("ArrowLeft")
    assert step(tab) == tab.eval("run.steps.length") - 1


def test_boxes_stand_in_the_names(show):
    tab = show(boxed(), step=11)
    assert "server:9" in tab.eval("document.querySelector('#names').textContent")


def test_a_descriptor_is_followed_by_the_keyboard_too(show):
    tab = show(piped(), step=6)
    tab.eval("document.querySelector('#wiring .pick').focus()")
    tab.key("Enter")
    assert tab.eval("view.follow.of") == "o1"
    assert tab.eval("document.activeElement.getAttribute('aria-label')") == "9 fd 3"
