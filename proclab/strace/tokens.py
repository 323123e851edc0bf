"""The smallest pieces of what strace writes: quoted strings, brackets, decorations of descriptors, commas.

Strings hold any bytes (`"a, ) = <"`), brackets nest, and -y puts a path behind a descriptor's number
(`3</tmp/odd, name) = 3 \\74x\\76>`): so a line is scanned, never split at a character. Nothing here raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from proclab.text import printable as visible

# Whatever has no end goes on to the end of the text: what is read once is not read again, so a line of any kind takes
# time in proportion to its length.
STRING = r'"(?:[^"\\]|\\.)*+(?:"(?:\.\.\.)?|\\?\Z)'
COMMENT = r"/\*.*?(?:\*/|\Z)"
# What -y, -yy and -Y put behind a number: a path, <char 1:3>, TCP:[a->b], a command. The name's own < and > are octal.
# A > behind a - ends it, unless an address follows. Each start has one way to go: none is tried twice.
_WITHIN = r'[^<>-]++|->(?=[\w\[@"/])|-'
DECORATION = rf"<(?!<)(?:{_WITHIN}|<(?:{_WITHIN})*+>)*+>(?:\(deleted\))?"
STRUCTURE = re.compile(rf"{STRING}|(?<=[\dD]){DECORATION}|{COMMENT}|[\[({{]|[\])}}]|,", re.DOTALL)
DECORATED = re.compile(rf"^(-?\d+|AT_FDCWD)({DECORATION})?", re.DOTALL)
NAMED = re.compile(r"^[a-z_][a-z_0-9]*=(?!=)")  # argument names: clone's own, and those of -N (strace 6.16)
TOKEN = re.compile(rf"{STRING}|(?<=[\dD]){DECORATION}|{COMMENT}|\w+|\s+|.", re.DOTALL)
NUMBER = re.compile(r"-?(?:0x[0-9a-f]{1,16}(?![0-9a-f])|[0-9]{1,20}(?![0-9]))")  # of 64 bits
OCTAL = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
PLAIN = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f", b"a": b"\a", b"b": b"\b", b"e": b"\x1b"}
SHOWN, PATH_SHOWN = 200, 4096 * 4  # characters that are shown of a text; of a path, octal where it must be
OPEN, CLOSE = "[({", "])}"


def tokens(text: str) -> Iterator[str]:
    """Strings, decorations, comments, words, spaces and single characters: joined they are the text again."""
    return (found[0] for found in TOKEN.finditer(text))


def split(text: str, start: int = 0) -> tuple[list[str], int]:
    """The arguments from `start` up to the bracket that closes them, and the place behind it (-1: there is none)."""
    args: list[str] = []
    depth, begin = 0, start
    for found in STRUCTURE.finditer(text, start):
        piece = found[0]
        if piece in OPEN:
            depth += 1
        elif piece in CLOSE:
            if depth == 0:
                _add(args, text[begin : found.start()])
                return args, found.end()
            depth -= 1
        elif piece == "," and depth == 0:
            _add(args, text[begin : found.start()])
            begin = found.end()
    _add(args, text[begin:])
    return args, -1


def _add(args: list[str], text: str) -> None:
    if text := text.strip():
        args.append(text)


def items(text: str) -> list[str]:
    """The members of `[a, b]` or `{a, b}`; of anything else none."""
    if text.startswith(("[", "{")):
        return split(text, 1)[0]
    return []


def fields(text: str) -> dict[str, str]:
    """`{a=1, b={…}}` as a dictionary; a member without a name is left out."""
    pairs = (item.partition("=") for item in items(text))
    return {name: value for name, equals, value in pairs if equals}


def is_string(text: str) -> bool:
    return text.startswith('"')


def unquote(text: str) -> bytes:
    """The bytes of a quoted string (or of the beginning that strace shows of it)."""
    end = text.rfind('"')
    body = text[1:end] if text.startswith('"') and end > 0 else text
    raw = body.encode("utf-8", "surrogateescape")
    return OCTAL.sub(_byte, raw) if b"\\" in raw else raw


def _byte(found: re.Match[bytes]) -> bytes:
    octal, hexadecimal, other = found.groups()
    if octal:
        return bytes([int(octal, 8) & 255])
    if hexadecimal:
        return bytes([int(hexadecimal, 16)])
    return PLAIN.get(other, other)


def printable(data: bytes) -> str:
    """Bytes as text that can't do anything to a terminal: see the laws in proclab/events."""
    return visible(data.decode("utf-8", "backslashreplace") if b"\\" not in data else _escaped(data))


def plain(text: str, limit: int = SHOWN) -> str:
    """Text as a log has it, made printable, as far as it is shown."""
    return printable(text[:limit].encode("utf-8", "surrogateescape"))[:limit]


def _escaped(data: bytes) -> str:
    return data.replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")


def string(text: str, limit: int | None = None) -> str:
    """A quoted string as printable text; anything else (NULL, an address) as ''."""
    if "\\" not in text and text.isprintable() and text.startswith('"') and text.endswith('"', 1):  # nine in ten
        return text[1:-1][:limit]
    return printable(unquote(text)[:limit]) if is_string(text) else ""


def number(text: str) -> int | None:
    """The number that an argument begins with, decorated or not."""
    if len(text) <= 20 and text.isdecimal() and text.isascii():
        return int(text)
    found = NUMBER.match(text)
    return int(found[0], 0 if "x" in found[0] else 10) if found else None


def decoration(text: str) -> str:
    """What -y said behind a descriptor's number, without the angle brackets; '' without -y."""
    found = DECORATED.match(text) if "<" in text else None
    return found[2] or "" if found else ""
