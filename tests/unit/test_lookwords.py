"""The words of the live view: both languages say the same with the same arguments, and every key is used."""

import re
import string
from pathlib import Path

import pytest

from proclab.live.look import heading, picture
from proclab.live.lookwords import NUMBERS, WORDS, number, variant, word
from proclab.live.noticing import Noticing
from proclab.live.procfs import Sample
from proclab.live.standing import CHANNELS, PHRASES
from tests.unit.test_noticing import READ, WAIT4, pipe, process, sample

PACKAGE = Path(__file__).parents[2] / "proclab" / "live"
USERS = ("look", "looking", "changed", "screen", "wiring", "standing", "noticing")


def arguments(text):
    return sorted(field for _, field, _, _ in string.Formatter().parse(text) if field)


@pytest.mark.parametrize("key", WORDS)
def test_both_languages_take_the_same_arguments(key):
    english, russian = WORDS[key]
    assert arguments(english) == arguments(russian)


def test_a_lost_argument_is_seen():
    assert arguments("waits for {child}") != arguments("ждёт потомка")


@pytest.mark.parametrize("key", WORDS)
def test_the_russian_words_are_russian(key):
    english, russian = WORDS[key]
    bare = re.sub(r"\{\w+\}", "", english)
    assert not re.search("[a-z]{3}", bare) or re.search("[а-яё]", russian)
    assert not re.search("[а-яё]", english)


def test_every_key_is_used_and_every_key_that_is_used_exists():
    source = "".join((PACKAGE / f"{name}.py").read_text() for name in USERS)
    named = set(re.findall(r"""["']([a-z.]+)["']""", source))
    stems = ("state", "tcp")  # their variants have a letter or a number that comes from the kernel
    assert {key for key in WORDS if key not in named and not key.startswith(tuple(f"{s}." for s in stems))} == set()
    told = re.findall(r'\bword\("([a-z.]+)"', source)
    assert set(told) <= WORDS.keys()
    assert {*PHRASES.values(), *(key for _, key in CHANNELS)} <= WORDS.keys()


def test_numbers_and_variants():
    assert [number(n, "process", "ru") for n in (1, 2, 5, 11, 21)] == [
        "1 процесс", "2 процесса", "5 процессов", "11 процессов", "21 процесс",
    ]  # fmt: skip
    assert [number(n, "process", "en") for n in (0, 1, 2)] == ["0 processes", "1 process", "2 processes"]
    assert {len(words) for pair in NUMBERS.values() for words in pair} == {2, 3}
    assert variant("state", "R", "ru", letter="R") == "выполняется"
    assert variant("state", "?", "ru", letter="?") == "состояние ?"
    assert {f"state.{letter}" for letter in "RSDTtZXIP"} <= WORDS.keys()
    assert word("child", "ru", child=9) == "ждёт потомка 9"


def test_the_same_look_in_russian():
    family = sample(
        process(8, 7, pipe(3, "read"), syscall=READ), process(9, 8, pipe(4, "write"), syscall=WAIT4),
        process(10, 9, state="Z"),
    )  # fmt: skip
    assert heading("lab 3", [family], "ru").endswith(": 3 процесса, 1 зомби")
    assert picture([family], "ru") == [
        "1 docker-init: init контейнера",
        "└─7 run.py: служебный процесс proclab",
        "  └─8 python /lab/a.py: ждёт в read, fd 3 (pipe1)",
        "    │   fd 3 ← pipe1: конец для записи: 9 a fd 4",
        "    └─9 python /lab/a.py: ждёт любого потомка",
        "      │   fd 4 → pipe1: конец для чтения: 8 a fd 3",
        "      └─10 python: ЗОМБИ (код завершения 0; родитель 9 не вызвал для него wait)",
    ]


def test_no_english_is_left_in_a_russian_fact():
    noticing = Noticing()
    for _ in range(2):
        noticing.take(sample(process(8, 7, pipe(3, "read"), pipe(4, "write"), syscall=READ), process(9, 8, state="Z")))
    assert len(noticing.facts) == 2
    for fact in noticing.facts:
        assert not re.search(r"\b(process|reads?|end|zombie|holds?)\b", fact.say("ru"))


def test_nothing_runs():
    assert heading("lab 3", [], "ru") == "lab 3: ничего не выполняется"
    assert picture([Sample("b", 1, "x86_64", ())], "ru") == []
