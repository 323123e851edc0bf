"""run.html in a real browser: steps, filters, keys, accessibility; no complaint, no request."""

from __future__ import annotations

import pytest

from tests.page.conftest import Witness
from tests.unit.recordings import events
from tests.unit.views import ALL, boxed, hostile, many, piped, threaded

expect = pytest.importorskip("playwright.sync_api", reason="no Playwright in this venv (make venv)").expect
pytestmark = pytest.mark.slow


def step(tab):
    return tab.evaluate("view.k + 1")


def listed(tab):
    """The entries of the step list that aren't filtered away."""
    return tab.get_by_role("listbox").get_by_role("option")


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_every_step_of_every_sample_draws_without_a_complaint(show, name, lang):
    tab = show(ALL[name](), lang)
    count = tab.evaluate("run.steps.length")
    for number in range(1, count + 1):
        assert step(tab) == number
        assert tab.locator("li[aria-selected=true] .n").all_text_contents() == [str(number)]
        tab.keyboard.press("ArrowRight")
    assert step(tab) == count


def test_the_keys(show):
    tab = show(piped())
    for key, expected in (
        ("End", 17),
        ("Home", 1),
        ("ArrowRight", 2),
        ("ArrowDown", 3),
        ("ArrowLeft", 2),
        ("PageDown", 12),
        ("PageUp", 2),
        ("ArrowUp", 1),
        ("ArrowLeft", 1),
    ):
        tab.keyboard.press(key)
        assert step(tab) == expected
    tab.keyboard.press("t")
    assert tab.evaluate("view.time") is True
    tab.keyboard.press("+")
    assert tab.evaluate("view.zoom") == 1.5
    tab.keyboard.press("/")
    expect(tab.get_by_role("searchbox")).to_be_focused()


def test_a_click_on_a_step_goes_there(show):
    tab = show(piped())
    listed(tab).nth(6).click()
    assert step(tab) == 7
    expect(listed(tab).nth(6)).to_have_attribute("aria-selected", "true")
    expect(listed(tab).first).to_have_attribute("aria-selected", "false")


def test_search_filters_the_list_and_the_keys_go_from_hit_to_hit(show):
    tab = show(piped())
    tab.keyboard.press("/")
    tab.keyboard.type("HELLO")
    expect(listed(tab)).to_have_count(2)
    tab.keyboard.press("Escape")
    for expected in (9, 10):
        tab.keyboard.press("ArrowRight")
        assert step(tab) == expected


def test_families_processes_and_descriptors_filter(show):
    tab = show(piped())
    expect(listed(tab)).to_have_count(17)
    family = tab.locator("button.family").first
    family.click()
    expect(listed(tab)).to_have_count(12)
    expect(family).to_have_attribute("aria-pressed", "false")
    tab.locator("button.family").first.click()
    tab.get_by_role("combobox").first.select_option(index=2)
    expect(listed(tab)).to_have_count(3)
    expect(tab.locator(".step.off")).to_have_count(14)


def test_a_click_on_a_descriptor_follows_its_open_file(show):
    tab = show(piped(), step=9)
    tab.locator("#wiring .pick").first.click()
    assert tab.evaluate("view.follow.of") == "o1"
    assert tab.locator("#steps li.like").count() > 0
    assert tab.locator(".wire.like").count() > 0
    tab.keyboard.press("Escape")
    assert tab.evaluate("view.follow") is None
    assert tab.locator("#steps li.like, .wire.like").count() == 0


def test_a_descriptor_is_followed_by_the_keyboard_too(show):
    tab = show(piped(), step=6)
    tab.locator("#wiring .pick").first.press("Enter")
    assert tab.evaluate("view.follow.of") == "o1"
    expect(tab.get_by_role("button", name="9 fd 3", exact=True)).to_be_focused()


def test_the_wiring_shows_what_each_process_holds(show):
    tab = show(piped(), step=5)
    assert tab.locator("#wiring .cell + text").all_text_contents() == ["fd 3", "fd 4", "fd 3", "fd 4"]
    tab.keyboard.press("End")
    expect(tab.locator("#wiring")).to_contain_text("No process is left")


def test_a_zombie_and_who_waits_for_whom_stand_in_the_tree(show):
    tab = show(piped(), step=11)
    expect(tab.locator(".waitfor")).to_have_count(1)
    expect(tab.locator("#tree")).not_to_contain_text("zombie")
    tab.keyboard.press("ArrowRight")
    expect(tab.locator("#tree")).to_contain_text("zombie (3)")


@pytest.mark.parametrize("view", ["#tree", "#wiring"])
def test_a_process_has_the_name_of_what_it_runs_at_that_step(show, view):
    tab = show(piped())
    expect(tab.locator(view)).to_contain_text("9")
    expect(tab.locator(view)).not_to_contain_text("demo.py")
    tab.keyboard.press("ArrowRight")
    expect(tab.locator(view)).to_contain_text("9 demo.py")


def test_at_the_last_step_the_sentence_about_the_recording_is_in_sight(show):
    """It stands first, before whatever else there is to notice, and belongs to the last step."""
    tab = show(events("yy-apipe_hold"))
    tab.evaluate("""() => {
      const others = Array.from({length: 40}, () => ({step: 3, until: 1e6, kind: "no_eof", say: ["no", "no"]}));
      run.findings = [{step: run.steps.length - 1, until: 1e6, kind: "not_whole", say: ["part", "part"]}, ...others];
      listFacts();
    }""")
    for _ in range(4):
        tab.keyboard.press("ArrowRight")
    expect(tab.locator("#findings li").first).not_to_be_in_viewport()
    tab.keyboard.press("End")
    expect(tab.locator("#findings li").first).to_be_in_viewport()


def test_prediction_hides_what_comes(show):
    tab = show(piped(), step=5)
    expect(tab.locator("#steps li.future")).to_have_count(0)
    tab.locator("#ways button").first.click()
    expect(tab.locator("#steps li.future")).to_have_count(12)
    expect(tab.locator(".step.future")).to_have_count(12)
    tab.keyboard.press("ArrowRight")
    expect(tab.locator("#steps li.future")).to_have_count(11)


def test_the_language_and_the_theme_change_on_the_spot(show):
    tab = show(threaded())
    assert "поток" not in tab.locator("#lanes").inner_text()
    tab.locator("#ways button").nth(1).click()
    assert tab.evaluate("document.documentElement.lang") == "ru"
    expect(tab.locator("#lanes")).to_contain_text("поток")
    paper = "getComputedStyle(document.body).backgroundColor"
    before = tab.evaluate(paper)
    tab.locator("#ways button").nth(2).click()
    assert tab.evaluate(paper) != before


def test_a_third_language_costs_the_page_a_click_more(show, third_language):
    tab = show(threaded())
    switch = tab.locator("#ways button").nth(1)
    for lang, text in (("ru", "поток 10"), (third_language, "THREAD 10"), ("en", "thread 10"), ("ru", "поток 10")):
        switch.click()
        assert tab.evaluate("document.documentElement.lang") == lang
        expect(tab.locator("#lanes")).to_contain_text(text)
    expect(tab.locator("#lanes")).not_to_contain_text("THREAD 10")
    assert switch.get_attribute("title") == "English / Русский / ENGLISH"


PAIRS = """() => {
  const across = new Set(), odd = new Set();
  for (let k = 0; k < run.steps.length; k++) {
    const objects = stateAt(k).object;
    for (const [key, {peer}] of objects) {
      if (!objects.has(peer)) continue;
      if (key.split("\\t")[0] !== peer.split("\\t")[0]) across.add(key);
      if (objects.get(peer).peer !== key) odd.add(key);
    }
  }
  return [across.size, [...odd]];
}"""


def test_connected_sockets_are_each_others_peers_also_of_two_containers(show):
    across, odd = show(events("net-lab4")).evaluate(PAIRS)
    assert across > 2
    assert odd == []


def test_boxes_stand_in_the_names(show):
    tab = show(boxed(), step=11)
    expect(tab.locator("#names")).to_contain_text("server:9")


# --- accessibility: what the browser itself tells a screen reader ---


def spoken(tab, role):
    """Names of everything with this role in the accessibility tree."""
    nodes = tab.context.new_cdp_session(tab).send("Accessibility.getFullAXTree")["nodes"]
    return [node["name"]["value"] for node in nodes if node.get("role", {}).get("value") == role]


def test_the_accessibility_tree_has_every_step(show):
    tab = show(piped(), step=6)
    options = spoken(tab, "option")
    assert len(options) == 17 + tab.locator("select option").count()
    for number, text in enumerate(tab.locator("#steps li").all_inner_texts()):
        assert options[-17:][number].split() == text.split()
    assert any("writes 6 bytes to fd 4" in name for name in options)


def test_a_step_that_is_filtered_away_is_not_spoken(show):
    tab = show(piped())
    tab.get_by_role("searchbox").fill("hello")
    assert len(spoken(tab, "option")) == 2 + tab.locator("select option").count()


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_every_button_and_every_field_has_a_name(show, lang):
    tab = show(piped(), lang, step=6)
    assert "18 fd 4" in spoken(tab, "button")
    for role in ("button", "searchbox", "combobox", "listbox", "region", "image"):
        names = spoken(tab, role)
        assert names, role
        assert all(names), role


# --- what a program may have printed ---


def test_an_attack_in_every_text_stays_text(show):
    tab = show(hostile())
    assert tab.locator("img").count() == 0
    assert tab.locator("script").count() == 2  # the data and the page's own
    expect(tab.locator("#steps")).to_contain_text("onerror")


def test_a_page_without_events_says_so(show):
    expect(show([]).locator("body")).to_contain_text("No step")


def test_two_thousand_steps_can_be_walked(show):
    tab = show(many(1900))
    for _ in range(150):  # a key held down
        tab.keyboard.press("ArrowRight")
    assert step(tab) == 151
    assert tab.evaluate("run.steps.length") > 1900
    tab.keyboard.press("End")
    tab.keyboard.press("ArrowLeft")
    assert step(tab) == tab.evaluate("run.steps.length") - 1


# --- the witness itself ---


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<script>console.log('by the way')</script>", "log: by the way"),
        ("<script>console.error('alas')</script>", "error: alas"),
        ("<script>nobody.home()</script>", "nobody is not defined"),
        ("<meta http-equiv=Content-Security-Policy content=\"img-src 'none'\"><img src=x.png>", "violates"),
    ],
)
def test_a_complaint_is_seen(context, tmp_path, body, said):
    witness = Witness(context)
    tab = context.new_page()
    (tmp_path / "a.html").write_text(body)
    tab.goto((tmp_path / "a.html").as_uri())
    tab.evaluate("0")
    assert [said in one for one in witness.complaints] == [True]


@pytest.mark.parametrize("address", ["http://somewhere.example/x.png", "http://127.0.0.1:9/x.png"])
def test_a_request_is_seen_and_leads_nowhere(context, tmp_path, address):
    witness = Witness(context)
    tab = context.new_page()
    (tmp_path / "a.html").write_text(f'<img src="{address}" onerror="this.id = \'failed\'">')
    tab.goto((tmp_path / "a.html").as_uri())
    expect(tab.locator("#failed")).to_have_count(1)
    assert witness.foreign() == [address]
