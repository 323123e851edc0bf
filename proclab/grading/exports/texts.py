"""What is said of each check, by its id: title, why it matters, hint, and the words of what its lab's checks saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from proclab.grading.course import WORDS, Words, words

Text = Mapping[str, str]  # by language


@dataclass(frozen=True)
class CheckTexts:
    """What is said of one check. A check that nobody wrote of is called by its id."""

    title: Text = field(default_factory=dict)
    why: Text = field(default_factory=dict)
    hint: Text = field(default_factory=dict)
    seen: Mapping[str, Text] = field(default_factory=dict)  # the lab's own, by code


def texts(root: Path) -> dict[str, CheckTexts]:
    """By check, of all labs of a checkout."""
    found: dict[str, CheckTexts] = {}
    for path in sorted(root.glob(f"labs/*/{WORDS}")):
        found |= of_lab(words(path))
    return found


def of_lab(lab: Words) -> dict[str, CheckTexts]:
    """By check, of one lab.

    >>> of_lab(Words({"spawn.reaps": {"title": {"en": "Reaps"}}}))["spawn.reaps"].title
    {'en': 'Reaps'}
    """
    return {check: CheckTexts(**said, seen=lab.seen) for check, said in lab.checks.items()}
