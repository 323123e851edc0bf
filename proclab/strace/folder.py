"""The recorder's files (docs/recording.md) → events. Pure as well: who reads the folder hands over names and texts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from proclab.events import Event
from proclab.strace.telling import Program, read

LOG = re.compile(r"(?P<folder>(?P<box>[^/]+)/\d+)/t\.(?P<tid>\d+)")
STOPPED = {
    "seconds": "the recording was ended at its limit of time",
    "bytes": "the recording was ended at its limit of size",
    "lines": "the recording was ended at its limit of lines",
    "user": "the recording was stopped",
}


def read_folder(files: Mapping[str, str]) -> list[Event]:
    """All events of a recording, of all its boxes: `{"lab/1/t.12": "…", "lab/1/start.json": "…", …}`.

    Decode logs as UTF-8 with `surrogateescape`, and don't let line ends be translated.
    """
    logs: dict[str, dict[int, str]] = {}
    boxes: dict[str, str] = {}
    for path, text in sorted(files.items()):
        if found := LOG.fullmatch(path):
            logs.setdefault(found["folder"], {})[int(found["tid"])] = text
            boxes[found["folder"]] = found["box"]
    programs = [Program(logs[folder], box=boxes[folder], start=_json(files, f"{folder}/start.json")) for folder in logs]
    sources: dict[str, str] = {}
    stopped: dict[str, str] = {}
    for box in dict.fromkeys(boxes.values()):
        sources |= {name: str(file.get("text", "")) for name, file in _json(files, f"{box}/files.json").items()}
        why = _json(files, f"{box}/end.json").get("stopped", "")
        stopped |= {box: STOPPED.get(why, str(why))} if why else {}
    return read(programs, sources, stopped)


def _json(files: Mapping[str, str], path: str) -> dict[str, Any]:
    """A JSON object of the recording; one that is missing or cut off tells nothing."""
    try:
        value = json.loads(files.get(path, "{}"))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
