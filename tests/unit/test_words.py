"""The catalogue: every language says the same under the same keys, every key is used, and every used key exists."""

import re
import string
from pathlib import Path

import pytest

from proclab.grading.exports import Status
from proclab.procfs.waiting import CHANNELS, PURPOSES
from proclab.views.steps import FAMILIES
from proclab.words import LANGS, catalogue, default_language
from proclab.words import en as english

PACKAGE = Path(__file__).parents[2] / "proclab"
ASKING = [path for path in PACKAGE.rglob("*.py") if path.parent.name != "words" or path.name == "sentences.py"]
TEMPLATES = list((PACKAGE / "grading" / "report").glob("*.html"))
SOURCE = "".join(path.read_text().replace("'", '"') for path in (*ASKING, *TEMPLATES))
ENGLISH = catalogue("en")
OTHERS = [lang for lang in LANGS if lang != "en"]
# Their last part is a letter or a number of the kernel's, or what a lock is.
CODES = ("look.state", "look.tcp", "label.lock_rel")
MADE = {"tree.zombie.by", "tree.stopped.by"}  # of a condition, and that there is a cause
MADE |= {f"report.status.{status.value}" for status in Status}
SCRIPTS = "".join(path.read_text() for path in (PACKAGE / "views" / "page").glob("*.js"))
PAGES = {("page", word) for word in re.findall(r'"([a-z_.]+)"', SCRIPTS)}
PAGES |= {("page", code) for code in ("r", "w", "rw", "stopped")}  # of the page's data
PAGES |= {("page", f"f.{name}") for name in FAMILIES}


def arguments(text):
    return sorted({field for _, field, _, _ in string.Formatter().parse(text) if field})


@pytest.mark.parametrize("lang", OTHERS)
def test_a_language_has_every_key(lang):
    words = catalogue(lang)
    assert words.phrases.keys() == ENGLISH.phrases.keys()
    assert words.sentences.keys() == ENGLISH.sentences.keys()
    assert words.counts.keys() == ENGLISH.counts.keys()


@pytest.mark.parametrize("lang", OTHERS)
def test_a_phrase_takes_the_same_arguments_in_every_language(lang):
    phrases = catalogue(lang).phrases
    different = [key for key in phrases if arguments(phrases[key]) != arguments(ENGLISH.phrases[key])]
    assert different == []


def test_a_lost_argument_is_seen():
    assert arguments("waits for {child}") != arguments("ждёт потомка")


def test_the_russian_words_are_russian_and_the_english_ones_are_not():
    for key, text in ENGLISH.phrases.items():
        bare = re.sub(r"\{\w+\}|FIFO|GAP|\bfork\b|\bwait\b", "", text)
        assert not re.search("[a-z]{3}", bare) or re.search("[а-яё]", catalogue("ru").phrases[key])
        assert not re.search("[а-яё]", text)


def unused(keys):
    """The keys that nobody asks for: neither whole nor by a family (`f"look.{…}"`) and what makes it whole."""
    asked = MADE | {key for key in keys if f'"{key}"' in SOURCE or any(_asked(*split) for split in splits(key))}
    return [key for key in keys if key not in asked]


def splits(key):
    parts = key.split(".")
    return [(".".join(parts[:n]), ".".join(parts[n:])) for n in range(1, len(parts))]


def _asked(family, rest):
    made = family in CODES or (f'"{family}.{{' in SOURCE and f'"{rest}"' in SOURCE)
    return made or (family, rest) in PAGES


def test_every_key_of_pictures_pages_grades_and_live_view_is_used():
    assert unused([*english.VIEWS, *english.LIVE, *english.GRADES, *english.COUNTS]) == []
    families = ("look", "views", "page", "label", "story", "tree", "trace", "arrow", "flow", "condition", "report")
    unknown = [*(f"{family}.zz" for family in families), "zz"]
    assert unused(unknown) == unknown


def test_every_key_that_is_used_exists():
    families = "|".join({key.partition(".")[0] for key in (*english.VIEWS, *english.LIVE, *english.GRADES)})
    asked = set(re.findall(rf'(?:say|variant|count)\([^()"]*"((?:{families})\.[a-z._]*[a-z])"', SOURCE))
    assert len(asked) > 20
    assert asked <= {*ENGLISH.phrases, *ENGLISH.counts}
    assert {f"look.{key}" for key in (*PURPOSES.values(), *(key for _, key in CHANNELS))} <= ENGLISH.phrases.keys()
    assert {f"look.state.{letter}" for letter in "RSDTtZXIP"} <= ENGLISH.phrases.keys()


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LC_ALL": "ru_RU.UTF-8", "LANG": "en_US.UTF-8"}, "ru"),
        ({"PROCLAB_LANG": "en", "LC_ALL": "ru_RU.UTF-8"}, "en"),
        ({"LC_ALL": "", "LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "xx"}, "en"),
        ({}, "en"),
    ],
)
def test_the_environment_chooses_the_language_as_the_scripts_do(environment, lang):
    assert default_language(environment) == lang
