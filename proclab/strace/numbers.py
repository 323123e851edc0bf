"""The numbers in the names of sockets: those of the program's own count first.

The C library makes sockets in passing, two or more for every name that it looks up. With numbers of their own between
the program's, a client's only connection would be called sock39.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from proclab.strace.world import Draft

NUMBERED = re.compile(r"sock\d+")
FIELDS = ("obj", "obj_a", "obj_b", "listener", "peer")  # where an event names an object

Key = tuple[str, str]  # box, name


def renumber(drafts: Sequence[Draft]) -> None:
    """Rename the sockets of each box, in the order in which the drafts name them."""
    named = [(draft, field, key) for draft in drafts for field, key in _named(draft)]
    own: dict[Key, bool] = {}
    for draft, _, key in named:
        own[key] = own.get(key, False) or draft.values.get("own", True)
    counts: Counter[str] = Counter()
    new: dict[Key, str] = {}
    for key in sorted(own, key=lambda one: not own[one]):  # stable
        counts[key[0]] += 1
        new[key] = f"sock{counts[key[0]]}"
    for draft, field, key in named:
        draft.values[field] = new[key]


def _named(draft: Draft) -> Iterator[tuple[str, Key]]:
    values = draft.values
    for field in FIELDS:
        name = values.get(field, "")
        if name.startswith("sock") and NUMBERED.fullmatch(name):
            yield field, ((field == "peer" and values.get("peer_box")) or values["box"], name)
