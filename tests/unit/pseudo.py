"""A language that nobody speaks: every text of English in ⟦brackets⟧, of the host, the guest, and a lab's as well."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from proclab.words import Catalogue

LANG = "xx"
BRACKETS = re.compile(r"⟦[^⟦⟧]*⟧")
CUT = re.compile(r"⟦[^⟦⟧]*…")  # where there was no room for the rest


def bracketed(text: str) -> str:
    return f"⟦{text}⟧"


def words_file(folder: Path, phrases: Mapping[str, str]) -> None:
    """The one file that a further language costs in the guest."""
    (folder / f"words_{LANG}.py").write_text(
        f"PHRASES = { ({key: bracketed(text) for key, text in phrases.items()})!r}\n"
    )


def lab_texts(table: Any) -> Any:
    """A lab.toml's tables with each text that has an English one in the pseudo-language, too."""
    if isinstance(table, dict):
        more = {LANG: bracketed(table["en"])} if "en" in table else {}
        return {key: lab_texts(value) for key, value in table.items()} | more
    return [lab_texts(entry) for entry in table] if isinstance(table, list) else table


def outside(text: str) -> str:
    """What stands outside all brackets, also where phrases stand within phrases."""
    while text != (text := BRACKETS.sub("", text)):
        pass
    return CUT.sub("", text)


def letters(text: str, data: tuple[str, ...] = ()) -> list[str]:
    """The words outside brackets that are none of the data."""
    for known in sorted(data, key=len, reverse=True):
        text = text.replace(known, "")
    return re.findall(r"[^\W\d_]+", outside(text))


def spoken(words: Catalogue) -> Catalogue:
    """A language of the host with everything that it says in brackets."""
    return replace(
        words,
        phrases={key: bracketed(text) for key, text in words.phrases.items()},
        sentences={kind: _within(say) for kind, say in words.sentences.items()},
        counts={noun: _within(say) for noun, say in words.counts.items()},
    )


def _within(say: Callable[..., str]) -> Callable[..., str]:
    return lambda *args: bracketed(say(*args))
