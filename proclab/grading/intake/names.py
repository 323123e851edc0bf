"""A path of somebody's archive or folder: bytes that are compared and shown, and never lead anywhere. Pure."""

from __future__ import annotations

import re

from proclab.grading.intake.bounds import Bounds
from proclab.grading.record import Refusal
from proclab.text import printable

SHOWN = 120
# What operating systems, editors and tools leave beside one's work; whatever begins with a dot is of that kind, too.
LITTER = frozenset({"__MACOSX", "__pycache__", "node_modules", "venv", "Thumbs.db", "desktop.ini", "Icon\r"})
DRIVE = re.compile(rb"[A-Za-z]:")
PACKED = re.compile(r".+\.(zip|tar|tgz|tbz2?|txz|gz|bz2|xz|zst|7z|rar)", re.IGNORECASE)

Path = tuple[str, ...]  # folders, then the name


def parts(raw: bytes, bounds: Bounds) -> Path | Refusal | None:
    """A path's folders and its name; why it isn't taken; or None: nobody misses it.

    >>> parts(b"./lab1/spawn.py", Bounds()), parts(b"__MACOSX/._spawn.py", Bounds())
    (('lab1', 'spawn.py'), None)
    """
    if code := _wrong(raw, bounds):
        return Refusal(code, shown(raw))
    found = tuple(text(part) for part in raw.split(b"/") if part not in (b"", b"."))
    if len(found) > bounds.depth:
        return Refusal("deep", shown(raw), str(bounds.depth))
    return None if not found or any(is_litter(part) for part in found) else found


def _wrong(raw: bytes, bounds: Bounds) -> str:
    if len(raw) > bounds.name:
        return "long"
    if b"\0" in raw:
        return "nul"
    if b"\\" in raw:
        return "backslash"
    if raw.startswith(b"/") or DRIVE.match(raw):
        return "absolute"
    return "escape" if b".." in raw.split(b"/") else ""


def is_litter(name: str) -> bool:
    """Whether a name is of something that nobody has handed in on purpose."""
    return name.startswith(".") or name in LITTER or name.endswith((".pyc", "~"))


def is_packed(name: str) -> bool:
    """Whether a name is that of an archive."""
    return bool(PACKED.fullmatch(name))


def text(raw: bytes) -> str:
    """UTF-8; a byte that is none becomes a lone surrogate, so that two names stay two."""
    return raw.decode("utf-8", "surrogateescape")


def shown(path: bytes | str | Path) -> str:
    """A path as a record and a terminal may have it, in a bounded length; its end says most."""
    whole = text(path) if isinstance(path, bytes) else path if isinstance(path, str) else "/".join(path)
    clean = printable(whole[-SHOWN - 1 :])
    return clean if len(clean) <= SHOWN else "…" + clean[1 - SHOWN :]
