"""labs/*/lab.toml as frozen records: Lab, Demo, Scene, Step, Task.

Reads and checks; plays nothing and judges nothing. A mistake in a lab.toml is a UsageError that names the place.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proclab.errors import UsageError

Text = Mapping[str, str]
LANGUAGES = ("en", "ru")  # that every text has; a further one may be there (docs/translating.md)
LANGUAGE = re.compile("[a-z]{2}")
COMMON = frozenset({"do", "say", "timeout"})
# What each kind of step may carry; those in capitals it must.
KEYS = {
    "start": ("as", "program", "args", "tty", "at", "env"),
    "wait": ("LINE", "times", "of"),
    "send": ("LINE", "of"),
    "panel": ("RUN", "see", "never", "at"),
    "signal": ("SIGNAL", "to", "of"),
    "end": ("of",),
    "expect": ("exit", "signal", "of"),
    "show": ("LINE", "times", "min", "max", "of"),
}
NAME = re.compile(r"\{([a-z_]\w*)\}")
TASK_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}")


def in_language(text: Text, lang: str) -> str:
    """A lab's text in this language, else in English; "" where there is none."""
    return text.get(lang) or text.get("en", "")


class LabError(UsageError):
    """A lab.toml that can't be played."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where


@dataclass(frozen=True)
class Step:
    """One step of a scene of lab.toml: what to do, with which details, and what to say to the student before.

    (A step of a drawn recording is proclab.views.steps.Step.)
    """

    do: str
    details: Mapping[str, Any]
    say: Text

    @property
    def of(self) -> str:
        """The program that the step is about."""
        return str(self.details.get("as" if self.do == "start" else "of", "demo"))


@dataclass(frozen=True)
class Scene:
    """One story of a demo in lab.toml, played in one service's container (`pid1`: by the demo as its PID 1)."""

    demo: str
    number: int
    title: Text
    service: str
    pid1: tuple[str, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Demo:
    """A program of the lecture, its default arguments, and the scenes that show what it does."""

    name: str
    title: Text
    args: tuple[str, ...]
    scenes: tuple[Scene, ...]


@dataclass(frozen=True)
class Task:
    """What a student writes: files below the lab's tasks/. Of a submission nothing else is kept."""

    name: str
    title: Text
    files: tuple[str, ...]

    @property
    def main(self) -> str:
        """The file that is run."""
        return self.files[0]


@dataclass(frozen=True)
class Lab:
    """One folder of labs/."""

    number: int
    folder: Path
    title: Text
    services: tuple[str, ...]
    demos: tuple[Demo, ...]
    tasks: tuple[Task, ...] = ()

    def scenes(self) -> Iterator[Scene]:
        """Every scene of every demo, in the file's order."""
        for demo in self.demos:
            yield from demo.scenes


def discover(root: Path) -> list[Lab]:
    """All labs of a checkout, by number."""
    folders = [f.parent for f in root.glob("labs/*/lab.toml") if f.parent.name.split("-")[0].isdigit()]
    return sorted((read(folder) for folder in folders), key=lambda lab: lab.number)


def read(folder: Path) -> Lab:
    """The lab of one folder; raises LabError."""
    path = folder / "lab.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise LabError(str(path), str(error)) from error
    lab = parse(table, folder)
    for scene in lab.scenes():
        for step in scene.steps:
            program = step.details.get("program", scene.demo)
            if step.do == "start" and not (folder / "demos" / f"{program}.py").is_file():
                raise LabError(f"{folder.name}/{scene.demo}", f"there is no demos/{program}.py")
    for task in lab.tasks:
        for name in task.files:
            if not (folder / "tasks" / name).is_file():
                raise LabError(f"{folder.name}/{task.name}", f"there is no tasks/{name}")
    return lab


def parse(table: Mapping[str, Any], folder: Path) -> Lab:
    """The lab of a parsed lab.toml; raises LabError."""
    where = folder.name
    _keys(where, table, {"title", "services", "demo", "task"}, {"title", "services", "demo"})
    services = tuple(table["services"])
    if not services:
        raise LabError(where, "services is empty")
    demos = tuple(_demo(f"{where}/{d.get('name', '?')}", d, services[0]) for d in table["demo"])
    tasks = tuple(_task(f"{where}/{t.get('name', '?')}", t) for t in table.get("task", ()))
    return Lab(int(where.split("-")[0]), folder, _text(where, table["title"]), services, demos, tasks)


def _task(where: str, table: Mapping[str, Any]) -> Task:
    _keys(where, table, {"name", "title", "files"}, {"name", "title", "files"})
    name, files = str(table["name"]), tuple(map(str, table["files"]))
    if not TASK_NAME.fullmatch(name):
        raise LabError(where, "a task's name is lower-case letters, digits and _")
    if not files or not all(map(FILE_NAME.fullmatch, files)):
        raise LabError(where, "files names the files below tasks/ that are kept, the program first")
    return Task(name, _text(where, table["title"]), files)


def _demo(where: str, table: Mapping[str, Any], service: str) -> Demo:
    _keys(where, table, {"name", "title", "args", "scene"}, {"name", "title", "scene"})
    name = str(table["name"])
    scenes = tuple(_scene(f"{where}[{n}]", name, n, s, service) for n, s in enumerate(table["scene"]))
    return Demo(name, _text(where, table["title"]), tuple(table.get("args", ())), scenes)


def _scene(where: str, demo: str, number: int, table: Mapping[str, Any], service: str) -> Scene:
    _keys(where, table, {"title", "service", "pid1", "step"}, {"step"})
    steps = tuple(_step(f"{where} step {n}", s) for n, s in enumerate(table["step"]))
    pid1 = tuple(table.get("pid1", ()))
    _programs(where, steps)
    _names(where, steps)
    title = _text(where, table["title"]) if "title" in table else {}
    return Scene(demo, number, title, str(table.get("service", service)), pid1, steps)


def _step(where: str, table: Mapping[str, Any]) -> Step:
    do = table.get("do")
    if do not in KEYS:
        raise LabError(where, f"do = {do!r}; known: {', '.join(KEYS)}")
    allowed = {key.lower() for key in KEYS[do]} | COMMON
    _keys(where, table, allowed, {key.lower() for key in KEYS[do] if key.isupper()})
    details = {key: value for key, value in table.items() if key not in ("do", "say")}
    for text in (*details.get("see", ()), *details.get("never", ()), *_lines(do, details)):
        _regex(where, text)
    return Step(do, details, _text(where, table["say"]) if "say" in table else {})


def _lines(do: str, details: Mapping[str, Any]) -> tuple[str, ...]:
    return (details["line"],) if do in ("wait", "show") else ()


def _programs(where: str, steps: tuple[Step, ...]) -> None:
    """Every program is started before it is spoken of."""
    started: set[str] = set()
    for number, step in enumerate(steps):
        if step.do == "start":
            started.add(step.of)
        elif step.do != "panel" and "to" not in step.details and step.of not in started:
            raise LabError(f"{where} step {number}", f"no program {step.of!r} has been started")


def _names(where: str, steps: tuple[Step, ...]) -> None:
    """Every {name} has been learnt before: a program's pid, or a named group of a line waited for."""
    known = {"pid1"}
    for number, step in enumerate(steps):
        unknown = {name for text in _texts(step) for name in NAME.findall(text)} - known
        if unknown:
            raise LabError(f"{where} step {number}", f"nothing before gives a value to {sorted(unknown)}")
        if step.do == "start":
            known.add(step.of)
        elif step.do == "wait":
            known |= set(re.compile(step.details["line"]).groupindex)


def _texts(step: Step) -> Iterator[str]:
    yield from step.say.values()
    for key in ("args", "see", "never"):
        yield from step.details.get(key, ())
    run = step.details.get("run", ())
    yield from (run,) if isinstance(run, str) else run
    yield from (str(step.details[key]) for key in ("to", "line") if key in step.details)


def _regex(where: str, text: str) -> None:
    try:
        re.compile(NAME.sub("x", text))
    except re.error as error:
        raise LabError(where, f"{text!r} is no regular expression: {error}") from error


def _text(where: str, value: Any) -> Text:
    if not isinstance(value, dict) or not set(value) >= set(LANGUAGES) or not all(value.values()):
        raise LabError(where, f"a text needs both {' and '.join(LANGUAGES)}")
    if other := [key for key in value if not LANGUAGE.fullmatch(key)]:
        raise LabError(where, f"a language is two letters, and {other[0]!r} is not")
    return value


def _keys(where: str, table: Mapping[str, Any], allowed: set[str], needed: set[str]) -> None:
    if unknown := set(table) - allowed:
        raise LabError(where, f"unknown {', '.join(sorted(unknown))}; known: {', '.join(sorted(allowed))}")
    if missing := needed - set(table):
        raise LabError(where, f"lacks {', '.join(sorted(missing))}")
