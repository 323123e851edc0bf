"""Chrome's trace JSON, for ui.perfetto.dev and chrome://tracing.

Each thread has one track, under its process: its life (running, waiting, zombie: slices end to end), and in it its
calls. Slices of one track lie in one another or apart, or Perfetto reports an import error. So a call that was waiting
is shown from when it had what it waited for, and the wait itself in the life; this lets every arrow point forward, too.
Arrows are pairs `s`, `f` with `bp: "e"`, bound to the slices of two calls.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from proclab import events as e
from proclab.text import printable
from proclab.views.labels import label
from proclab.views.layout import Arrow, Scene
from proclab.views.picture import Picture
from proclab.views.steps import Steps
from proclab.words import Catalogue, Lang
from proclab.words.sentences import Sentences, TaskNames

Record = dict[str, Any]
APART = 500  # nanoseconds at least between the ends of two steps
SHORT = 250  # nanoseconds: no call's slice is shorter, so that it can be seen and hit
OWNERS = 1000  # what is added to a pid that another task has too


@dataclass(frozen=True)
class Slice:
    """Nanoseconds from the first step on; the end is the first one that is no longer in it."""

    begin: int
    end: int

    @property
    def fields(self) -> Record:
        return {"ts": self.begin / 1000, "dur": (self.end - self.begin) / 1000}  # whole nanoseconds, in microseconds


def perfetto(picture: Picture, lang: Lang = "en") -> str:
    """The trace as JSON."""
    found, stage, sentences = picture.steps, picture.scene, Sentences(picture.names, lang)
    flows, ids = list(_flows(stage)), _ids(stage)
    calls = _calls(found, stage, flows)
    records = [
        *_names(stage, ids, sentences),
        *_life(stage, ids, calls, sentences.words),
        *_steps(found, stage, ids, calls, sentences),
        *_arrows(stage, ids, calls, flows, sentences.words),
    ]
    # Characters as they are, none of them as \u…: Perfetto leaves those escapes in the names of slices.
    return json.dumps({"traceEvents": records}, separators=(",", ":"), ensure_ascii=False) + "\n"


# --- processes and threads ---


def _ids(stage: Scene) -> list[Record]:
    """pid and tid of each lane: the real ones, which viewers show. A number that another task has too, in another box
    or later, is no use to a viewer; it becomes the first free one of 1000, 2000 … more."""
    numbers: dict[tuple[str, e.Task], int] = {}
    taken: dict[int, int] = {}
    for lane in stage.lanes:
        numbers[lane.box, lane.task] = _free(lane.task.pid, taken)
    tids = [numbers[lane.box, lane.task] for lane in stage.lanes]
    return [
        {"pid": numbers.get((lane.box, lane.proc), tid), "tid": tid}
        for lane, tid in zip(stage.lanes, tids, strict=True)
    ]


def _free(number: int, taken: dict[int, int]) -> int:
    """The first free one of a number and 1000, 2000 … more; `taken` says where to look on: no way is gone twice."""
    way = []
    while number in taken:
        way.append(number)
        number = taken[number]
    taken.update(dict.fromkeys([*way, number], number + OWNERS))
    return number


def _names(stage: Scene, ids: Sequence[Record], sentences: Sentences) -> Iterator[Record]:
    """The names before the numbers, and the order of the tree (Perfetto has one of its own)."""
    for place, (lane, numbers) in enumerate(zip(stage.lanes, ids, strict=True)):
        called = "" if numbers["tid"] == lane.task.pid else sentences.names.task(lane.task, lane.box)
        if not lane.thread:
            yield _meta("process_name", numbers, name=printable(_program(stage, place, called, sentences.names)))
            yield _meta("process_sort_index", numbers, sort_index=place)
        name = sentences.words.say("views.thread" if lane.thread else "views.main", name=called)
        yield _meta("thread_name", numbers, name=printable(name.strip()))
        yield _meta("thread_sort_index", numbers, sort_index=place)


def _program(stage: Scene, place: int, called: str, names: TaskNames) -> str:
    """The box and the program of a process: what it executes, else what its parent had when it was made."""
    lane = stage.lanes[place]
    above: int | None = place
    while above is not None and not stage.lanes[above].name:
        above = stage.lanes[above].parent
    box = called or (lane.box if names.boxes else "")
    return f"{box} {'' if above is None else stage.lanes[above].name}".strip() or names.task(lane.task, lane.box)


def _meta(kind: str, ids: Record, **said: Any) -> Record:
    return {"ph": "M", "name": kind, **ids, "args": said}


# --- lives, calls, arrows ---


def _calls(found: Steps, stage: Scene, flows: Sequence[tuple[Arrow, int, int]]) -> list[Slice]:
    """The slice of each step: to its end, from when it began, but not from before its lane's last change or an arrow
    that leads to it. Ends never come twice, and never backwards, so that each slice has room."""
    changes: dict[int, list[int]] = {}
    for span in stage.spans:
        for step in (span.begin, span.end):
            changes.setdefault(step, []).append(span.lane)
    sources: dict[int, list[int]] = {}
    for _, begin, end in flows:
        sources.setdefault(end, []).append(begin)
    calls: list[Slice] = []
    last = [0] * len(stage.lanes)
    for number, (begin, end) in enumerate(_times(found)):
        lane = stage.lane_of[number]
        free = max([begin, last[lane], *(calls[source].end for source in sources.get(number, ()))])
        calls.append(Slice(min(free, end - SHORT), end))
        for changed in (lane, *changes.get(number, ())):
            last[changed] = end
    return calls


def _times(found: Steps) -> Iterator[tuple[int, int]]:
    """Begin and end of each step, in nanoseconds from the first one on."""
    first = found.steps[0].event.t if len(found) else 0
    last = 0
    for step in found:
        at = step.event.t if step.event.kind == "block" else step.event.end
        last = max(at - first, last + APART)
        yield step.event.t - first, last


def _life(stage: Scene, ids: Sequence[Record], calls: Sequence[Slice], words: Catalogue) -> Iterator[Record]:
    begun: set[int] = set()
    for span in stage.spans:
        first = span.lane not in begun and stage.lane_of[span.begin] == span.lane
        begun.add(span.lane)
        begin = calls[span.begin].begin if first else calls[span.begin].end  # nobody forked it: it is there before
        if calls[span.end].end > begin:
            yield {
                "ph": "X",
                "name": words.say(f"condition.{span.condition}"),
                "cat": span.condition,
                **Slice(begin, calls[span.end].end).fields,
                **ids[span.lane],
            }


def _steps(
    found: Steps, stage: Scene, ids: Sequence[Record], calls: Sequence[Slice], sentences: Sentences
) -> Iterator[Record]:
    for number, step in enumerate(found):
        said: Record = {"step": number + 1, "what": printable(sentences.of(step.event, step.times))}
        if step.event.line:
            said["line"] = printable(f"{step.event.line}  {step.event.line.text.strip()}")
        name = printable(label(step.event, sentences.words, step.times) or sentences.of(step.event))
        yield {
            "ph": "X",
            "name": name,
            "cat": step.family,
            **calls[number].fields,
            **ids[stage.lane_of[number]],
            "args": said,
        }


def _flows(stage: Scene) -> Iterator[tuple[Arrow, int, int]]:
    """Arrows that lead from an earlier step to a later one, in another lane."""
    for arrow in stage.arrows:
        begin, end = _reach(arrow, stage)
        if begin is not None and end is not None and begin < end and stage.lane_of[begin] != stage.lane_of[end]:
            yield arrow, begin, end


def _reach(arrow: Arrow, stage: Scene) -> tuple[int | None, int | None]:
    """From which step to which: a fork leads to the child's first one, a wait comes from the child's last one."""
    lanes = stage.lane_of
    if arrow.kind == "fork":
        return arrow.begin, next((n for n in range(arrow.end, len(lanes)) if lanes[n] == arrow.target), None)
    if arrow.kind == "wait":
        return next((n for n in range(arrow.begin, -1, -1) if lanes[n] == arrow.source), None), arrow.end
    return arrow.begin, arrow.end


def _arrows(
    stage: Scene,
    ids: Sequence[Record],
    calls: Sequence[Slice],
    flows: Sequence[tuple[Arrow, int, int]],
    words: Catalogue,
) -> Iterator[Record]:
    """Each end lies in the middle of its call's slice: there no viewer can take another slice for it."""
    for number, (arrow, begin, end) in enumerate(flows, 1):
        for phase, step in (("s", begin), ("f", end)):
            at = (calls[step].begin + calls[step].end) // 2
            yield {
                "ph": phase,
                "bp": "e",
                "id": number,
                "name": words.say(f"flow.{arrow.kind}"),
                "cat": arrow.kind,
                "ts": at / 1000,
                **ids[stage.lane_of[step]],
            }
