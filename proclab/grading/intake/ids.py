"""What a submission's files are called: readable, a file's name on every system, of nobody else. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

LONGEST = 48
LETTERS = dict(zip("абвгдеёзийклмнопрстуфыэіґў", "abvgdeeziyklmnoprstufyeigu", strict=True))
CYRILLIC = LETTERS | {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "yu"}
CYRILLIC |= {"я": "ya", "ї": "yi", "є": "ye"}
RESERVED = frozenset({"con", "prn", "aux", "nul"}) | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}


def slug(text: str) -> str:
    """Letters without accents, digits and hyphens; empty where a name has none of those.

    >>> slug("Žofie O'Neil (2)"), slug("Щукин_Пётр")
    ('zofie-o-neil-2', 'shchukin-petr')
    """
    latin = "".join(CYRILLIC.get(letter, letter) for letter in text.lower())
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", latin) if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "-", bare)[:LONGEST].strip("-")


def ids(names: Sequence[tuple[str, str]]) -> list[str]:
    """An id for each (shown name, what tells it from all others), in their order; no two are the same.

    Whoever's name would give another's id, too, gets a part of a sum behind it, and so does the other.
    """
    plain = [slug(name) for name, _ in names]
    often = Counter(plain)
    taken: set[str] = {name for name in plain if often[name] == 1 and _fit(name)}
    found = []
    for name, (_, unique) in zip(plain, names, strict=True):
        if name in taken and often[name] == 1:
            found.append(name)
            continue
        found.append(_unlike(f"{name or 'submission'}-{_sum(unique)}", taken))
        taken.add(found[-1])
    return found


def _fit(name: str) -> bool:
    return bool(name) and name not in RESERVED


def _sum(unique: str) -> str:
    return sha256(unique.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _unlike(name: str, taken: set[str]) -> str:
    """The name, or with a number behind it the first that nobody has."""
    number, own = 1, name
    while own in taken:
        number += 1
        own = f"{name}-{number}"
    return own
