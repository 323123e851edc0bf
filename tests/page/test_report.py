"""report.html and a student's page in a real browser: no complaint, no request, whatever anybody chose as a name."""

from __future__ import annotations

import itertools

import pytest

from proclab.grading import outputs
from proclab.grading.exports import Gradebook
from tests.page.conftest import FOLDER, SMALL, Witness
from tests.unit import classes
from tests.unit.classes import CHECKS, HOSTILE, telling

expect = pytest.importorskip("playwright.sync_api", reason="no Playwright in this venv (make venv)").expect
pytestmark = pytest.mark.slow

PAGES = ["report", "students/john", "students/mallory", "students/jane", "students/ours", "students/bomb"]
# What sticks out at the right: only what scrolls by itself may be wider than the window.
TOO_WIDE = """() => [...document.querySelectorAll("body *")].filter((one) => {
  const scrolls = one.closest("pre, figure, nav");
  return (!scrolls || scrolls === one) && one.getBoundingClientRect().right > innerWidth + 1;
}).map((one) => one.outerHTML.slice(0, 80))"""
CONTRAST = """() => {
  const channel = (c) => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const behind = (one) => {
    for (; one; one = one.parentElement) {
      const found = numbers(getComputedStyle(one).backgroundColor);
      if (found.length === 3 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll("body *:not(svg, svg *, script, style, option)")].filter((one) =>
    one.checkVisibility() && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
  ).map((one) => {
    const [a, b] = [light(numbers(getComputedStyle(one).color)), light(behind(one))].sort((x, y) => y - x);
    return [one.outerHTML.slice(0, 80), (a + 0.05) / (b + 0.05)];
  }).filter(([, ratio]) => ratio < 4.5);
}"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The class in both languages."""
    folders = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outputs, "texts", lambda root: CHECKS)
        for lang in ("en", "ru"):
            folders[lang] = classes.written(tmp_path_factory.mktemp(lang))
            outputs.write_all(folders[lang], lang)
    return folders


@pytest.fixture
def show(context, made):
    """Opens a page; complaints and requests are judged at the end of the test."""
    witness = Witness(context)
    tab = context.new_page()

    def shown(page="report", lang="en"):
        tab.goto((made[lang] / f"{page}.html").as_uri())
        return tab

    yield shown
    tab.evaluate("0")  # what it said until now has arrived when it answers
    assert witness.complaints == []
    assert witness.foreign() == []


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_every_page_in_both_themes_can_be_read_on_an_old_projector(show, page, lang):
    tab = show(page, lang)
    for theme in ("light", "dark"):
        if tab.locator("html").get_attribute("data-theme") != theme:
            tab.locator("#theme").click()
        FOLDER.mkdir(parents=True, exist_ok=True)
        tab.screenshot(path=FOLDER / f"{page.replace('/', '-')}-{lang}-{theme}.png", animations="disabled")
        assert tab.evaluate(TOO_WIDE) == []
        assert tab.evaluate(CONTRAST) == []
    assert tab.locator("html").get_attribute("lang") == lang


def test_what_can_not_be_read_is_seen(show):
    tab = show("students/john")
    tab.locator(".seen").first.evaluate("one => { one.id = 'pale'; }")
    tab.evaluate("""() => { const found = document.getElementById("pale");
      found.style.color = "#aaa"; found.style.width = "3000px"; }""")
    assert len(tab.evaluate(CONTRAST)) == 1
    assert len(tab.evaluate(TOO_WIDE)) == 1


@pytest.mark.parametrize("page", ["report", "students/mallory"])
def test_nothing_that_a_program_chose_is_more_than_text(show, page):
    tab = show(page)
    assert tab.locator("script").count() == 1
    assert tab.locator("img, iframe, object, base").count() == 0
    assert tab.locator("[onerror], [onload]").count() == 0
    expect(tab.locator("body")).to_contain_text("</script><script>alert(1)</script>")
    text = tab.locator("body").inner_text()
    assert not [sign for sign in text if not sign.isprintable() and sign not in "\n\t\xa0"]


def test_a_page_in_which_something_ran_would_be_stopped_by_its_policy(context, made, tmp_path):
    """The twin of the above: a hole in the template is bridged by the policy."""
    text = (made["en"] / "students" / "john.html").read_text("utf-8")
    hole = "<script>document.title = 'mine'</script><img src='https://example.com/x.png'>"
    assert "<main>" in text
    (tmp_path / "hole.html").write_text(text.replace("<main>", f"<main>{hole}"), "utf-8")
    witness, tab = Witness(context), context.new_page()
    tab.goto((tmp_path / "hole.html").as_uri())
    assert tab.title() == "John Roe"
    assert tab.locator("main > img").evaluate("one => one.naturalWidth") == 0
    assert len([said for said in witness.complaints if "Content Security Policy" in said]) == 2


def test_a_card_says_what_was_seen_why_it_matters_and_how_to_see_it(show):
    tab = show("students/john")
    card = tab.locator("article").first
    for text in (
        "Every child is reaped",
        "left a zombie",
        "2 children were never waited for",
        "process 18 is a zombie",
        "A zombie holds its entry",
        "Count how often you fork",
        "spawn.py:12",
        'make trace-1 RUN="spawn.py 3"',
        "18 0",
    ):
        expect(card).to_contain_text(text)
    expect(card.locator("figure svg")).to_be_visible()
    assert card.locator("figure").bounding_box()["width"] <= SMALL[0]
    steps = card.locator("details pre")
    expect(steps).to_be_hidden()
    card.get_by_text("The steps in words").click()
    expect(steps).to_be_visible()
    expect(steps).to_contain_text("reaps 18")


def test_the_picture_has_its_colours_patterns_and_arrowheads(show):
    tab = show("students/john")
    figure = tab.locator("figure").first
    fills = figure.locator(".bar").evaluate_all("all => all.map((one) => getComputedStyle(one).fill)")
    assert any(fill.startswith("url(") for fill in fills)
    assert any(fill.startswith("rgb(") and fill != "rgb(0, 0, 0)" for fill in fills)
    names = set(tab.evaluate("[...document.querySelectorAll('svg.defs [id]')].map((one) => one.id)"))
    heads = {arrow.get_attribute("marker-end")[5:-1] for arrow in figure.locator(".arrow").all()}
    assert heads
    assert heads <= names
    before = figure.locator(".who").first.evaluate("one => getComputedStyle(one).fill")
    tab.locator("#theme").click()
    assert figure.locator(".who").first.evaluate("one => getComputedStyle(one).fill") != before


def test_the_list_leads_to_the_card(show):
    tab = show("students/john")
    tab.get_by_role("link", name="The balance is right").click()
    expect(tab.locator("article").nth(1)).to_be_in_viewport()
    assert tab.url.endswith("#bank.right")


def test_a_hidden_check_is_not_in_the_page(show):
    tab = show("students/john")
    expect(tab.get_by_text("Hidden checks: 0 of 2 points")).to_be_visible()
    assert "SECRET" not in tab.content()


# ---------------------------------------------------------------- the class


def names(tab):
    return [text for text in tab.locator(".people tbody tr:not([hidden]) th").all_inner_texts() if "script" not in text]


def test_the_table_is_sorted_by_what_is_clicked(show):
    tab = show()
    assert names(tab) == ["Bob Bomb", "Jane Doe", "John Roe"]
    points = tab.locator(".people thead").get_by_role("button", name="Points")
    points.click()
    assert names(tab) == ["Jane Doe", "John Roe", "Bob Bomb"]
    points.click()
    assert names(tab)[-2:] == ["John Roe", "Jane Doe"]
    tab.locator(".people thead").get_by_role("button", name="Name").click()
    assert names(tab) == ["Bob Bomb", "Jane Doe", "John Roe"]
    assert tab.locator(".people th[aria-sort]").all_inner_texts() == ["Name"]


def test_the_check_that_fails_most_stands_first(show):
    tab = show()
    rows = tab.locator("#checks tbody tr")
    expect(rows.first).to_contain_text("Every child is reaped")
    expect(rows.first).to_contain_text("left a zombie 1")
    tab.locator("#checks thead").get_by_role("button", name="Failed").click()
    expect(rows.last).to_contain_text("Every child is reaped")


def test_names_status_and_failed_checks_filter(show):
    tab = show()
    count = tab.locator("#count")
    expect(count).to_have_text("4 of 4")
    tab.get_by_label("Find a name").fill("jANE")
    assert names(tab) == ["Jane Doe"]
    expect(count).to_have_text("1 of 4")
    tab.get_by_label("Find a name").fill("")
    tab.locator("#status").select_option("refused")
    assert names(tab) == ["Bob Bomb"]
    tab.locator("#status").select_option("")
    tab.locator("#checks").get_by_role("button", name="Who failed it").nth(3).click()
    assert names(tab) == ["John Roe"]
    expect(tab.locator("#failed")).to_have_value("bank.right")


def test_what_is_ours_stands_apart_and_in_no_number(show):
    tab = show()
    expect(tab.locator("#ours")).to_contain_text("Ann Other")
    expect(tab.locator("#ours")).to_contain_text("engine_down")
    expect(tab.locator(".people")).not_to_contain_text("Ann Other")
    words, numbers = (tab.locator(f".figures {tag}").all_inner_texts() for tag in ("dt", "dd"))
    figures = dict(zip(words, numbers, strict=True))
    assert (figures["Graded"], figures["Our fault, no grade"], figures["Mean"]) == ("3", "1", "3.12")
    reports = tab.locator("#checks tbody tr", has_text="status is reported")
    expect(reports.locator("td").nth(3)).to_contain_text("2")  # of jane and john, not of whom we lost


def test_a_name_leads_to_the_students_page(show):
    tab = show()
    tab.get_by_role("link", name="John Roe").click()
    expect(tab.locator("h1")).to_have_text("John Roe")


def test_all_of_it_can_be_reached_and_done_with_the_keyboard(show):
    tab = show()
    tab.locator("#checks").get_by_role("button", name="Who failed it").nth(3).focus()
    tab.keyboard.press("Enter")
    expect(tab.locator("#failed")).to_be_focused()
    tab.locator(".people thead").get_by_role("button", name="Points").focus()
    tab.keyboard.press("Enter")
    assert tab.locator(".people th[aria-sort]").all_inner_texts() == ["Points"]


def test_a_class_of_three_hundred_is_a_page_that_filters_at_once(context, tmp_path):
    folder = tmp_path / "records"
    folder.mkdir()
    for number in range(300):
        found = classes.failing(f"Student {number}") if number % 3 else classes.full(HOSTILE)
        (folder / f"s{number}.json").write_bytes(classes.dumps(found))
    (tmp_path / "report.html").write_text("".join(outputs.class_page(Gradebook(tmp_path), telling())), "utf-8")
    witness, tab = Witness(context), context.new_page()
    tab.goto((tmp_path / "report.html").as_uri())
    tab.get_by_label("Find a name").fill("Student 29")
    expect(tab.locator("#count")).to_have_text("8 of 300")
    for column in itertools.islice(tab.locator(".people thead button").all(), 4):
        column.click()
    assert witness.complaints == []
