"""run.html: one page that shows a recording in four linked views, without a network and without trust in the data.

The page is put together from page.html, page.css and the scripts here. All of the program's data is one JSON text in a
data block; the script makes nodes and text of it, never markup. The content security policy lets nothing load and
nothing run but this style and this script, by their hashes. The live view's page is the same, with live.js besides.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from proclab import events as e
from proclab.state.fact import Fact
from proclab.views import xml
from proclab.views.labels import label
from proclab.views.page.snapshot import differences
from proclab.views.page.words import WORDS
from proclab.views.phrases import LANGS, Lang
from proclab.views.picture import Picture
from proclab.views.scene import Scene, program
from proclab.views.shapes import ARROWS, CONDITIONS, SHAPES, shape
from proclab.views.steps import FAMILIES, Steps
from proclab.views.telling import Names, Teller

FOLDER = Path(__file__).parent
SCRIPTS = ("base.js", "state.js", "steps.js", "lanes.js", "wiring.js", "tree.js", "facts.js", "main.js")
TITLE = {"en": "What the processes did", "ru": "Что делали процессы"}


def page(
    events: Sequence[e.Event],
    lang: Lang = "en",
    shown: Picture | None = None,
    title: str = "",
    facts: Sequence[Fact] = (),
) -> str:
    """The whole page; `lang` is the language that it opens in."""
    picture = shown or Picture.of(events)
    return assembled(data(picture, lang, title or _program(events) or TITLE[lang], facts), lang)


def assembled(record: dict[str, Any], lang: Lang, live: bool = False) -> str:
    """The page around its data. A live one may ask its own server, and nobody else, for what is new."""
    script = "\n".join((FOLDER / name).read_text("utf-8") for name in (*SCRIPTS, *(("live.js",) if live else ())))
    style = (FOLDER / "page.css").read_text("utf-8")
    parts = {
        "LANG": lang,
        "TITLE": xml.text(record["title"]),
        "POLICY": f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; "
        "form-action 'none'" + ("; connect-src 'self'" if live else ""),
        "STYLE": style,
        "DATA": embedded(record),
        "SCRIPT": script,
    }
    pieces = (FOLDER / "page.html").read_text("utf-8").split("@@")
    return "".join(parts[piece] if odd % 2 else piece for odd, piece in enumerate(pieces))


def embedded(record: object) -> str:
    """JSON that can't end its script element nor open a comment: ASCII, without <, > and &."""
    text = json.dumps(record, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def data(picture: Picture, lang: Lang, title: str, facts: Sequence[Fact] = ()) -> dict[str, Any]:
    """Everything that the page draws, as JSON values."""
    events, found, stage, names = picture.events, picture.steps, picture.scene, picture.names
    return {
        "title": title,
        "lang": lang,
        "steps": _steps(found, stage, names, events[0].t if events else 0),
        "lanes": _lanes(stage, names),
        "spans": [[s.lane, s.condition, s.begin, s.end] for s in stage.spans],
        "arrows": [[a.kind, a.begin, a.end, a.source, a.target] for a in stage.arrows],
        "facts": [_fact(fact, found) for fact in facts],
        "changes": differences(events, found),
        "cut": found.cut,
        "exact": all(event.exact for event in events),
        "boxes": len({event.box for event in events}) > 1,
        "families": list(FAMILIES),
        "shapes": SHAPES,
        "words": {
            one: {key: words[at] for key, words in {**WORDS, **_kinds()}.items()} for at, one in enumerate(LANGS)
        },
    }


def _kinds() -> dict[str, tuple[str, str]]:
    kinds = {f"c.{key}": words for key, words in CONDITIONS.items()}
    return kinds | {f"a.{key}": words for key, words in ARROWS.items()}


def _steps(found: Steps, stage: Scene, names: Names, began: int) -> list[dict[str, Any]]:
    tellers = [Teller(names, lang) for lang in LANGS]
    records = []
    for number, step in enumerate(found):
        event = step.event
        at = event.t if event.kind == "block" else event.end
        fd = getattr(event, "fd", None)
        records.append({
            "lane": stage.lane_of[number], "family": step.family, "shape": shape(event.kind), "kind": event.kind,
            "label": label(event, step.times), "who": names.subject(event),
            "say": [teller.sentence(event, step.times) for teller in tellers],
            "t": (at - began) / 1e6, "line": _line(event), "fds": sorted(_numbers(event)),
            "box": event.box, "of": getattr(event, "of", "") or (fd.of if isinstance(fd, e.Fd) else ""),
            "obj": sorted(_objects(event)),
        })  # fmt: skip
    return records


def _line(event: e.Event) -> list[object] | None:
    return [event.line.file, event.line.number, event.line.text.strip()] if event.line else None


def _numbers(event: e.Event) -> set[int]:
    """The descriptors that an event is about."""
    found: set[int] = set()
    for name in ("fd", "to", "read", "write", "a", "b", "new", "fds"):
        value = getattr(event, name, None)
        for one in value if isinstance(value, tuple) and not isinstance(value, e.Task) else (value,):
            number = one.fd if isinstance(one, e.Fd) else one
            if isinstance(number, int) and number >= 0:
                found.add(number)
    return found


def _objects(event: e.Event) -> set[str]:
    return {value for name in ("obj", "obj_a", "obj_b", "listener", "peer") if (value := getattr(event, name, ""))}


def _fact(fact: Fact, found: Steps) -> dict[str, Any]:
    until = len(found) if fact.until is None else found.near(fact.until)
    return {"step": found.near(fact.seq), "until": until, "kind": fact.kind, "box": fact.box,
            "tasks": list(map(str, fact.tasks)), "say": [fact.say(lang) for lang in LANGS]}  # fmt: skip


def _lanes(stage: Scene, names: Names) -> list[dict[str, Any]]:
    mains = {(lane.box, lane.task): number for number, lane in enumerate(stage.lanes)}
    return [
        {"task": str(lane.task), "box": lane.box, "name": names.task(lane.task, "" if lane.thread else lane.box),
         "program": lane.name, "thread": int(lane.thread), "main": mains.get((lane.box, lane.proc), number),
         "parent": lane.parent}
        for number, lane in enumerate(stage.lanes)
    ]  # fmt: skip


def _program(events: Sequence[e.Event]) -> str:
    """What was run, by its first exec."""
    first = next((event for event in events if isinstance(event, e.Exec) and event.argv), None)
    return program(first.argv, first.path) if first else ""


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
