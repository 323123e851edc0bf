"""The recorder's files (docs/recording.md) → events. Pure: the caller has read the folder."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import TypeVar

from proclab.errors import ProtocolError
from proclab.events import Event
from proclab.strace import written
from proclab.strace.felled import Felling, felling
from proclab.strace.interpret import Program, read
from proclab.strace.lines import untorn
from proclab.strace.struck import faults
from proclab.strace.written import Missing

LOG = re.compile(r"(?P<folder>(?P<box>[^/]+)/\d+)/t\.(?P<tid>\d{1,10})")
Content = TypeVar("Content")


def read_folder(files: Mapping[str, str]) -> list[Event]:
    """All events of a recording, of all its boxes: `{"lab/1/t.12": "…", "lab/1/start.json": "…", …}`.

    Decode logs as UTF-8 with `surrogateescape`, and don't let line ends be translated.
    """
    logs: dict[str, dict[int, str]] = {}
    boxes: dict[str, str] = {}
    for path, text in sorted(files.items()):
        if found := LOG.fullmatch(path):
            logs.setdefault(found["folder"], {})[int(found["tid"])] = untorn(text)
            boxes[found["folder"]] = found["box"]
    missing: dict[str, list[Missing]] = defaultdict(list)  # by box

    def said(box: str, path: str, reader: Callable[[str], Content]) -> Content | None:
        """What a file says. A missing one says nothing; one that makes no sense is something that is missing, too."""
        try:
            return reader(files[path]) if path in files else None
        except ProtocolError:
            missing[box].append(Missing("garbled", (path,)))
            return None

    starts = {place: said(box, f"{place}/start.json", written.start) or {} for place, box in boxes.items()}
    struck = {place: said(box, f"{place}/faults.jsonl", faults) or [] for place, box in boxes.items()}
    sources: dict[str, str] = {}
    fells: dict[str, Felling] = {}
    for box in dict.fromkeys(boxes.values()):
        sources |= said(box, f"{box}/files.json", written.sources) or {}
        fells[box] = felling(files.get(f"{box}/end.json", ""), files.get("facts.jsonl", ""))
        if end := said(box, f"{box}/end.json", written.ended):
            missing[box].insert(0, end)
    programs = [Program(logs[place], box=boxes[place], start=starts[place], faults=struck[place]) for place in logs]
    return read(programs, sources, missing, fells)
