"""The story as text: one line a step, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from proclab import events as e
from proclab.state.fact import Fact
from proclab.views.phrases import Lang
from proclab.views.picture import Picture
from proclab.views.telling import Teller, printable

HEAD = {
    "en": ("step", "after s", "who", "what", "source line"),
    "ru": ("шаг", "через с", "кто", "что", "строка программы"),
}
MORE = {"en": "… {cut} more events are not shown", "ru": "… ещё событий не показано: {cut}"}
NOTICE = {"en": "What to notice", "ru": "На что обратить внимание"}
STEP = {"en": "step", "ru": "шаг"}
WIDTH = 110  # of the sentences; longer ones push their source line aside


def story(
    events: Sequence[e.Event], lang: Lang = "en", shown: Picture | None = None, facts: Sequence[Fact] = ()
) -> str:
    """The whole story, and what follows from it; every line ends with a line end."""
    picture = shown or Picture.of(events)
    found, teller = picture.steps, Teller(picture.names, lang)
    rows = [HEAD[lang], *(_row(number, step.event, step.times, teller, events[0].t)
                          for number, step in enumerate(found, 1))]  # fmt: skip
    widths = [min(max(len(row[column]) for row in rows), WIDTH) for column in range(4)]
    lines = [_line(row, widths) for row in rows]
    if found.cut:
        lines.append(MORE[lang].format(cut=found.cut))
    if facts:
        said = [f"  {STEP[lang]} {found.near(fact.seq) + 1}: {printable(fact.say(lang))}" for fact in facts]
        lines += ["", NOTICE[lang], *said]
    return "".join(f"{line}\n" for line in lines)


def _row(number: int, event: e.Event, times: int, teller: Teller, began: int) -> tuple[str, str, str, str, str]:
    line = f"{event.line}  {event.line.text.strip()}".rstrip() if event.line else ""
    after = (event.t if event.kind == "block" else event.end) - began
    return str(number), _seconds(after), teller.names.subject(event), teller.sentence(event, times), line


def _seconds(ns: int) -> str:
    return f"{ns / 1e9:.4f}"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    number, after, who, what, line = row
    left = f"{number:>{widths[0]}}  {after:>{widths[1]}}  {who:<{widths[2]}}  {what:<{widths[3]}}"
    return printable(f"{left}  {line}".rstrip())
