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
from proclab.views.labels import label
from proclab.views.phrases import LANGS, Lang
from proclab.views.picture import Picture
from proclab.views.scene import Arrow, Scene
from proclab.views.shapes import CONDITIONS
from proclab.views.steps import Steps
from proclab.views.telling import Names, Teller, printable

Record = dict[str, Any]
APART = 500  # nanoseconds at least between the ends of two steps
SHORT = 250  # nanoseconds: no call's slice is shorter, so that it can be seen and hit
OWNERS = 1000  # what is added to a pid that another task has too
THREADS = {"main": ("main thread", "главный поток"), "other": ("thread", "поток")}


@dataclass(frozen=True)
class Slice:
    """Nanoseconds from the first step on; the end is the first one that is no longer in it."""

    begin: int
    end: int

    @property
    def fields(self) -> Record:
        return {"ts": self.begin / 1000, "dur": (self.end - self.begin) / 1000}  # whole nanoseconds, in microseconds


def chrome(events: Sequence[e.Event], lang: Lang = "en", shown: Picture | None = None) -> str:
    """The trace as JSON."""
    picture = shown or Picture.of(events)
    found, stage, teller = picture.steps, picture.scene, Teller(picture.names, lang)
    flows, ids = list(_flows(stage)), _ids(stage)
    calls = _calls(found, stage, flows)
    records = [*_names(stage, ids, teller), *_life(stage, ids, calls, lang), *_told(found, stage, ids, calls, teller)]
    records += _arrows(stage, ids, calls, flows)
    # Characters as they are, none of them as \u…: Perfetto leaves those escapes in the names of slices.
    return json.dumps({"traceEvents": records}, separators=(",", ":"), ensure_ascii=False) + "\n"


# --- who: processes and threads ---


def _ids(stage: Scene) -> list[Record]:
    """pid and tid of each lane: the real ones, which viewers show. A number that another task has too, in another box
    or later, is no use to a viewer; it becomes the first free one of 1000, 2000 … more."""
    numbers: dict[tuple[str, e.Task], int] = {}
    taken: set[int] = set()
    for lane in stage.lanes:
        number = lane.task.pid
        while number in taken:
            number += OWNERS
        taken.add(number)
        numbers[lane.box, lane.task] = number
    tids = [numbers[lane.box, lane.task] for lane in stage.lanes]
    return [
        {"pid": numbers.get((lane.box, lane.proc), tid), "tid": tid}
        for lane, tid in zip(stage.lanes, tids, strict=True)
    ]


def _names(stage: Scene, ids: Sequence[Record], teller: Teller) -> Iterator[Record]:
    """What stands before the numbers, and the order of the tree (Perfetto has one of its own)."""
    for place, (lane, one) in enumerate(zip(stage.lanes, ids, strict=True)):
        kind = THREADS["other" if lane.thread else "main"][LANGS.index(teller.lang)]
        called = "" if one["tid"] == lane.task.pid else teller.names.task(lane.task, lane.box)
        if not lane.thread:
            yield _meta("process_name", one, name=printable(_program(stage, place, called, teller.names)))
            yield _meta("process_sort_index", one, sort_index=place)
        yield _meta("thread_name", one, name=printable(f"{kind} {called}".strip()))
        yield _meta("thread_sort_index", one, sort_index=place)


def _program(stage: Scene, place: int, called: str, names: Names) -> str:
    """The box and the program of a process: what it executes, else what its parent had when it was made."""
    lane = stage.lanes[place]
    above: int | None = place
    while above is not None and not stage.lanes[above].name:
        above = stage.lanes[above].parent
    box = called or (lane.box if names.boxes else "")
    return f"{box} {'' if above is None else stage.lanes[above].name}".strip() or names.task(lane.task, lane.box)


def _meta(kind: str, ids: Record, **said: Any) -> Record:
    return {"ph": "M", "name": kind, **ids, "args": said}


# --- when: lives, calls, arrows ---


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
        for one in (lane, *changes.get(number, ())):
            last[one] = end
    return calls


def _times(found: Steps) -> Iterator[tuple[int, int]]:
    """Begin and end of each step, in nanoseconds from the first one on."""
    first = found.steps[0].event.t if len(found) else 0
    last = 0
    for step in found:
        at = step.event.t if step.event.kind == "block" else step.event.end
        last = max(at - first, last + APART)
        yield step.event.t - first, last


def _life(stage: Scene, ids: Sequence[Record], calls: Sequence[Slice], lang: Lang) -> Iterator[Record]:
    begun: set[int] = set()
    for span in stage.spans:
        first = span.lane not in begun and stage.lane_of[span.begin] == span.lane
        begun.add(span.lane)
        begin = calls[span.begin].begin if first else calls[span.begin].end  # nobody forked it: it is there before
        if calls[span.end].end > begin:
            word = CONDITIONS[span.condition][LANGS.index(lang)]
            yield {"ph": "X", "name": word, "cat": span.condition, **Slice(begin, calls[span.end].end).fields,
                   **ids[span.lane]}  # fmt: skip


def _told(
    found: Steps, stage: Scene, ids: Sequence[Record], calls: Sequence[Slice], teller: Teller
) -> Iterator[Record]:
    for number, step in enumerate(found):
        said: Record = {"step": number + 1, "what": printable(teller.sentence(step.event, step.times))}
        if step.event.line:
            said["line"] = printable(f"{step.event.line}  {step.event.line.text.strip()}")
        name = printable(label(step.event, step.times) or teller.sentence(step.event))
        yield {"ph": "X", "name": name, "cat": step.family, **calls[number].fields, **ids[stage.lane_of[number]],
               "args": said}  # fmt: skip


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
    stage: Scene, ids: Sequence[Record], calls: Sequence[Slice], flows: Sequence[tuple[Arrow, int, int]]
) -> Iterator[Record]:
    """Each end lies in the middle of its call's slice: there no viewer can take another slice for it."""
    for number, (arrow, begin, end) in enumerate(flows, 1):
        for phase, step in (("s", begin), ("f", end)):
            at = (calls[step].begin + calls[step].end) // 2
            yield {"ph": phase, "bp": "e", "id": number, "name": arrow.kind, "cat": arrow.kind, "ts": at / 1000,
                   **ids[stage.lane_of[step]]}  # fmt: skip
