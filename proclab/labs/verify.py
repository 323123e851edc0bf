"""What a played lab has shown, held against what lab.toml promises.

Pure. The conductor in the container (docker/guest/play.py) reports facts and judges nothing; the host judges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from proclab import peer
from proclab.errors import ProtocolError
from proclab.labs.lab import NAME, Lab, Scene, Step
from proclab.peer import Shape, conform
from proclab.text import printable

Fact = Mapping[str, Any]
FACT_OF = {
    "start": "start",
    "send": "sent",
    "end": "end",
    "signal": "signal",
    "panel": "panel",
    "expect": "exit",
    "show": "count",
}
MISSES = ("overdue", "killed", "cut")  # a step without an answer; a program still there at the end; too much output
SHAPES: Mapping[str, Shape] = {  # what is used of the conductor's facts
    "scene": {"demo": str, "number": int},
    "start": {"pid": int},
    "line": {"of": str, "text": str},
    "names": {"names": dict},
    "panel": {"run": str, "text": str},
}


@dataclass
class Performance:
    """A scene as it was played: the facts that the conductor reported of it."""

    demo: str
    number: int
    facts: list[Fact] = field(default_factory=list)

    def lines(self, of: str = "demo") -> list[str]:
        """What a program of the scene printed."""
        return [fact["text"] for fact in self.facts if fact["fact"] == "line" and fact["of"] == of]


def performances(text: str) -> list[Performance]:
    """The scenes in the conductor's output; a line that is no fact is a ProtocolError."""
    scenes: list[Performance] = []
    for line in text.removesuffix("\n").split("\n") if text else ():  # not at U+2028, which a program may have printed
        fact = _fact(line)
        if fact["fact"] == "scene":
            scenes.append(Performance(fact["demo"], fact["number"]))
        elif scenes:
            scenes[-1].facts.append(fact)
    return scenes


def _fact(line: str) -> Fact:
    fact = peer.mapping(line)
    kind = fact.get("fact")
    if not isinstance(kind, str):
        raise ProtocolError(f"the conductor printed no fact: {peer.shown(line)}")
    conform(fact, SHAPES.get(kind, {}), kind)
    for name in fact["names"].values() if kind == "names" else ():
        peer.string(name)
    return fact


def complaints(lab: Lab, played: Sequence[Performance], service: str | None = None) -> list[str]:
    """What the lab promises and the facts don't show; empty when all is there."""
    service = service or lab.services[0]
    by_key = {(performance.demo, performance.number): performance for performance in played}
    found: list[str] = []
    for scene in lab.scenes():
        if scene.service == service:
            performance = by_key.get((scene.demo, scene.number))
            found += _scene(scene, performance) if performance else [f"{scene.demo}[{scene.number}]: was not played"]
    return [printable(complaint, keep="\n") for complaint in found]


def _scene(scene: Scene, played: Performance) -> list[str]:
    where = f"{scene.demo}[{scene.number}]"
    names = {"pid1": "1"}
    found = [f"{where}: {fact}" for fact in played.facts if fact["fact"] in MISSES]
    queue = iter([fact for fact in played.facts if fact["fact"] in {*FACT_OF.values(), "names"}])
    for number, step in enumerate(scene.steps):
        found += [f"{where} step {number}: {what}" for what in _step(step, queue, names, played)]
        if found:
            break  # what follows a miss says nothing
    return found


def _step(step: Step, facts: Iterator[Fact], names: dict[str, str], played: Performance) -> Iterator[str]:
    if step.do == "wait":
        if re.compile(step.details["line"]).groupindex:
            names |= next(facts, {}).get("names", {})
        return
    fact = next(facts, {"fact": "nothing"})
    if fact["fact"] != FACT_OF[step.do]:
        yield f"{step.do} was followed by {fact}"
        return
    if step.do == "start":
        names[step.of] = str(fact["pid"])
    yield from JUDGES.get(step.do, _fine)(step, fact, names, played)


def _fine(step: Step, fact: Fact, names: Mapping[str, str], played: Performance) -> Iterator[str]:
    return iter(())


def _signal(step: Step, fact: Fact, names: Mapping[str, str], played: Performance) -> Iterator[str]:
    if "error" in fact:
        yield f"the signal could not be sent: {fact['error']}"


def _panel(step: Step, fact: Fact, names: Mapping[str, str], played: Performance) -> Iterator[str]:
    for text in step.details.get("see", ()):
        if not _pattern(text, names).search(fact["text"]):
            yield f"MISSING {text!r} in\n$ {fact['run']}\n{fact['text']}"
    for text in step.details.get("never", ()):
        if _pattern(text, names).search(fact["text"]):
            yield f"BAD {text!r} in\n$ {fact['run']}\n{fact['text']}"


def _expect(step: Step, fact: Fact, names: Mapping[str, str], played: Performance) -> Iterator[str]:
    for key in ("exit", "signal"):
        if key in step.details and fact.get(key) != step.details[key]:
            yield f"{step.of} ended with {fact}, not {key} {step.details[key]}"


def _show(step: Step, fact: Fact, names: Mapping[str, str], played: Performance) -> Iterator[str]:
    """Counts on its own, in the lines that came before the fact."""
    before = played.facts[: next(i for i, other in enumerate(played.facts) if other is fact)]
    lines = [other["text"] for other in before if other["fact"] == "line" and other["of"] == step.of]
    wanted = _pattern(step.details["line"], names)
    count = sum(1 for line in lines if wanted.search(line))
    least = step.details.get("times", step.details.get("min", 0))
    most = step.details.get("times", step.details.get("max", count))
    if not {"times", "min", "max"} & set(step.details):
        least = 1
    if not least <= count <= most:
        yield f"{step.details['line']!r} is in {count} lines, not {least}…{most}, of\n" + "\n".join(lines)


JUDGES = {"signal": _signal, "panel": _panel, "expect": _expect, "show": _show}


def _pattern(text: str, names: Mapping[str, str]) -> re.Pattern[str]:
    filled = NAME.sub(lambda found: re.escape(names[found[1]]) if found[1] in names else found[0], text)
    return re.compile(filled, re.MULTILINE)
