"""What the guest programs say: each language has all of it, in files of its own, and a further one costs one file."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from proclab import ROOT
from tests.unit import pseudo
from tests.unit.guest import FOLDER, module

words, console, play, plan, script = (module(name) for name in ("words", "console", "play", "plan", "script"))
LANGS = sorted(path.stem.removeprefix("words_") for path in FOLDER.glob("words_??.py"))
BLANK = re.compile(r"\{(\w*)\}")


@pytest.fixture
def pseudo_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A language for which there is a file, and nothing else anywhere."""
    pseudo.words_file(tmp_path, module("words_en").PHRASES)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield pseudo.LANG
    sys.modules.pop(f"words_{pseudo.LANG}", None)


def test_every_language_has_the_same_keys_with_the_same_blanks() -> None:
    assert LANGS == ["en", "ru"]
    of = {lang: module(f"words_{lang}").PHRASES for lang in LANGS}
    blanks = {lang: {key: sorted(BLANK.findall(text)) for key, text in of[lang].items()} for lang in LANGS}
    for lang in LANGS:
        assert blanks[lang] == blanks["en"]


def test_no_key_stands_twice_in_a_language() -> None:
    for lang in LANGS:
        found = module(f"words_{lang}")
        assert len(found.PHRASES) == len(found.CONSOLE) + len(found.LAUNCH) + len(found.RECORD)


def test_russian_stands_in_its_own_file_only() -> None:
    """The guest's programs hold no sentence of another language than English, which the next test is about."""
    cyrillic = re.compile("[А-Яа-яЁё]")
    assert [path.name for path in FOLDER.rglob("*.py") if cyrillic.search(path.read_text())] == ["words_ru.py"]


def keys_used(source: str) -> Iterator[str]:
    """The keys that a program asks for by name: say("key"), phrase("key"), _step("key", …)."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Attribute | ast.Name):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            if name in ("say", "phrase", "_step"):
                yield from _strings(node.args[0])


def _strings(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return [*_strings(node.body), *_strings(node.orelse)]
    return [str(node.value)] if isinstance(node, ast.Constant) else []


def printed(source: str) -> set[str]:
    """The words that a program prints without asking for them by a key."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and node.args]
    prints = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]
    texts = {part.value for text in prints for part in ast.walk(text) if isinstance(part, ast.Constant)}
    return {text for text in map(str, texts) if re.search("[a-z]{2}", text) and not text.startswith("usage: ")}


def test_nothing_is_printed_but_what_a_language_has() -> None:
    found = {path.name: said for path in FOLDER.glob("*.py") if (said := printed(path.read_text()) - {"proclab: "})}
    assert found == {"archive.py": {"proclab: still running: "}}  # which scripts/trace doesn't show


def test_a_sentence_that_is_printed_would_be_seen() -> None:
    assert printed('print(f"late: {x}", file=f); print("usage: x"); print(x)') == {"late: "}


def test_every_key_is_used_and_every_key_used_is_there() -> None:
    used = {key for path in FOLDER.glob("*.py") for key in keys_used(path.read_text())}
    worked_out = {key for key in words.Words("en").phrases if re.match("limit_|overdue_|plan_", key)} | {
        "large",
        "outside",
    }
    assert used | worked_out == set(words.Words("en").phrases)


@pytest.mark.parametrize(
    ("wanted", "lang"),
    [("ru", "ru"), ("ru_RU.UTF-8", "ru"), ("en", "en"), *((none, "en") for none in ("zz", "", "C.UTF-8", "..", "/x"))],
)
def test_a_language_without_words_is_english(wanted: str, lang: str) -> None:
    assert words.Words(wanted).lang == lang
    assert words.Words(wanted).phrases is module(f"words_{lang}").PHRASES


def test_a_labs_text_is_in_the_language_of_the_run_else_in_english() -> None:
    texts = {"en": "one", "ru": "один"}
    assert words.Words("ru").text(texts) == "один"
    assert words.Words("ru").text({"en": "one"}) == "one"
    assert words.Words("ru").text({}) == ""


def test_a_sentence_is_in_the_language_of_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for lang in ("ru", "en"):
        monkeypatch.setenv("PROCLAB_LANG", lang)
        words.say("exit_code", n=3)
    assert capsys.readouterr().err == "proclab: код завершения 3\nproclab: exit code 3\n"


# ---------------------------------------------------------------- a third language: the guided runs of all labs

DATA = "‹7›"  # what a program printed, or is called: without a letter, so that every letter is ours


class Stage:
    """Plays nothing: gives the facts that each step would give, with data without letters."""

    def __init__(self, emit: Any, demos: str = "") -> None:
        self.emit = emit

    def play(self, step: dict[str, Any], names: dict[str, str]) -> dict[str, str]:
        """The facts of every outcome that a step of this kind may have."""
        for fact in OUTCOMES[step["do"]]:
            self.emit(fact)
        return dict.fromkeys(re.compile(step["line"]).groupindex, "7") if step["do"] == "wait" else {"demo": "7"}

    def clear(self) -> None:
        """As if a program had run on."""
        self.emit({"fact": "killed", "of": DATA, "pid": 7})

    def close(self) -> None:
        """Nothing is open."""


def overdue(lack: str, **more: list[str]) -> dict[str, Any]:
    return {"fact": "overdue", "do": "x", "of": None, "lack": lack, "wanted": [DATA, DATA], **more}


START = {"fact": "start", "as": DATA, "pid": 7, "argv": [DATA, DATA]}
OUTCOMES: dict[str, list[dict[str, Any]]] = {
    "start": [START, START | {"at": DATA}],
    "wait": [{"fact": "line", "of": DATA, "text": DATA}, {"fact": "cut", "of": DATA, "lines": 7}, overdue("line")],
    "send": [{"fact": "sent", "of": DATA, "line": line} for line in (DATA, "", "\x03")],
    "end": [{"fact": "end", "of": DATA}, *map(overdue, ("end", "join", "answer", "program", "name"))],
    "signal": [{"fact": "signal", "signal": "7", "pid": 7}, {"fact": "signal", "signal": "7", "pid": 7, "error": DATA}],
    "panel": [{"fact": "panel", "run": DATA, "code": 0, "text": DATA}, overdue("panel", never=[DATA, DATA])],
    "expect": [{"fact": "exit", "of": DATA, "exit": 7}, {"fact": "exit", "of": DATA, "signal": "7"}],
    "show": [{"fact": "count", "of": DATA, "line": DATA, "count": n, "first": DATA if n else None} for n in (0, 7)],
}


def guided_run(folder: Path, lang: str, translated: bool = True) -> list[str]:
    """Every line of a lab's guided run, with scenes that are broken, as console.py writes it."""
    table = tomllib.loads((folder / "lab.toml").read_text())
    lab = script.parse(pseudo.lab_texts(table) if translated else table)
    lines: list[str] = []
    guide = console.Console(lang, colour=False)

    def emit(fact: dict[str, Any]) -> None:
        lines.extend(guide.lines(fact))

    for service in lab.services:
        conductor = play.Conductor(emit, guide.words.text, service)
        conductor.stages = {name: Stage(emit) for name in lab.services}
        play.play(lab, play.choose(lab, [], service, None), conductor, emit, service == lab.services[0])
    emit({"fact": "done", "bad": 7, "n": 7, "demo": DATA})
    return lines


LABS = sorted(path.parent for path in ROOT.glob("labs/*/lab.toml"))


@pytest.mark.parametrize("folder", LABS, ids=lambda folder: folder.name)
def test_in_a_language_of_one_file_a_guided_run_has_no_letter_of_another(
    monkeypatch: pytest.MonkeyPatch, pseudo_language: str, folder: Path
) -> None:
    monkeypatch.setenv("PROCLAB_LAB", "7")
    names = tuple(demo["name"] for demo in tomllib.loads((folder / "lab.toml").read_text())["demo"])
    lines = guided_run(folder, pseudo_language)
    assert len(lines) > 100
    assert {line: found for line in lines if (found := pseudo.letters(line, names))} == {}


def test_a_text_that_is_not_of_the_catalogue_would_be_seen(
    monkeypatch: pytest.MonkeyPatch, pseudo_language: str
) -> None:
    """The negative twins: a sentence in the code, and a lab without texts of that language, which has English ones."""
    monkeypatch.setitem(OUTCOMES, "end", [{"fact": "panel", "run": DATA, "code": 0, "text": "its end"}])
    assert any(pseudo.letters(line) == ["its", "end"] for line in guided_run(LABS[0], pseudo_language))
    assert any("fork" in pseudo.letters(line) for line in guided_run(LABS[0], pseudo_language, translated=False))


def test_lang_takes_a_language_for_which_there_is_only_a_file(
    pseudo_language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lab.toml").write_text(
        'title = { en = "A lab" }\nservices = ["lab-1"]\n[[demo]]\nname = "one"\ntitle = { en = "A demo" }\n'
        '[[demo.scene]]\n[[demo.scene.step]]\ndo = "end"\n'
    )
    assert play.main(["--lab", str(tmp_path / "lab.toml"), "--lang", pseudo_language]) == 1
    out = capsys.readouterr().out
    assert out.startswith("⟦Lab N: A lab⟧\n")
    assert "⟦NOT SEEN in time: ⟦a program named 'demo'⟧⟧" in out
