"""The story as text: one line a step, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from proclab import events as e
from proclab.findings.finding import Finding
from proclab.text import printable
from proclab.views.picture import Picture
from proclab.words import Lang
from proclab.words.sentences import Sentences

HEAD = ("step", "after", "who", "what", "line")
WIDTH = 110  # of the sentences; longer ones push their source line aside


def story(picture: Picture, lang: Lang = "en", findings: Sequence[Finding] = ()) -> str:
    """The whole story, and what follows from it; every line ends with a line end."""
    found, sentences = picture.steps, Sentences(picture.names, lang)
    words = sentences.words
    rows = [
        tuple(words.say(f"story.{column}") for column in HEAD),
        *(_row(number, step.event, step.times, sentences, picture.events[0].t) for number, step in enumerate(found, 1)),
    ]
    widths = [min(max(len(row[column]) for row in rows), WIDTH) for column in range(4)]
    lines = [_line(row, widths) for row in rows]
    if found.cut:
        lines.append(words.say("story.cut", cut=found.cut))
    if findings:
        lines += ["", words.say("story.notice")]
        for finding in findings:
            at = words.say("story.at", number=found.near(finding.seq) + 1, what=printable(words.finding(finding)))
            lines.append(f"  {at}")
    return "".join(f"{line}\n" for line in lines)


def _row(number: int, event: e.Event, times: int, sentences: Sentences, began: int) -> tuple[str, str, str, str, str]:
    line = f"{event.line}  {event.line.text.strip()}".rstrip() if event.line else ""
    after = (event.t if event.kind == "block" else event.end) - began
    return str(number), _seconds(after), sentences.names.subject(event), sentences.of(event, times), line


def _seconds(ns: int) -> str:
    return f"{ns / 1e9:.4f}"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    number, after, who, what, line = row
    left = f"{number:>{widths[0]}}  {after:>{widths[1]}}  {who:<{widths[2]}}  {what:<{widths[3]}}"
    return printable(f"{left}  {line}".rstrip())
