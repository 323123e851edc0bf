"""The lanes as a Mermaid sequence diagram, for README files and issues.

Mermaid refuses more than 50 000 characters; what goes beyond is left out and said so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from proclab import events as e
from proclab.views.labels import label
from proclab.views.phrases import Lang
from proclab.views.picture import Picture
from proclab.views.scene import Lane, Scene
from proclab.views.telling import Names

LIMIT = 45_000  # characters
LINES = {"fork": "->>", "bytes": "-)", "eof": "--)", "wait": "-->>", "signal": "-x", "lock": "-->>", "wake": "-->>"}
MORE = {"en": "{left} more steps are not drawn", "ru": "ещё шагов не нарисовано: {left}"}


def mermaid(events: Sequence[e.Event], lang: Lang = "en", shown: Picture | None = None) -> str:
    """The text of a `sequenceDiagram`."""
    picture = shown or Picture.of(events)
    found, stage, names = picture.steps, picture.scene, picture.names
    lines = ["sequenceDiagram", *_participants(stage, names, lang)]
    size = sum(map(len, lines))
    for number, step in enumerate(found):
        for line in _step(number, step.event, step.times, stage):
            lines.append(line)
            size += len(line) + 1
        if size > LIMIT and (left := len(found) - number - 1 + found.cut):
            lines.append(f"    Note over L0: {MORE[lang].format(left=left)}")
            break
    return "\n".join(lines) + "\n"


def _participants(stage: Scene, names: Names, lang: Lang) -> Iterator[str]:
    words = {"en": ("process", "thread"), "ru": ("процесс", "поток")}[lang]
    for number, lane in enumerate(stage.lanes):
        yield f"    participant L{number} as {plain(_name(lane, names, words))}"


def _name(lane: Lane, names: Names, words: tuple[str, str]) -> str:
    return f"{words[lane.thread]} {names.task(lane.task, lane.box)} {lane.name[:30]}".rstrip()


def _step(number: int, event: e.Event, times: int, stage: Scene) -> Iterator[str]:
    """The arrows that end here, or else a note at the lane."""
    arrows = [arrow for arrow in stage.arrows if arrow.end == number]
    word, lane = label(event, times), stage.lane_of[number]
    for arrow in arrows:
        yield f"    L{arrow.source}{LINES[arrow.kind]}L{arrow.target}: {plain(word) or arrow.kind}"
    leads_on = any(arrow.begin == number for arrow in stage.arrows)
    if not arrows and not leads_on and word and event.kind not in ("block", "run"):
        yield f"    Note over L{lane}: {plain(word)}"


def plain(text: str) -> str:
    """Text that can't be taken for syntax: what Mermaid could read is written as `#code;`."""
    return "".join(one if one.isalnum() or one in " ._-/:=+×" else f"#{ord(one)};" for one in text.strip())
