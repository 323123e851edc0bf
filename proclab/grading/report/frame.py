"""What all pages have in common: templates that escape, one style and one script, and a policy that admits no other.

What a program or a student chose is text in the templates, never markup. Should a place ever be forgotten, nothing
would run or load all the same: the policy names the one script and the one style by their hashes, and no address.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from proclab.grading.exports.told import Telling
from proclab.views import DEFS, RULES

FOLDER = Path(__file__).parent


def framed(template: str, script: str, telling: Telling, **values: object) -> Iterator[str]:
    """A page, piece by piece."""
    style, scripts = _style(), _read("theme.js") + (_read(script) if script else "")
    stream = (
        _environment()
        .get_template(template)
        .stream(
            lang=telling.lang,
            say=telling.words.say,
            style=Markup(style),
            script=Markup(scripts),
            policy=_policy(style, scripts),
            defs=Markup(DEFS),
            **values,
        )
    )
    stream.enable_buffering(64)
    return iter(stream)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _read(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


@cache
def _style() -> str:
    """Of the pages, and that of the pictures, which holds within these only."""
    return f"{_read('report.css')}.lanes{{{RULES}}}\n"


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
