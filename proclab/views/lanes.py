"""The lanes as one SVG: a lane a process, a thinner one a thread, from left to right step by step.

Nothing is shown by colour alone: every kind of mark has a shape and a word, every condition a pattern and a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from proclab.views import xml
from proclab.views.labels import label
from proclab.views.layout import Arrow, Lane, Scene, Span
from proclab.views.picture import Picture
from proclab.views.shapes import DEFS, STYLE, arrowed, legend, mark
from proclab.views.steps import Steps
from proclab.words import Catalogue, Lang
from proclab.words.sentences import Sentences, TaskNames

GUTTER = 190.0  # the lanes' names
TOP = 46.0
PROCESS, THREAD, SECOND = 74.0, 62.0, 14.0  # height of a lane, and of its second row of labels
LETTER = 6.7  # width of one, 12 px sans
ROWS = (16.0, 30.0)  # labels above the bar, in two rows
NEAR = 16.0  # from step to step at least


@dataclass(frozen=True)
class Places:
    """Where the steps stand from left to right, in which row their labels are, and where the lanes are."""

    x: tuple[float, ...]
    row: tuple[int, ...]
    y: tuple[float, ...]
    width: float
    height: float


def svg(picture: Picture, lang: Lang = "en", title: str = "", alone: bool = True) -> str:
    """One SVG. Where it does not stand alone, the page around it has RULES and DEFS, once for all of its pictures."""
    found, stage = picture.steps, picture.scene
    sentences = Sentences(picture.names, lang)
    words = sentences.words
    labels = [label(step.event, words, step.times) for step in found]
    places = placed(stage, labels)
    heading = title or words.say("views.heading")
    parts = [
        xml.tag("title", xml.text(heading)),
        *((xml.tag("style", STYLE), DEFS) if alone else ()),
        xml.tag("rect", class_="paper", width=places.width, height=places.height),
        xml.tag("text", xml.text(heading), class_="heading", x=12, y=24),
        *_lanes(stage, places, picture.names, words),
        *(_span(span, places, stage, words) for span in stage.spans),
        *(_arrow(arrow, places) for arrow in stage.arrows),
        *_marks(found, stage, places, labels, sentences),
        legend(places.height - 30, words, {arrow.kind for arrow in stage.arrows}),
    ]
    size = {"width": places.width, "height": places.height, "viewBox": f"0 0 {places.width:.0f} {places.height:.0f}"}
    return xml.tag("svg", *parts, xmlns="http://www.w3.org/2000/svg", role="img", lang=lang, **size) + "\n"


def placed(stage: Scene, labels: Sequence[str]) -> Places:
    """Each step as far left as its label allows: labels of one lane never run into each other."""
    free = [[GUTTER] * len(ROWS) for _ in stage.lanes]
    xs: list[float] = []
    rows: list[int] = []
    for lane, word in zip(stage.lane_of, labels, strict=True):
        x = (xs[-1] if xs else GUTTER) + NEAR
        row = min(range(len(ROWS)), key=lambda r: (max(free[lane][r] - x, 0), r))
        if word:
            x = max(x, free[lane][row])
            free[lane][row] = x + len(word) * LETTER + 10
        xs.append(x)
        rows.append(row)
    tall = {lane for lane, row, word in zip(stage.lane_of, rows, labels, strict=True) if row and word}
    ys = list(_heights(stage.lanes, tall))
    width = max([GUTTER + 560, *(end for ends in free for end in ends), *(x + 30 for x in xs)]) + 20
    return Places(tuple(xs), tuple(rows), tuple(ys), width, (ys[-1] if ys else TOP) + 84)


def _heights(lanes: Sequence[Lane], tall: set[int]) -> Iterator[float]:
    """Where each lane's bar is; one whose labels need two rows takes more room."""
    y = TOP
    for number, lane in enumerate(lanes):
        y += (THREAD if lane.thread else PROCESS) - (0 if number in tall else SECOND)
        yield y


def _lanes(stage: Scene, places: Places, names: TaskNames, words: Catalogue) -> Iterator[str]:
    for lane, y in zip(stage.lanes, places.y, strict=True):
        x = 28 if lane.thread else 12
        name = words.say(lane.key, name=names.task(lane.task, "" if lane.thread else lane.box))
        yield xml.tag("line", class_="lane", x1=x, x2=places.width - 12, y1=y, y2=y)
        yield xml.tag("text", xml.text(name), class_="who", x=x, y=y - 4)
        yield xml.tag("text", xml.text(lane.name[:24]), class_="program", x=x, y=y + 13)


def _span(span: Span, places: Places, stage: Scene, words: Catalogue) -> str:
    x, y = places.x[span.begin], places.y[span.lane]
    width = places.x[span.end] - x
    half = 5.0 if stage.lanes[span.lane].thread else 8.0
    word = words.say(f"condition.{span.condition}")
    if span.condition == "zombie":
        bar = xml.tag("line", class_="zombie", x1=x, x2=x + width, y1=y, y2=y)
    else:
        looks = f"bar {span.condition}"
        bar = xml.tag("rect", class_=looks, x=x, y=y - half, width=max(width, 3.0), height=2 * half, rx=2)
    text = ""
    if span.condition != "run" and width > len(word) * LETTER * 0.6:
        text = xml.tag("text", xml.text(word), class_="condition", x=x + 4, y=y + half + 12)
    return xml.tag("g", xml.tag("title", xml.text(word)), bar, text)


def _arrow(arrow: Arrow, places: Places) -> str:
    return arrowed(
        arrow.kind, (places.x[arrow.begin], places.y[arrow.source]), (places.x[arrow.end], places.y[arrow.target])
    )


def _marks(found: Steps, stage: Scene, places: Places, labels: Sequence[str], sentences: Sentences) -> Iterator[str]:
    for number, step in enumerate(found):
        x, y = places.x[number], places.y[stage.lane_of[number]]
        said = f"{number + 1}. {sentences.names.subject(step.event)} {sentences.of(step.event, step.times)}"
        if step.event.line:
            said += f"\n{step.event.line}  {step.event.line.text.strip()}"
        inner = [xml.tag("title", xml.text(said))]
        if labels[number]:
            inner.append(mark(step.event.kind, x, y))
            above = y - ROWS[places.row[number]]
            inner.append(xml.tag("text", xml.text(labels[number]), class_="label", x=x - 5, y=above))
        yield xml.tag("g", *inner)
