"""Nothing that a user reads has its words in the code: in a language of brackets, no letter stands outside of them."""

from __future__ import annotations

import json
import re
import signal
import xml.etree.ElementTree as tree
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest

from proclab.live.live import Live
from proclab.live.look import heading, picture
from proclab.live.phrases import PYTHONS
from proclab.live.screen import Watch
from proclab.procfs.sample import Descriptor, Inet, Sample, Unix
from proclab.procfs.waiting import CHANNELS, X86_64
from proclab.views import files
from proclab.views.page import FOLDER
from proclab.words import LANGS, catalogue
from tests.unit import readers
from tests.unit.found import FOUND
from tests.unit.lab_samples import READ, TTY, pipe, process, sample, thread
from tests.unit.pseudo import letters, spoken
from tests.unit.recordings import NAMES, events

RECORDED = [name for name in NAMES if "@" not in name]
# What is called so in every language: units, calls, errors.
FIELD = {
    "FIFO",
    "fd",
    "s",
    "ms",
    "EOF",
    "EINTR",
    "fork",
    "vfork",
    "exec",
    "exit",
    "dup",
    "signal",
    "sigwait",
    "mkfifo",
    "open",
}
FIELD |= {"join", "kill"}
SYNTAX = re.compile(
    r"^sequenceDiagram$|^ *(?:participant L\d+ as |Note over L\d+(?:,L\d+)?: |L\d+-+(?:>>?|\)|x)L\d+: )", re.M
)  # of Mermaid
STYLES = {"use strict", "dim small", "bad small", "box obj"}
CUT = re.compile(r"[^\W\d_]+(?=…|$)")


@pytest.fixture
def brackets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every language speaks in brackets."""
    for lang in LANGS:
        module = import_module(f"proclab.words.{lang}")
        monkeypatch.setattr(module, "CATALOGUE", spoken(module.CATALOGUE))
    catalogue.cache_clear()
    yield
    catalogue.cache_clear()


def words(value: Any) -> set[str]:
    """All words of a value's texts: what a program called, wrote and opened."""
    if isinstance(value, str):
        return set(re.findall(r"[^\W\d_]+", value))
    if isinstance(value, Mapping) or hasattr(value, "__dict__"):
        return words(list((value if isinstance(value, Mapping) else vars(value)).values()))
    return {word for each in value for word in words(each)} if isinstance(value, Collection) else set()


def unsaid(texts: Iterator[str], data: set[str]) -> set[str]:
    """The words that stand outside the brackets and are none of the data, nor what is left of one that was cut."""
    return {word for text in texts for word in letters(text) if not (word in data | FIELD or _cut(word, text, data))}


def _cut(word: str, text: str, data: set[str]) -> bool:
    return word in CUT.findall(text) and any(known.startswith(word) for known in data)


def read(written: dict[str, str]) -> Iterator[str]:
    """Everything in the outputs that a user reads."""
    for name, text in written.items():
        if name == "run.html":
            (data,) = readers.DATA.findall(text)
            yield from page(json.loads(data))
        elif name == "run.svg":
            yield from (
                each.text or "" for each in tree.fromstring(text).iter() if each.tag.endswith(("text", "title"))
            )
        elif name == "run.trace.json":
            yield from (record["name"] for record in json.loads(text)["traceEvents"] if record["ph"] != "M")
        elif name == "run.mmd":
            yield from re.sub(r"#(\d+);", lambda code: chr(int(code[1])), SYNTAX.sub("", text)).split("\n")
        elif name != "events.jsonl":
            yield from text.split("\n")


def page(data: dict[str, Any]) -> Iterator[str]:
    yield data["title"]
    for said in data["words"].values():
        yield from said.values()
    for lane in data["lanes"]:
        yield lane["name"]
    for each in (*data["steps"], *data["findings"]):
        label = each.get("label", [])
        yield from (*each["say"], *([label] if isinstance(label, str) else label))


@pytest.mark.parametrize("name", RECORDED)
@pytest.mark.usefixtures("brackets")
def test_no_picture_of_a_recording_has_a_word_of_its_own(name: str) -> None:
    log = events(name)
    assert unsaid(read(files(log, "en", "")), words(log)) == set()


def test_a_word_outside_the_brackets_is_seen() -> None:
    log = events("yy-fifo")
    said = unsaid(read(files(log, "en", "")), words(log))
    assert {"forks", "child", "thread"} <= said


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.usefixtures("brackets")
def test_no_finding_has_a_word_of_its_own(lang: str) -> None:
    for finding in FOUND.values():
        assert unsaid(iter([catalogue(lang).finding(finding)]), set()) == set()


def looked() -> list[Sample]:
    """Looks at threads in every call, wait channel and state, at all kinds of descriptors, and what changes then."""
    calls = [process(10 + number, 7, pipe(3, "read"), syscall=(number, 3)) for number in X86_64]
    states = [process(600 + number, 7, state=letter) for number, letter in enumerate("RSDTtXIP?")]
    channels = [
        replace(process(700 + number, 7), threads=(replace(thread(700 + number), wchan=name),))
        for number, (name, _) in enumerate((*CHANNELS, ("unknown", "")))
    ]
    ended = [
        replace(process(800 + number, 10, state="Z"), status=status) for number, status in enumerate((None, 9, 256))
    ]
    many = [process(810 + number, 11, state="Z") for number in range(6)]
    held = replace(
        process(900, 7),
        threads=(
            thread(900, pending=frozenset({10}), blocked=frozenset({10, 12})),
            thread(901, blocked=frozenset({10})),
        ),
    )
    stuck = process(910, 7, pipe(3, "read", 20), pipe(4, "write", 20), syscall=READ)
    ends = process(920, 7, *(Descriptor(fd, f"socket:[{fd}]", "both", f"socket:[{fd}]") for fd in range(5, 20)), TTY)
    inet = [Inet(fd, "tcp", fd - 4, "127.0.0.1:1", "127.0.0.1:2") for fd in range(5, 18)]
    unix = (Unix(18, "/work/s", 0, True), Unix(19, "", 18, False))
    every = (*calls, *states, *channels, *ended, *many, held, stuck, ends)
    now = replace(sample(*every, t=2), inet=(*inet, Inet(18, "udp", 7, "0.0.0.0:1", "0.0.0.0:0")), unix=unix)
    fewer = replace(now, t=3, processes=(*now.processes[:30], process(999, 1), replace(stuck, argv=("other",), ppid=1)))
    return [now, now, fewer]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.usefixtures("brackets")
def test_neither_look_nor_watch_has_a_word_of_its_own(lang: str) -> None:
    said: list[str] = []
    kinds: set[str] = set()
    watch = Watch([("lab-3", ""), ("lab-4", "")], lang)
    for look in looked():
        watch.take("lab-3", look)
        watch.take("lab-4", replace(look, box="lab-4"))
        screens = watch.lines("", 1 << 30), picture(watch.samples, watch.phrases, brief=True)
        said += ["\n".join(lines) for lines in screens]
        kinds |= {finding.kind for finding in watch.findings}
    assert kinds >= {"unreaped", "no_eof", "signal_held"}
    assert heading("", [], lang) in {"⟦: nothing runs⟧", "⟦: ничего не выполняется⟧"}
    data = words(looked()) | words([X86_64, PYTHONS]) | {"lab", "TCP", "UDP", "RTMIN"}
    data |= {part for name in signal.Signals.__members__ for part in words([name, name.removeprefix("SIG")])}
    assert unsaid(iter(said), data) == set()


@pytest.mark.usefixtures("brackets")
def test_the_live_page_has_no_word_of_its_own() -> None:
    live = Live("")
    for look in looked():
        live.take(look)
    assert unsaid(page(live.data()), words(looked()) | words([X86_64, PYTHONS])) == set()


def sentences(script: str) -> list[str]:
    """The texts of a script that have several words and are no names of styles."""
    plain = re.sub(r"^\s*//.*$|\s//\s.*$", "", script, flags=re.MULTILINE)
    texts = re.findall(r'"([^"\n]*)"', plain)
    return [text for text in texts if re.search(r"[A-Za-z]{2,} (?:[a-z]{2,} )*[a-z]{3,}$", text) and text not in STYLES]


def test_the_page_and_its_scripts_have_no_word_of_their_own() -> None:
    assert sentences("".join(path.read_text() for path in sorted(FOLDER.glob("*.js")))) == []
    frame = (FOLDER / "page.html").read_text()
    assert re.sub(r"<[^>]*>|@@\w+@@", "", frame).split() == []


def test_a_sentence_in_a_script_is_seen() -> None:
    assert sentences('make("p", {class: "dim small"}, "nothing runs");') == ["nothing runs"]
