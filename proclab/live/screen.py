"""What a watch shows: the present picture, what to notice, what has changed; within the screen, in constant memory.

Pure but for the time of a container's end. On a small screen the picture gives way: it becomes brief, then it is cut.
"""

from __future__ import annotations

import textwrap
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from proclab.events import Block, Event, Exit, Fork, Killed, Run, Start
from proclab.findings.finding import Finding, Key
from proclab.live.look import WIDTH, heading, picture
from proclab.live.noticing import Noticing, sentences
from proclab.live.phrases import Phrases
from proclab.procfs import Looks, Sample, Waiting, quiet, waiting_of
from proclab.words import Lang, catalogue
from proclab.words.sentences import Sentences, TaskNames

CHANGES = 12  # the latest, below the picture
Waits = Mapping[int, Waiting | None]  # thread → what it waits in
PICTURE_MIN = 6  # lines of it that findings and changes leave


class Watch:
    """What is seen by now, and what has changed. Of the past it keeps the last sample and the last changes."""

    def __init__(self, boxes: Sequence[tuple[str, str]], lang: Lang = "en") -> None:
        self.order = [box for box, _ in boxes]
        self.lang = lang
        self.seen: dict[str, Sample] = {}
        self.ended: dict[str, str] = {}
        self.looks = Looks()
        self.noticing = {box: Noticing() for box in self.order}
        self.noticed: dict[Key, int] = {}  # finding → since when
        self.changed: deque[str] = deque(maxlen=CHANGES)

    def take(self, box: str, what: Sample | str) -> None:
        """A sample came, or the last of a container."""
        if isinstance(what, str):
            self.ended[box] = what
            self.seen.pop(box, None)
            self.looks.ended(box)
            self.noticing[box] = Noticing()
            self.changed.append(f"{_clock(time.time_ns())} {box}: {what}")
        else:
            self.changed += [f"{_clock(what.t)} {sentence}" for sentence in self._changes_to(what)]
            self.seen[box] = what
            self.noticing[box].take(what)

    def _changes_to(self, sample: Sample) -> list[str]:
        """What is different in a container, each with the process and its name."""
        place, before = len(self.looks.events), self.seen.get(sample.box)
        self.looks.take(quiet(sample), sample)
        events = self.looks.events[place:]
        self.looks = self.looks.restarted()  # what has been is not kept
        if before is None:
            return []
        names = {each.pid: each.short for each in (*before.processes, *sample.processes)}
        say = Sentences(TaskNames(boxes=self.several), self.lang)
        new = _new(events, _waits(before), _waits(sample))
        said = [f"{say.names.subject(event)} {names[event.proc.pid]} {say.of(event)}" for event in new]
        return [*said, *self._stopped(before, sample)]

    def _stopped(self, before: Sample, sample: Sample) -> Iterator[str]:
        """Processes that are stopped or continued: no event of a sample says that."""
        states = {(each.pid, each.start): each.state for each in before.processes}
        for each in quiet(sample).processes:
            was = states.get((each.pid, each.start), each.state)
            if was != each.state and "T" in (was, each.state):
                there = f"{sample.box}:" if self.several else ""
                yield f"{there}{each.pid} {each.short} {self.phrases.state(each.state)}"

    @property
    def phrases(self) -> Phrases:
        """The words for what is there now."""
        return Phrases(self.looks.objects, self.lang)

    @property
    def samples(self) -> list[Sample]:
        """The present, a sample for each container that lives."""
        return [self.seen[box] for box in self.order if box in self.seen]

    @property
    def findings(self) -> list[Finding]:
        """What is to be noticed now."""
        return [finding for box in self.order for finding in self.noticing[box].findings]

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
        now = {finding.key: self.seen[finding.box].t for finding in self.findings}
        self.noticed = {key: self.noticed.get(key, t) for key, t in now.items()}
        for finding, sentence in sentences(self.findings, self.lang, self.looks.objects.names, self.several):
            at = f"{_clock(self.noticed[finding.key])} " if finding and since else ""
            said += wrapped(at + sentence, width)
        return ["", catalogue(self.lang).say("look.notice"), *said] if said else []

    def lines(self, title: str, height: int, width: int = WIDTH) -> list[str]:
        """The screen: picture, what to notice, changes; cut to the terminal's height with a word about it."""
        room = max(height - 1 - PICTURE_MIN, 4)
        notices = self._cut(self.notices(width), room * 2 // 3)
        changed = self._changes(room - len(notices))
        above = self._picture(max(3, height - 2 - len(notices) - len(changed)))
        return [heading(title, self.samples, self.lang), "", *above, *notices, *changed]

    def _changes(self, room: int) -> list[str]:
        latest = list(self.changed)[-max(1, room - 2) :]
        return ["", catalogue(self.lang).say("look.changed"), *(f"  {line}" for line in latest)] if latest else []

    def _picture(self, room: int) -> list[str]:
        lines = picture(self.samples, self.phrases)
        if len(lines) > room:
            lines = picture(self.samples, self.phrases, brief=True)
        return self._cut(lines, room)

    def _cut(self, lines: list[str], room: int) -> list[str]:
        if len(lines) <= room:
            return lines
        return [*lines[: room - 1], catalogue(self.lang).say("look.more.lines", count=len(lines) - room + 1)]


def _waits(sample: Sample) -> Waits:
    return {thread.tid: waiting_of(thread, sample.machine) for each in sample.processes for thread in each.threads}


def _new(events: Sequence[Event], before: Waits, now: Waits) -> Iterator[Event]:
    """The events that say what is new: of a new process birth and end, of a thread that waits what it has begun."""
    born = {event.child for event in events if isinstance(event, Fork)}
    born |= {event.proc for event in events if isinstance(event, Start)}
    for event in events:
        same = isinstance(event, Block) and before.get(event.task.pid) == now.get(event.task.pid)
        early = event.proc in born and not isinstance(event, Start | Exit | Killed)
        if not (same or early or isinstance(event, Run)):
            yield event


def wrapped(sentence: str, width: int) -> list[str]:
    """A sentence of a section, indented, over as many lines as it needs; one that enumerates, a line for each part."""
    first, *rest = sentence.replace("; ", ";\n").split("\n")
    indents = [("  ", first), *(("      ", part) for part in rest)]
    return [
        line
        for indent, part in indents
        for line in textwrap.wrap(
            part,
            max(width, 40),
            initial_indent=indent,
            subsequent_indent="      ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]


def _clock(t: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(t / 1e9))
