"""The steps of a lab's demos, as lab.toml states them.

Reads and substitutes; plays nothing. Whether the file is well formed is checked on the host, proclab/labs/lab.py.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Step = dict[str, Any]
Names = dict[str, str]
NAME = re.compile(r"\{([a-z_]\w*)\}")


@dataclass(frozen=True)
class Scene:
    """One story of a demo: its steps, and the service in whose container they are played."""

    demo: str
    number: int
    title: dict[str, str]
    service: str
    pid1: list[str]
    steps: list[Step]


@dataclass(frozen=True)
class Demo:
    """A program of the lecture, its arguments when the user names none, and the scenes that show what it does."""

    name: str
    title: dict[str, str]
    args: list[str]
    scenes: list[Scene]


@dataclass(frozen=True)
class Lab:
    """What lab.toml holds."""

    title: dict[str, str]
    services: list[str]
    demos: list[Demo]


def load(path: Path) -> Lab:
    """The lab of a lab.toml file."""
    return parse(tomllib.loads(path.read_text(encoding="utf-8")))


def parse(table: dict[str, Any]) -> Lab:
    """The lab of a lab.toml's tables."""
    services = table["services"]
    return Lab(table["title"], services, [_demo(entry, services[0]) for entry in table["demo"]])


def _demo(entry: dict[str, Any], service: str) -> Demo:
    scenes = [
        Scene(
            entry["name"],
            number,
            scene.get("title", {}),
            scene.get("service", service),
            scene.get("pid1", []),
            scene["step"],
        )
        for number, scene in enumerate(entry["scene"])
    ]
    return Demo(entry["name"], entry["title"], entry.get("args", []), scenes)


def fill(text: str, names: Names) -> str:
    """The text with every known {name} replaced; other braces stay: they belong to a regex or a shell."""
    return NAME.sub(lambda found: names.get(found[1], found[0]), text)


def pattern(text: str, names: Names) -> re.Pattern[str]:
    """The regex of a step, its {names} replaced by their values taken literally."""
    return re.compile(fill(text, {key: re.escape(value) for key, value in names.items()}), re.MULTILINE)
