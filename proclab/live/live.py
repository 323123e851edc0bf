"""What the live page shows: looks as they come, as the data of run.html and the changes of that data.

Pure. The page is drawn by the same code as run.html. Its history is bounded: when it is long it starts again from
what is there now.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from proclab.findings.finding import Finding, Key
from proclab.live.noticing import Noticing
from proclab.procfs import Looks, Sample, quiet
from proclab.views.page import data
from proclab.views.picture import Picture
from proclab.words import Lang

EVENTS_MAX = 1500  # then the history starts again: a longer page would cost too much at every look
PAST_MAX = 40  # findings that hold no more
Data = dict[str, Any]


class Live:
    """The looks so far. `version` grows whenever there is something new to draw."""

    def __init__(self, title: str, lang: Lang = "en", limit: int = EVENTS_MAX) -> None:
        self.title, self.lang, self.limit = title, lang, limit
        self.looks = Looks()
        self.base = 0  # events of what there was at the beginning; the limit is for what comes after
        self.notices = Notices()
        self.version = 0
        self.more: Data = {"anew": 0}
        self._drawn: tuple[int, Data] = (-1, {})

    @property
    def boxes(self) -> list[str]:
        """The containers that are there."""
        return list(self.looks.latest)

    def take(self, sample: Sample) -> bool:
        """The next look at a container; is there anything new?"""
        before, new = len(self.looks.events), sample.box not in self.looks.latest
        self.looks.take(quiet(sample), sample)
        noticed = self.notices.take(sample, len(self.looks.events))
        if len(self.looks.events) == before and not new and not noticed:
            return False
        if len(self.looks.events) > self.limit + self.base:
            self._begin_anew()
        self.version += 1
        return True

    def _begin_anew(self) -> None:
        self.looks = self.looks.restarted()
        self.base = len(self.looks.events)
        self.notices.begin_anew(self.base)
        self.more["anew"] += 1

    def ended(self, box: str) -> None:
        """A container has ended, and with it all that ran there."""
        self.looks.ended(box)
        self.notices.ended(box, len(self.looks.events))
        self.version += 1

    def tell(self, **more: Any) -> None:
        """Something else for the page: what is being recorded, say."""
        if {**self.more, **more} != self.more:
            self.more |= more
            self.version += 1

    def data(self) -> Data:
        """All that the page draws now. Worked out once for all pages."""
        if self._drawn[0] != self.version:
            events, names = self.looks.events, self.looks.objects.names
            drawn = data(Picture.of(events), self.lang, self.title, self.notices.findings, names)
            self._drawn = self.version, {**drawn, "boxes_now": self.boxes, **self.more}
        return self._drawn[1]


class Notices:
    """What is to be noticed, and the latest of what was: each with the place in the history where it was seen."""

    def __init__(self) -> None:
        self.boxes: dict[str, Noticing] = {}
        self.now: dict[Key, Finding] = {}
        self.past: deque[Finding] = deque(maxlen=PAST_MAX)

    @property
    def findings(self) -> list[Finding]:
        """By their places."""
        return sorted([*self.past, *self.now.values()], key=lambda finding: finding.seq)

    def take(self, sample: Sample, place: int) -> bool:
        """The next sample; `place` events are there by now. Has any finding come or gone?"""
        noticing = self.boxes.setdefault(sample.box, Noticing())
        noticing.take(sample)
        return self._hold(sample.box, noticing.findings, place)

    def ended(self, box: str, place: int) -> None:
        """A container has ended: there is nothing to be noticed in it."""
        self.boxes.pop(box, None)
        self._hold(box, (), place)

    def _hold(self, box: str, findings: Iterable[Finding], place: int) -> bool:
        found = {finding.key: finding for finding in findings}
        gone = [key for key, finding in self.now.items() if finding.box == box and key not in found]
        come = [key for key in found if key not in self.now]
        self.past.extend(replace(self.now.pop(key), until=place) for key in gone)
        self.now |= {key: replace(found[key], seq=max(0, place - 1), until=None) for key in come}
        return bool(gone or come)

    def begin_anew(self, place: int) -> None:
        """The history before is forgotten."""
        self.past.clear()
        self.now = {key: replace(finding, seq=max(0, place - 1)) for key, finding in self.now.items()}


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
