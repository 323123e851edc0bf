"""Who handed in what, by Gradescope's submission_metadata.yml. Pure.

The file holds every result and comment as well: megabytes that a YAML reader takes minutes for. Of each submission only
the lines of `:submitters:` are taken, and those are few.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

TOP = re.compile(r"""["']?(submission_[0-9]+)["']?:\s*""")
SUBMITTERS = re.compile(r"(\s+):?submitters:\s*")
LINES = 200  # of the submitters of one submission
People = dict[str, tuple[str, tuple[str, ...]]]  # a folder → the name to be shown, and numbers and addresses


def people(text: str) -> People:
    """Of each submission who handed it in; nothing of one whose lines make no sense."""
    return {top: _read(lines) for top, lines in _blocks(text.splitlines())}


def _blocks(lines: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Each submission with the lines below `:submitters:`."""
    top, indent = "", ""
    block: list[str] | None = None
    for line in lines:
        if match := TOP.fullmatch(line):
            if top:
                yield top, block or []
            top, block, indent = match[1], None, ""
        elif block is None and (match := SUBMITTERS.fullmatch(line)):
            block, indent = [], match[1]
        elif block is not None and indent and len(block) < LINES and _below(line, indent):
            block.append(line)
        elif block is not None:
            indent = ""  # another key: the list is at its end
    if top:
        yield top, block or []


def _below(line: str, indent: str) -> bool:
    return line.startswith((indent + "- ", indent + " "))


def _read(lines: list[str]) -> tuple[str, tuple[str, ...]]:
    try:
        found = yaml.safe_load("\n".join(lines))
    except (yaml.YAMLError, ValueError, RecursionError):
        found = None
    submitters = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    shown = " & ".join(filter(None, (_value(each, "name") for each in submitters)))
    return shown, tuple(
        value for each in submitters for key in ("sid", "email", "student_id") if (value := _value(each, key))
    )


def _value(submitter: dict[Any, Any], key: str) -> str:
    value = submitter.get(f":{key}", submitter.get(key))
    return str(value)[:200] if isinstance(value, str | int) and not isinstance(value, bool) else ""
