"""What the live page shows: looks as they come, as the data of run.html and the changes of that data.

Pure. The page is drawn by the same code as run.html. Its history is bounded: when it is long it begins anew with
what is there now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from proclab.procfs import Process, Sample, own
from proclab.sampled import Looks
from proclab.state import derive
from proclab.views.page import data
from proclab.views.phrases import Lang
from proclab.views.picture import Picture

EVENTS_MAX = 1500  # then the history begins anew: a page of more would cost too much at every look
RECORDING = "/tmp/proclab-recording/"  # docker/guest/record.py keeps it there
Data = dict[str, Any]


class Live:
    """The looks so far. `version` grows whenever there is something new to draw."""

    def __init__(self, title: str, lang: Lang = "en", limit: int = EVENTS_MAX) -> None:
        self.title, self.lang, self.limit = title, lang, limit
        self.looks = Looks()
        self.base = 0  # events that tell what there was at the beginning; the limit is for what comes after
        self.version = 0
        self.more: Data = {"anew": 0}
        self._drawn: tuple[int, Data] = (-1, {})

    @property
    def boxes(self) -> list[str]:
        """The containers that are there."""
        return list(self.looks.latest)

    def take(self, sample: Sample) -> bool:
        """The next look at a container; is there anything new?"""
        before, new = len(self.looks.told), sample.box not in self.looks.latest
        self.looks.take(quiet(sample))
        if len(self.looks.told) == before and not new:
            return False
        if len(self.looks.told) > self.limit + self.base:
            self.looks = self.looks.anew()
            self.base = len(self.looks.told)
            self.more["anew"] += 1
        self.version += 1
        return True

    def ended(self, box: str) -> None:
        """A container has ended, and with it all that ran there."""
        self.looks.ended(box)
        self.version += 1

    def tell(self, **more: Any) -> None:
        """Something else for the page: what is being recorded, say."""
        if {**self.more, **more} != self.more:
            self.more |= more
            self.version += 1

    def data(self) -> Data:
        """All that the page draws now. Worked out once for all who look."""
        if self._drawn[0] != self.version:
            events = self.looks.told
            facts = [fact for fact in derive(events) if fact.box in self.looks.latest]
            drawn = data(Picture.of(events), self.lang, self.title, facts)
            self._drawn = self.version, {**drawn, "boxes_now": self.boxes, **self.more}
        return self._drawn[1]


def quiet(sample: Sample) -> Sample:
    """Without proclab's own processes: the picture is of the student's."""
    return replace(sample, processes=tuple(process for process in sample.processes if not _ours(process)))


def _ours(process: Process) -> bool:
    """Also the recorder, and who is about to become what `docker exec` starts."""
    recorder = process.name == "strace" and any(word.startswith(RECORDING) for word in process.argv)
    return own(process) or recorder or process.argv[:2] == ("runc", "init")


# ---------------------------------------------------------------- changes


@dataclass(frozen=True)
class Change:
    """What makes the data of a page of what it had: values that are set, lists that keep a beginning and get a rest."""

    values: Mapping[str, Any]
    lists: Mapping[str, tuple[int, Sequence[Any]]]

    def plain(self) -> Data:
        """As JSON values."""
        return {"values": dict(self.values), "lists": {name: [kept, rest] for name, (kept, rest) in self.lists.items()}}


def change(before: Mapping[str, Any], now: Mapping[str, Any]) -> Change:
    """The change from one data to another; from nothing, everything."""
    new = {name: value for name, value in now.items() if name not in before or before[name] != value}
    lists = {name: value for name, value in new.items() if isinstance(value, list)}
    values = {name: value for name, value in new.items() if name not in lists}
    return Change(values, {name: _rest(before.get(name), value) for name, value in lists.items()})


def _rest(before: Any, now: Sequence[Any]) -> tuple[int, Sequence[Any]]:
    kept = 0
    for old, new in zip(before if isinstance(before, list) else (), now, strict=False):
        if old != new:
            break
        kept += 1
    return kept, now[kept:]
