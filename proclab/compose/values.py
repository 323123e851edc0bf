"""The small values inside compose.yaml: variables, sizes, truth.

Pure. Each parser takes what YAML gave and raises ValueError with a sentence on anything else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.IGNORECASE)
_VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>[A-Za-z_]\w*)(?::-(?P<default>[^{}]*))?\}|)", re.ASCII)


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """Substitute ${VAR} and ${VAR:-default}, which an empty variable has too; $$ is $.

    >>> interpolate("${IMAGE:-proclab:dev}", {})
    'proclab:dev'
    """

    def value(match: re.Match[str]) -> str:
        if match["dollar"]:
            return "$"
        if match["name"] is None:
            raise ValueError(f"a $ in {text!r} starts neither ${{NAME}} nor ${{NAME:-default}} (write $$ for a dollar)")
        return variables.get(match["name"]) or match["default"] or ""

    return _VARIABLE.sub(value, text)


def environment_file(text: str) -> dict[str, str]:
    """The variables of a .env file: NAME=value lines; comments and blank lines are skipped, quotes removed.

    >>> environment_file("# mine\\nA=1\\nB='x y'\\n")
    {'A': '1', 'B': 'x y'}
    """
    out = {}
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise ValueError(f"{line!r} is not NAME=value")
        value = value.strip()
        quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "'\""
        out[name.strip()] = value[1:-1] if quoted else value
    return out


def size(value: object) -> int:
    """Bytes: a number, or a number with b, k, m or g.

    >>> size("256m")
    268435456
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match or match[2].lower() not in _UNITS:
        raise ValueError(f"{value!r} is not a size (such as 64m)")
    return int(float(match[1]) * _UNITS[match[2].lower()])


def boolean(value: object) -> bool:
    """True or false; strings come from interpolation."""
    known = {True: True, False: False, "true": True, "false": False, "yes": True, "no": False}
    key = value.lower() if isinstance(value, str) else value
    if not isinstance(key, bool | str) or key not in known:
        raise ValueError(f"{value!r} is neither true nor false")
    return known[key]


def integer(value: object) -> int:
    """A whole number, as a number or as a string."""
    if isinstance(value, bool) or not isinstance(value, int | str) or not re.fullmatch(r"-?\d+", str(value), re.ASCII):
        raise ValueError(f"{value!r} is not a whole number")
    return int(value)


def number(value: object) -> float:
    """A non-negative number, as a number or as a string."""
    if isinstance(value, bool) or not re.fullmatch(r"\d+(\.\d+)?", str(value), re.ASCII):
        raise ValueError(f"{value!r} is not a number")
    return float(str(value))


def text(value: object) -> str:
    """A string, or a scalar that YAML took for something else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{value!r} is not a string")
    return str(value)


def strings(value: object) -> tuple[str, ...]:
    """A list of strings; a single string is a list of one."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list")
    return tuple(text(item) for item in value)


def pairs(value: object) -> tuple[tuple[str, str], ...]:
    """NAME=value entries, from a mapping or from a list, sorted by name."""
    if isinstance(value, dict):
        if None in value.values():
            raise ValueError("a name without a value would be taken from the caller's environment; write it out")
        return tuple(sorted((str(k), _plain(v)) for k, v in value.items()))
    entries = [entry.partition("=") for entry in strings(value)]
    if not all(equals for _, equals, _ in entries):
        raise ValueError("an entry without '=' would be taken from the caller's environment; write it out")
    return tuple(sorted((name, word) for name, _, word in entries))


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else text(value)
