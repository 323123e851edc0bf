"""The pictures of a student's page: what happened in the runs of the checks that failed, each run drawn once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from markupsafe import Markup

from proclab.errors import ProclabError
from proclab.events import log as eventlog
from proclab.views import Picture, story, svg
from proclab.words import Lang

STEPS = 120  # drawn of a run; what repeats is told as one
EVENT_BYTES = 4 << 20  # of a log that is drawn at all
PAGE_CHARACTERS = 2 << 20  # of all drawings of a page


@dataclass(frozen=True)
class Timeline:
    """A drawing and the same in words; or the check whose run it was, or neither where the run is too large."""

    drawing: Markup = field(default_factory=Markup)
    story: str = ""
    same_as: str = ""


@dataclass
class Timelines:
    """Of one page."""

    folder: Path | None
    lang: Lang
    room: int = PAGE_CHARACTERS
    drawn: dict[bytes, str] = field(default_factory=dict)

    def of(self, events: str, title: str, heading: str) -> Timeline | None:
        """The picture of a log below the folder; None where there is none."""
        data = self._data(events)
        if data is None:
            return None
        known = hashlib.sha256(data).digest()
        if known in self.drawn:
            return Timeline(same_as=self.drawn[known])
        found = self._drawn(data, heading) if len(data) <= EVENT_BYTES else Timeline()
        if found and found.drawing:
            self.drawn[known] = title
            self.room -= len(found.drawing) + len(found.story)
        return found

    def _data(self, events: str) -> bytes | None:
        """What a log holds, as far as it is drawn; never of a file beside the evidence."""
        if not events or self.folder is None:
            return None
        path, root = (self.folder / events).resolve(), (self.folder / "evidence").resolve()
        if not path.is_relative_to(root) or not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(EVENT_BYTES + 1)

    def _drawn(self, data: bytes, heading: str) -> Timeline | None:
        try:
            picture = Picture.of(list(eventlog.read(data.decode("utf-8", "replace"))), STEPS)
        except ProclabError:  # no log: there is nothing to be seen
            return None
        if not picture.steps:
            return None
        drawing = svg(picture, self.lang, heading, alone=False)
        text = story(picture, self.lang)
        fits = len(drawing) + len(text) <= self.room
        return Timeline(Markup(drawing), text) if fits else Timeline()
