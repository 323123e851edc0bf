"""Chrome's trace JSON, for ui.perfetto.dev and chrome://tracing.

Each process and thread has two tracks: its life (running, waiting, zombie: slices end to end) and its calls. Slices of
one track never overlap, or Perfetto reports an import error: a call is shown where it returned, how long it waited is
in the life. Arrows are pairs `s`, `f` with `bp: "e"`, bound to the slices of two calls.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from proclab import events as e
from proclab.views.labels import label
from proclab.views.phrases import LANGS, Lang
from proclab.views.picture import Picture
from proclab.views.scene import Arrow, Scene
from proclab.views.shapes import CONDITIONS
from proclab.views.steps import Steps
from proclab.views.telling import Names, Teller

Record = dict[str, Any]
TINY = 0.5  # microseconds: no slice is shorter, so that it can be seen and hit


def chrome(events: Sequence[e.Event], lang: Lang = "en", shown: Picture | None = None) -> str:
    """The trace as JSON."""
    picture = shown or Picture.of(events)
    found, stage, teller = picture.steps, picture.scene, Teller(picture.names, lang)
    times = _times(found)
    records = [*_names(stage, teller.names), *_life(stage, times, lang), *_calls(found, stage, times, teller)]
    records += _flows(stage, times)
    return json.dumps({"traceEvents": records, "displayTimeUnit": "ns"}, separators=(",", ":")) + "\n"


def _times(found: Steps) -> list[float]:
    """Microseconds from the first step on, of each step; never two at the same time, never backwards."""
    times: list[float] = []
    first = found.steps[0].event.t if len(found) else 0
    for step in found:
        at = step.event.t if step.event.kind == "block" else step.event.end
        times.append(max((at - first) / 1000, times[-1] + TINY if times else 0.0))
    return times


def _ids(stage: Scene, lane: int, track: int) -> Record:
    """A process has a pid of its own in the trace, whatever its box; a lane two tids."""
    one = stage.lanes[lane]
    main = next((n for n, other in enumerate(stage.lanes) if (other.box, other.task) == (one.box, one.proc)), lane)
    return {"pid": main + 1, "tid": (lane + 1) * 2 + track}


def _names(stage: Scene, names: Names) -> Iterator[Record]:
    for number, lane in enumerate(stage.lanes):
        called = names.task(lane.task, lane.box)
        if not lane.thread:
            yield _meta("process_name", _ids(stage, number, 0), f"{called} {lane.name}".strip())
        yield _meta("thread_name", _ids(stage, number, 0), f"{called} life")
        yield _meta("thread_name", _ids(stage, number, 1), f"{called} calls")


def _meta(kind: str, ids: Record, name: str) -> Record:
    return {"ph": "M", "name": kind, **ids, "args": {"name": name}}


def _life(stage: Scene, times: Sequence[float], lang: Lang) -> Iterator[Record]:
    for span in stage.spans:
        word = CONDITIONS[span.condition][LANGS.index(lang)]
        begin, end = times[span.begin], times[span.end]
        if end > begin:
            yield {"ph": "X", "name": word, "cat": span.condition, "ts": _round(begin), "dur": _round(end - begin),
                   **_ids(stage, span.lane, 0)}  # fmt: skip


def _calls(found: Steps, stage: Scene, times: Sequence[float], teller: Teller) -> Iterator[Record]:
    for number, step in enumerate(found):
        said: Record = {"step": number + 1, "what": teller.sentence(step.event, step.times)}
        if step.event.line:
            said["line"] = f"{step.event.line}  {step.event.line.text.strip()}"
        name = label(step.event, step.times) or teller.sentence(step.event)
        yield {"ph": "X", "name": name, "ts": _round(times[number]), "dur": TINY / 2, "cat": step.family, "args": said,
               **_ids(stage, stage.lane_of[number], 1)}  # fmt: skip


def _flows(stage: Scene, times: Sequence[float]) -> Iterator[Record]:
    for number, arrow in enumerate(stage.arrows, 1):
        begin, end = _reach(arrow, stage)
        if begin is None or end is None or begin >= end:
            continue
        for phase, step, lane in (("s", begin, arrow.source), ("f", end, arrow.target)):
            record = {"ph": phase, "id": number, "name": arrow.kind, "cat": arrow.kind, "ts": _round(times[step]),
                      **_ids(stage, lane, 1)}  # fmt: skip
            yield {**record, "bp": "e"}


def _reach(arrow: Arrow, stage: Scene) -> tuple[int | None, int | None]:
    """From which step to which: a fork leads to the child's first one, a wait comes from the child's last one."""
    lanes = stage.lane_of
    if arrow.kind == "fork":
        return arrow.begin, next((n for n in range(arrow.end, len(lanes)) if lanes[n] == arrow.target), None)
    if arrow.kind == "wait":
        return next((n for n in range(arrow.begin, -1, -1) if lanes[n] == arrow.source), None), arrow.end
    return arrow.begin, arrow.end


def _round(microseconds: float) -> float:
    return round(microseconds, 3)
