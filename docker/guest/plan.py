"""The few answers of a lab.toml that the scripts on the host need, as lines `key<TAB>value` (play.py --plan).

    service NAME         a container of the lab, its own first
    demo NAME            what follows, up to the next demo, is about this demo:
    arg WORD             an argument that it has when the user names none
    at NAME              a service in which steps of it are played besides its own
    pid1 NUMBER NAME     a scene that has it as process 1 of this service's container
    argv NUMBER WORD     a word of that scene's command: the program, then its arguments
    end COUNT            so many lines came before: nothing is missing

The scripts are bash, which has no reader of TOML. They take the answer line by line and evaluate none of it.
"""

import re
from collections.abc import Iterator

from script import Demo, Lab

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
ELSEWHERE = ("start", "panel")  # steps whose `at` names a service; the others follow their program


def answers(lab: Lab) -> list[str]:
    """All lines; raises ValueError for a value that no line can hold."""
    lines = [_named("service", name) for name in lab.services]
    for demo in lab.demos:
        lines += _demo(demo)
    return [*lines, f"end\t{len(lines)}"]


def _demo(demo: Demo) -> Iterator[str]:
    yield _named("demo", demo.name)
    yield from (_word("arg", word) for word in demo.args)
    yield from (_named("at", name) for name in sorted(_elsewhere(demo)))
    for scene in demo.scenes:
        if scene.pid1:
            yield _named(f"pid1\t{scene.number}", scene.service, " ")
            yield from (_word(f"argv {scene.number}", word) for word in scene.pid1)


def _elsewhere(demo: Demo) -> set[str]:
    steps = [(scene.service, step) for scene in demo.scenes for step in scene.steps]
    return {step["at"] for service, step in steps if step["do"] in ELSEWHERE and step.get("at", service) != service}


def _named(key: str, name: str, between: str = "\t") -> str:
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a service or a demo")
    return f"{key}{between}{name}"


def _word(key: str, word: str) -> str:
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in word):
        raise ValueError(f"{word!r} is an argument with a control character")
    return f"{key}\t{word}"
