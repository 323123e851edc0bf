"""What a watch shows: the present picture, what to notice, what has changed; within the screen, in constant memory.

Pure but for the time of a container's end. On a small screen the picture gives way: it becomes brief, then it is cut.
"""

from __future__ import annotations

import textwrap
import time
from collections import deque
from collections.abc import Sequence

from proclab.live.changed import changes
from proclab.live.look import heading, picture
from proclab.live.lookwords import word
from proclab.live.noticing import Noticing, sentences
from proclab.live.procfs import Sample
from proclab.live.wiring import Names, Wiring
from proclab.state.fact import Fact, Lang

CHANGES = 12  # the latest, below the picture
WIDTH = 100  # where there is no terminal
PICTURE_MIN = 6  # lines of it that facts and changes leave


class Watch:
    """What is seen by now, and what has changed. Of the past it keeps the last sample and the last changes."""

    def __init__(self, boxes: Sequence[tuple[str, str]], lang: Lang = "en") -> None:
        self.order = [box for box, _ in boxes]
        self.lang = lang
        self.seen: dict[str, Sample] = {}
        self.ended: dict[str, str] = {}
        self.names = Names()
        self.noticing = {box: Noticing() for box in self.order}
        self.noticed: dict[tuple[str, str], int] = {}  # box, fact in words → since when
        self.changed: deque[str] = deque(maxlen=CHANGES)

    def take(self, box: str, what: Sample | str) -> None:
        """A sample came, or the last of a container."""
        if isinstance(what, str):
            self.ended[box] = what
            self.seen.pop(box, None)
            self.noticing[box] = Noticing()
            self.changed.append(f"{_clock(time.time_ns())} {box}: {what}")
        else:
            was = [self.seen[box]] if box in self.seen else []
            self.seen[box] = what
            wiring = Wiring(self.samples, self.lang, self.names)
            new = changes(was, [what], self.lang, self.names, self.several) if was else []
            self.changed += [f"{_clock(what.t)} {sentence}" for sentence in new]
            self.names.keep(wiring.holders)
            self.noticing[box].take(what)

    @property
    def samples(self) -> list[Sample]:
        """The present, a sample for each container that lives."""
        return [self.seen[box] for box in self.order if box in self.seen]

    @property
    def facts(self) -> list[Fact]:
        """What is to be noticed now."""
        return [fact for box in self.order for fact in self.noticing[box].facts]

    @property
    def several(self) -> bool:
        """Whether a container has to be named."""
        return len(self.order) > 1

    @property
    def over(self) -> bool:
        """No container is left."""
        return len(self.ended) == len(self.order)

    # ------------------------------------------------------------ lines

    def notices(self, width: int = WIDTH, since: bool = True) -> list[str]:
        """What to notice, with the time when it was first seen, as lines of a section; none where there is nothing."""
        said: list[str] = []
        now = {(fact.box, fact.en): self.seen[fact.box].t for fact in self.facts}
        self.noticed = {key: self.noticed.get(key, t) for key, t in now.items()}
        for fact, sentence in sentences(self.facts, self.lang, self.names, self.several):
            at = f"{_clock(self.noticed[fact.box, fact.en])} " if fact and since else ""
            said += wrapped(at + sentence, width)
        return ["", word("notice", self.lang), *said] if said else []

    def lines(self, title: str, height: int, width: int = WIDTH) -> list[str]:
        """The screen: picture, what to notice, changes; cut to the terminal's height with a word about it."""
        room = max(height - 1 - PICTURE_MIN, 4)
        notices = self._cut(self.notices(width), room * 2 // 3)
        changed = self._changes(room - len(notices))
        above = self._picture(max(3, height - 2 - len(notices) - len(changed)))
        return [heading(title, self.samples, self.lang), "", *above, *notices, *changed]

    def _changes(self, room: int) -> list[str]:
        latest = list(self.changed)[-max(1, room - 2) :]
        return ["", word("changed", self.lang), *(f"  {line}" for line in latest)] if latest else []

    def _picture(self, room: int) -> list[str]:
        lines = picture(self.samples, self.lang, self.names)
        if len(lines) > room:
            lines = picture(self.samples, self.lang, self.names, brief=True)
        return self._cut(lines, room)

    def _cut(self, lines: list[str], room: int) -> list[str]:
        if len(lines) <= room:
            return lines
        return [*lines[: room - 1], word("more.lines", self.lang, count=len(lines) - room + 1)]


def wrapped(sentence: str, width: int) -> list[str]:
    """A sentence of a section, indented, over as many lines as it needs; one that enumerates, a line for each part."""
    first, *rest = sentence.replace("; ", ";\n").split("\n")
    indents = [("  ", first), *(("      ", part) for part in rest)]
    return [line for indent, part in indents
            for line in textwrap.wrap(part, max(width, 40), initial_indent=indent, subsequent_indent="      ",
                                      break_long_words=False, break_on_hyphens=False)]  # fmt: skip


def _clock(t: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(t / 1e9))
