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
from proclab.findings.finding import Finding
from proclab.views import xml
from proclab.views.labels import label
from proclab.views.layout import Scene, program
from proclab.views.picture import Picture
from proclab.views.shapes import SHAPES, shape
from proclab.views.steps import FAMILIES, Steps
from proclab.words import LANGS, Lang, Names, catalogue
from proclab.words.sentences import Sentences, TaskNames

FOLDER = Path(__file__).parent
SCRIPTS = ("base.js", "state.js", "steps.js", "lanes.js", "wiring.js", "tree.js", "findings.js", "main.js")
WORDS = ("page.", "condition.", "arrow.", "views.language")  # the keys of the page's own words


def page(picture: Picture, lang: Lang = "en", title: str = "", findings: Sequence[Finding] = ()) -> str:
    """The whole page; `lang` is the language that it opens in."""
    heading = title or _program(picture.events) or catalogue(lang).say("views.title")
    return assembled(data(picture, lang, heading, findings), lang)


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
        "NOSCRIPT": xml.text(catalogue(lang).say("views.noscript")),
    }
    pieces = (FOLDER / "page.html").read_text("utf-8").split("@@")
    return "".join(parts[piece] if odd % 2 else piece for odd, piece in enumerate(pieces))


def embedded(record: object) -> str:
    """JSON that can't end its script element nor open a comment: ASCII, without <, > and &."""
    text = json.dumps(record, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def data(
    picture: Picture, lang: Lang, title: str, findings: Sequence[Finding] = (), renamed: Names | None = None
) -> dict[str, Any]:
    """Everything that the page draws, as JSON values."""
    events, found, stage, names = picture.events, picture.steps, picture.scene, picture.names
    return {
        "title": title,
        "lang": lang,
        "steps": _steps(found, stage, names, events[0].t if events else 0),
        "lanes": _lanes(stage, names),
        "spans": [[s.lane, s.condition, s.begin, s.end] for s in stage.spans],
        "arrows": [[a.kind, a.begin, a.end, a.source, a.target] for a in stage.arrows],
        "findings": [_finding(finding, found, renamed) for finding in findings],
        "changes": picture.changes,
        "cut": found.cut,
        "exact": all(event.exact for event in events),
        "boxes": len({event.box for event in events}) > 1,
        "families": list(FAMILIES),
        "shapes": SHAPES,
        "langs": list(LANGS),
        "words": {lang: words(lang) for lang in LANGS},
    }


def words(lang: Lang) -> dict[str, str]:
    """The page's own words, by the keys that its scripts ask for."""
    phrases = catalogue(lang).phrases
    return {key.removeprefix("page."): text for key, text in phrases.items() if key.startswith(WORDS)}


def _steps(found: Steps, stage: Scene, names: TaskNames, began: int) -> list[dict[str, Any]]:
    languages = [Sentences(names, lang) for lang in LANGS]
    records = []
    for number, step in enumerate(found):
        event = step.event
        at = event.t if event.kind == "block" else event.end
        fd = getattr(event, "fd", None)
        records.append(
            {
                "lane": stage.lane_of[number],
                "family": step.family,
                "shape": shape(event.kind),
                "kind": event.kind,
                "label": _alike([label(event, language.words, step.times) for language in languages]),
                "who": names.subject(event),
                "say": [language.of(event, step.times) for language in languages],
                "t": (at - began) / 1e6,
                "line": _line(event),
                "fds": sorted(_numbers(event)),
                "box": event.box,
                "of": getattr(event, "of", "") or (fd.of if isinstance(fd, e.Fd) else ""),
                "obj": sorted(_objects(event)),
            }
        )
    return records


def _alike(texts: list[str]) -> str | list[str]:
    """A text in each language, or the text that is the same in all of them: most labels are."""
    return texts if len(set(texts)) > 1 else texts[0]


def _line(event: e.Event) -> list[object] | None:
    return [event.line.file, event.line.number, event.line.text.strip()] if event.line else None


def _numbers(event: e.Event) -> set[int]:
    """The descriptors that an event is about."""
    found: set[int] = set()
    for name in ("fd", "to", "read", "write", "a", "b", "new", "fds"):
        value = getattr(event, name, None)
        for entry in value if isinstance(value, tuple) and not isinstance(value, e.Task) else (value,):
            number = entry.fd if isinstance(entry, e.Fd) else entry
            if isinstance(number, int) and number >= 0:
                found.add(number)
    return found


def _objects(event: e.Event) -> set[str]:
    return {value for name in ("obj", "obj_a", "obj_b", "listener", "peer") if (value := getattr(event, name, ""))}


def _finding(finding: Finding, found: Steps, names: Names | None) -> dict[str, Any]:
    until = len(found) if finding.until is None else found.near(finding.until)
    return {
        "step": found.near(finding.seq),
        "until": until,
        "kind": finding.kind,
        "box": finding.box,
        "tasks": list(map(str, finding.tasks)),
        "say": [catalogue(lang).finding(finding, names) for lang in LANGS],
    }


def _lanes(stage: Scene, names: TaskNames) -> list[dict[str, Any]]:
    mains = {(lane.box, lane.task): number for number, lane in enumerate(stage.lanes)}
    return [
        {
            "task": str(lane.task),
            "box": lane.box,
            "name": names.task(lane.task, "" if lane.thread else lane.box),
            "program": lane.name,
            "thread": int(lane.thread),
            "main": mains.get((lane.box, lane.proc), number),
            "parent": lane.parent,
        }
        for number, lane in enumerate(stage.lanes)
    ]


def _program(events: Sequence[e.Event]) -> str:
    """What was run, by its first exec."""
    first = next((event for event in events if isinstance(event, e.Exec) and event.argv), None)
    return program(first.argv, first.path) if first else ""


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
