"""A language: its phrases and sentences under keys that every language has. Pure.

A *phrase* is a text with {arguments}. A *sentence* is a small function, one for each kind of record whose sentence
branches (a finding, the doubt about a recording): it takes the record and the names of what it speaks of.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from proclab.findings import Finding
    from proclab.state.records import Object

Lang = str  # the name of a module beside this one: en, ru
LANGS: tuple[Lang, ...] = ("en", "ru")  # a further language is one file and one word here (docs/translating.md)

Names = Mapping[str, str]  # what the user sees an object called → by the name that it has in a record
Sentence = Callable[[Any, Names], str]
Count = Callable[[int], str]  # a number with its noun, in the form that goes with the number


@dataclass(frozen=True)
class Catalogue:
    """What one language says under which key."""

    lang: Lang
    phrases: Mapping[str, str]
    sentences: Mapping[str, Sentence] = field(default_factory=dict)
    counts: Mapping[str, Count] = field(default_factory=dict)

    def say(self, key: str, /, **args: object) -> str:
        """The phrase of this key, filled in; a KeyError where there is none or an argument lacks."""
        return self.phrases[key].format_map(args)

    def sentence(self, kind: str, record: object, names: Names | None = None) -> str:
        """The sentence of this kind of record; `names` renames objects (a pipe as a picture calls it)."""
        return self.sentences[kind](record, names or {})

    def finding(self, finding: Finding, names: Names | None = None) -> str:
        """The sentence of a finding."""
        return self.sentence(finding.kind, finding, names)

    def variant(self, key: str, what: object, /, **args: object) -> str:
        """The phrase for this sort of thing, where it has its own; else the one for all sorts."""
        own = f"{key}.{what}"
        return self.say(own if self.has(own) else key, **args)

    def count(self, number: int, what: str) -> str:
        """`1 process`, `3 processes`."""
        return self.counts[what](number)

    def has(self, key: str) -> bool:
        """Whether there is a phrase of this key: a rare kind of a thing may have none of its own."""
        return key in self.phrases


@cache
def catalogue(lang: Lang) -> Catalogue:
    """The catalogue of a language, read when it is first asked for."""
    found: Catalogue = import_module(f"proclab.words.{lang}").CATALOGUE
    return found


def default_language(environment: Mapping[str, str] = os.environ) -> Lang:
    """The language that PROCLAB_LANG, LC_ALL or LANG names, the first that is there; English where none is known."""
    wanted = next(filter(None, map(environment.get, ("PROCLAB_LANG", "LC_ALL", "LANG"))), "")
    return next((lang for lang in LANGS if wanted.startswith(lang)), "en")


# --- what sentences of every language need ---

NAMED = 5  # threads, holders, links, logs of a sentence
LOCKS = ("lock", "rlock", "flock")  # of what a thread waits at: that which one thread has and the other lacks


def few(words: Iterable[str], more: str) -> list[str]:
    """As many of the words as a sentence bears, then `{count} more`, in the language's order."""
    known = list(words)
    return known if len(known) <= NAMED else [*known[: NAMED - 1], more.format(count=len(known) - NAMED + 1)]


def which(what: Sequence[str]) -> str:
    """The logs or processes of a doubt, in brackets behind it."""
    names = ", ".join(what[:NAMED]) + (", …" if len(what) > NAMED else "")
    return f" ({names})" if names else ""


def called(thing: Object, names: Names) -> str:
    """The name of an object: its path, or the name that the user knows it by, with a socket's address."""
    if thing.what in ("fifo", "file", "dir", "tty", "device") and thing.path:
        return f"FIFO {thing.path}" if thing.what == "fifo" else thing.path
    name, address = names.get(thing.id, thing.id), thing.addr or thing.local
    return f"{name} ({address})" if thing.what == "socket" and address else name


def measured(ns: int) -> tuple[str, str]:
    """A length of time as a number of three digits and its unit: s, ms or µs."""
    ns = max(0, ns)
    if ns >= 100_000_000:
        return f"{ns / 1e9:.3g}" if ns < 1_000_000_000_000 else f"{ns // 1_000_000_000}", "s"
    return (f"{ns / 1e6:.3g}", "ms") if ns >= 1_000_000 else (f"{ns / 1e3:.3g}", "µs")
