"""Checks of the checkout itself: pure functions from texts to complaints, so that each can be tried on a bad sample."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median, quantiles

from proclab import ROOT

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
    missing = [f"{folder} has no {name}" for name in ("README.md", "README.ru.md", "lab.toml") if name not in there]
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
        return [n for n, line in enumerate(text.splitlines(), 1) if re.search(r"(?<![\w#-])sleep\s+[\d$.]", line)]
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


def unpinned_actions(workflow: str) -> list[str]:
    """Actions of a workflow that a name can be moved under: everything but 40 hex digits, or a folder of ours."""
    used = re.findall(r"\buses:\s*(\S+)", workflow)
    return [action for action in used if not re.search(r"@[0-9a-f]{40}$|^\./", action)]


def unknown_tests(markdown: str, sources: Iterable[str]) -> list[str]:
    """Tests that a document names in backticks and no source defines."""
    defined = {name for source in sources for name in re.findall(r"^\s*def (test_\w+)", source, re.MULTILINE)}
    return [name for name in re.findall(r"`(test_\w+)`", markdown) if name not in defined]


def arrows_up(path: str, source: str, order: Sequence[str]) -> list[str]:
    """Imports of a module of the package from a room above its own, or from one that the order doesn't name."""
    place = {name: number for number, name in enumerate(order)}
    own = path.removeprefix("proclab/").removesuffix(".py").split("/")[0]
    found = [name for name in _imported(ast.parse(source)) if name != own]
    return sorted(f"{path} imports {name}" for name in found if place.get(name, len(order)) > place[own])


NO_MODULES = {"ROOT", "__version__"}  # of proclab/__init__.py


def _imported(tree: ast.Module) -> list[str]:
    """The rooms of the package that a module imports from, also within functions."""
    rooms: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "proclab":
            rooms += [alias.name for alias in node.names if alias.name not in NO_MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("proclab."):
            rooms.append(str(node.module).split(".")[1])
        elif isinstance(node, ast.Import):
            rooms += [alias.name.split(".")[1] for alias in node.names if alias.name.startswith("proclab.")]
    return rooms


def borrowed(path: str, source: str) -> list[str]:
    """Test modules that a module of tests/ imports: fixtures belong into a conftest, builders into their own module."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
    tests = {module for name in names if (module := re.match(r"tests\.(\w+\.)*test_\w+", name))}
    return sorted({f"{path} imports {module[0]}" for module in tests})


def is_inside(package: str, name: str) -> bool:
    """Whether a package has a module of this name that its face doesn't give out."""
    folder = ROOT.joinpath(*package.split("."))
    there = (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file()
    return package.startswith("proclab.") and there and f'"{name}"' not in (folder / "__init__.py").read_text()


def taken_inside(path: str, source: str, packages: Iterable[str]) -> list[str]:
    """Modules of a package that another package, or a test, imports past the package's face: `engine.stream`."""
    own = path.removeprefix("proclab/").split("/")[0]
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
            names += [f"{node.module}.{alias.name}" for alias in node.names if is_inside(node.module, alias.name)]
    parts = [name.split(".")[1:] for name in names if name.startswith("proclab.")]
    return sorted({".".join(part) for part in parts if len(part) > 1 and part[0] in packages and part[0] != own})
