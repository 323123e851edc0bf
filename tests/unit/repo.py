"""Checks of the checkout itself: pure functions from texts to complaints, so that each can be tried on a bad sample."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from statistics import median, quantiles

# ---------------------------------------------------------------- make, the command, the labs

_TARGET = re.compile(r"^([a-zA-Z][\w%-]*)\s*:(?!=)([^#\n]*)(##.*)?$", re.MULTILINE)


def targets(makefile: str) -> dict[str, str]:
    """`name: prerequisites ## help` → {name: help}; help is "" where there is none."""
    return {m[1]: (m[3] or "").removeprefix("##").strip() for m in _TARGET.finditer(makefile)}


def targets_without_help(makefile: str, exempt: Iterable[str] = ("help",)) -> list[str]:
    return [name for name, text in targets(makefile).items() if not text and name not in exempt]


def unmentioned(names: Iterable[str], text: str) -> list[str]:
    """Those names that no text mentions as a word of their own."""
    return [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)]


def lab_complaints(folder: str, files: Iterable[str], readme: str, compose: str) -> list[str]:
    """What a lab's folder, the README and compose.yaml still owe each other."""
    there = set(files)
    missing = [
        f"{folder} has no {name}" for name in ("README.md", "README.ru.md", "lab.toml") if name not in there
    ]
    if f"labs/{folder}" not in readme:
        missing.append(f"README.md does not link labs/{folder}")
    if f"./labs/{folder}/demos:/lab/demos:ro" not in compose:
        missing.append(f"compose.yaml mounts {folder}/demos nowhere")
    return missing


# ---------------------------------------------------------------- documents

_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_PATH = re.compile(r"^\.?[\w-]+(?:/[\w.-]+)*/?$")


def named_paths(markdown: str) -> list[str]:
    """Paths that a document names, as link targets or in backticks. Placeholders (N, …, *) are not paths."""
    prose = _CODE.sub("", markdown)
    links = re.findall(r"\]\(([^)#\s]+)", prose)
    quoted = [text for text in re.findall(r"`([^`\s]+)`", prose) if "/" in text.strip("/")]
    found = [text.removeprefix("./") for text in (*links, *quoted)]
    return [text for text in found if _PATH.match(text) and not re.search(r"\bN\b", text)]


def structure(markdown: str) -> list[str]:
    """Headings by depth and code blocks, in order: what a translation has to keep. `["#", "##", "```", "##"]`"""
    marks: list[str] = []
    inside = False
    for line in markdown.splitlines():
        if line.startswith("```"):
            inside = not inside
            marks += ["```"] if inside else []
        elif not inside and (heading := re.match(r"#{1,6}(?= )", line)):
            marks.append(heading.group())
    return marks


def changelog_version(changelog: str) -> str:
    """The newest version that the changelog tells of."""
    found = re.search(r"^## (\S+)", changelog, re.MULTILINE)
    return found.group(1) if found else ""


# ---------------------------------------------------------------- what must not be in a file

# Spelt so that this file does not contain what it looks for.
_HOSTS = r"""
    (?:\w[\w-]*\.)+(?:debian|ubuntu)\.(?:org|com)/(?:debian|ubuntu|pub)   # a mirror
  | \b(?:deb|ftp|snapshot|archive|security|ports)[\w.]*\.(?:debian|ubuntu)\.(?:org|com)
  | \b(?:files\.)?(?:test\.)?pypi\.org | pythonhosted\.org
  | \b(?:registry|registry-1|index|hub|auth|mirror)\.docker\.(?:io|com)
  | \b(?:ghcr|quay|gcr|docker\.pkg)\.(?:io|dev) | mcr\.microsoft\.com | public\.ecr\.aws
"""
_PLACES = r"(?<![\w.])(?:/work/(?:main|shared|\.library)\b|/roo[t]/|/opt/whe[e]ls|/tmp/p[l]/|/home/(?!student\b)\w+/)"
FORBIDDEN = {
    "is still to be filled in": re.compile(r"\b(?:TO[D]O|FIXM[E]|TB[D]|FACTS-[A-Z]+)\b"),
    "names a registry or mirror": re.compile(_HOSTS, re.VERBOSE),
    "names a place on somebody's machine": re.compile(_PLACES),
}


def forbidden_words(text: str) -> list[str]:
    """`line: why: what` for every registry, mirror or machine path in a text."""
    return [
        f"{number}: {why}: {found.group()}"
        for number, line in enumerate(text.splitlines(), 1)
        for why, pattern in FORBIDDEN.items()
        for found in pattern.finditer(line)
    ]


def sleeps(text: str, python: bool = True) -> list[int]:
    """The lines that sleep: `time.sleep(…)`, `sleep(…)`; in a shell script `sleep 1`."""
    if not python:
        return [
            n for n, line in enumerate(text.splitlines(), 1) if re.search(r"(?<![\w#-])sleep\s+[\d$.]", line)
        ]
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return sorted(call.lineno for call in calls if _called(call) == "sleep")


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def sleep_complaints(found: Mapping[str, list[int]], allowed: Mapping[str, str]) -> list[str]:
    """Sleeps without a reason in the list, and reasons without a sleep."""
    without = [f"{path}:{lines[0]} sleeps" for path, lines in found.items() if lines and path not in allowed]
    stale = [f"{path} is on the list and does not sleep" for path in allowed if not found.get(path)]
    return without + stale


# ---------------------------------------------------------------- sizes


def function_lengths(text: str) -> Iterator[tuple[str, int]]:
    """(name, lines from def to the last one) of every function in a module."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def size_complaints(modules: Mapping[str, str], longest: int = 400) -> list[str]:
    """Modules over `longest` lines; functions with a median over 10 or a 90th percentile over 30 lines."""
    complaints = [
        f"{path} has {count} lines" for path, text in modules.items() if (count := text.count("\n")) > longest
    ]
    lengths = [n for text in modules.values() for _, n in function_lengths(text)]
    if len(lengths) < 2:
        return complaints
    if (middle := median(lengths)) > 10:
        complaints.append(f"the median function has {middle:.0f} lines")
    if (tail := quantiles(lengths, n=10)[-1]) > 30:
        complaints.append(f"one function in ten has more than {tail:.0f} lines")
    return complaints
