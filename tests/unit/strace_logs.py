"""Small logs of strace, written for one fact each, and their events."""

from __future__ import annotations

import re

from proclab.events import (
    Event,
)
from proclab.strace import Program, read

STAMP = 1795432941


def log(text: str) -> str:
    """Lines `MILLISECONDS rest`, as strace stamps them."""
    return re.sub(r"(?m)^[ \t]*(\d+)", lambda found: f"{STAMP}.{int(found[1]):03d}000000", text)


def events(**logs: str) -> list[Event]:
    """Events of `strace -ff` logs: t8="…", t9="…"."""
    return read([Program({int(name[1:]): log(text.strip("\n")) for name, text in logs.items()})])


def of(cls, found):
    return [event for event in found if isinstance(event, cls)]


PARENT = """
    1 execve("/bin/x", ["x"], 0x1 /* 1 var */) = 0 <0.0001>
    2 pipe2([3, 4], 0) = 0 <0.0001>"""
