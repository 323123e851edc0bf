"""Making XML from data that nobody trusts: a document is a tree of tuples, and text is only ever text."""

from __future__ import annotations

import re
from collections.abc import Iterable

ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 can't hold
ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})


def text(value: object) -> str:
    """Character data or the value of an attribute, whatever the program made of it.

    >>> text('</text><script>"')
    '&lt;/text&gt;&lt;script&gt;&quot;'
    """
    return ILLEGAL.sub("\ufffd", str(value)).translate(ESCAPES)


def tag(name: str, /, *content: str, **attributes: object) -> str:
    """One element; `content` is XML already. `class_` is class, `a_b` is a-b; what is None is left out."""
    pairs = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(_short(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(content)
    return f"<{name}{pairs}>{inner}</{name}>" if inner else f"<{name}{pairs}/>"


def path(points: Iterable[tuple[float, float]]) -> str:
    """A polygon's points."""
    return " ".join(f"{_short(x)},{_short(y)}" for x, y in points)


def _short(value: object) -> object:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value
