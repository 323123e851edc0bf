"""No page and no export of a grading has words of its own: in a language of brackets, no letter is outside of them."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib import import_module

import pytest

from proclab.grading.exports import EACH, Gradebook
from proclab.grading.exports.texts import CheckTexts
from proclab.grading.exports.told import Telling
from proclab.grading.report import class_page, student_page
from proclab.words import LANGS, catalogue
from tests.unit import classes
from tests.unit.classes import CHECKS, EVIDENCE, RECORDS
from tests.unit.pseudo import bracketed, letters, spoken

READ = {"title", "aria-label", "data-phrase", "placeholder", "alt", "value"}
WIDTHS = {"width", "initial"}


class Texts(HTMLParser):
    """What a page shows to whoever reads it or listens to it; pictures have tests of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.within: list[str] = []

    def handle_starttag(self, tag, attributes):
        self.found += [value for name, value in attributes if name in READ and tag not in ("option", "meter") and value]
        if tag not in ("meta", "input", "meter", "br"):
            self.within.append(tag)

    def handle_endtag(self, tag):
        while self.within and self.within.pop() != tag:
            pass

    def handle_data(self, text):
        if not {"style", "script", "svg", "pre"} & set(self.within):
            self.found.append(text)


@pytest.fixture
def brackets(monkeypatch):
    """Every language speaks in brackets, and so do the labs' checks."""
    for lang in LANGS:
        module = import_module(f"proclab.words.{lang}")
        monkeypatch.setattr(module, "CATALOGUE", spoken(module.CATALOGUE))
    catalogue.cache_clear()
    yield {check: _spoken(said) for check, said in CHECKS.items()}
    catalogue.cache_clear()


def _spoken(said):
    title, why, hint = ({"en": bracketed(text["en"])} if text else {} for text in (said.title, said.why, said.hint))
    return CheckTexts(title, why, hint, {code: {"en": bracketed(text["en"])} for code, text in said.seen.items()})


def data():
    """What the class's programs chose: names, values, outputs, commands, and what checks and tasks are called."""
    texts = [str(RECORDS), str(EVIDENCE)]
    texts += [name for check in CHECKS for name in (check, *check.split("."))]
    words = set(re.findall(r"[^\W\d_]+", " ".join(texts)))
    return words | {"x", "u", "b", "r", "n"}  # of \x1b, \u202e, \r


def unsaid(text, known):
    reader = Texts()
    reader.feed(text)
    return {word for found in reader.found for word in letters(found) if word not in known}


@pytest.mark.parametrize("name", RECORDS)
def test_no_students_page_has_a_word_of_its_own(brackets, tmp_path, name):
    entry = next(found for found in Gradebook(classes.written(tmp_path)) if found.id == name)
    assert unsaid(student_page(entry, Telling("en", brackets)), data()) == set()


def test_the_page_of_the_class_has_no_word_of_its_own(brackets, tmp_path):
    pages = "".join(class_page(Gradebook(classes.written(tmp_path)), Telling("en", brackets)))
    assert unsaid(pages, data()) == set()


def test_autolabs_text_has_no_word_of_its_own(brackets, tmp_path):
    verdicts = {"PASS", "FAIL", "ZOMBIE", "RACE", "SKIPPED"}
    for entry in Gradebook(classes.written(tmp_path)):
        text = EACH["autolab/{id}.txt"](entry, Telling("en", brackets))
        said = [line for line in text.splitlines() if not line.startswith('{"')]
        assert {word for line in said for word in letters(line)} - data() - verdicts == set()


def test_a_word_outside_the_brackets_is_seen(brackets, tmp_path):
    entry = next(found for found in Gradebook(classes.written(tmp_path)) if found.id == "john")
    page = student_page(entry, Telling("en", brackets))
    assert unsaid(page.replace("<main>", "<main>Points"), data()) == {"Points"}
    assert unsaid(page.replace("<main>", '<main title="Points">'), data()) == {"Points"}
