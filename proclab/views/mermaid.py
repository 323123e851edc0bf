"""The lanes as a Mermaid sequence diagram, for README files and issues.

Mermaid refuses more than 50 000 characters; what goes beyond is left out and said so.
"""

from __future__ import annotations

from collections.abc import Iterator

from proclab import events as e
from proclab.views.labels import label
from proclab.views.layout import Lane, Scene
from proclab.views.picture import Picture
from proclab.words import Catalogue, Lang, catalogue
from proclab.words.sentences import TaskNames

LIMIT = 45_000  # characters
LINES = {"fork": "->>", "bytes": "-)", "eof": "--)", "wait": "-->>", "signal": "-x", "lock": "-->>", "wake": "-->>"}


def mermaid(picture: Picture, lang: Lang = "en") -> str:
    """The text of a `sequenceDiagram`."""
    found, stage, names = picture.steps, picture.scene, picture.names
    words = catalogue(lang)
    lines = ["sequenceDiagram", *_participants(stage, names, words)]
    size = sum(map(len, lines))
    for number, step in enumerate(found):
        for line in _step(number, step.event, step.times, stage, words):
            lines.append(line)
            size += len(line) + 1
        if size > LIMIT and (left := len(found) - number - 1 + found.cut):
            lines.append(f"    Note over L0: {words.say('mermaid.cut', left=left)}")
            break
    return "\n".join(lines) + "\n"


def _participants(stage: Scene, names: TaskNames, words: Catalogue) -> Iterator[str]:
    for number, lane in enumerate(stage.lanes):
        yield f"    participant L{number} as {plain(_name(lane, names, words))}"


def _name(lane: Lane, names: TaskNames, words: Catalogue) -> str:
    name = words.say(lane.key, name=names.task(lane.task, lane.box))
    return f"{name} {lane.name[:30]}".rstrip()


def _step(number: int, event: e.Event, times: int, stage: Scene, words: Catalogue) -> Iterator[str]:
    """The arrows that end here, or else a note at the lane."""
    arrows = [arrow for arrow in stage.arrows if arrow.end == number]
    word, lane = label(event, words, times), stage.lane_of[number]
    for arrow in arrows:
        yield f"    L{arrow.source}{LINES[arrow.kind]}L{arrow.target}: {plain(word or words.say(f'flow.{arrow.kind}'))}"
    leads_on = any(arrow.begin == number for arrow in stage.arrows)
    if not arrows and not leads_on and word and event.kind not in ("block", "run"):
        yield f"    Note over L{lane}: {plain(word)}"


def plain(text: str) -> str:
    """Text that can't be taken for syntax: what Mermaid could read is written as `#code;`."""
    return "".join(char if char.isalnum() or char in " ._-/:=+×" else f"#{ord(char)};" for char in text.strip())
