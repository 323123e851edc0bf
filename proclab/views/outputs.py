"""All the pictures of a recording at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from proclab.events import Event
from proclab.findings import Derivation, Finding
from proclab.views.lanes import svg
from proclab.views.mermaid import mermaid
from proclab.views.page import page
from proclab.views.perfetto import perfetto
from proclab.views.picture import Picture
from proclab.views.story import story
from proclab.views.tree import Trees
from proclab.words import Lang

Findings = Sequence[Finding]


def files(
    events: Sequence[Event], lang: Lang = "en", title: str = "", believe: Callable[[Findings], Findings] = tuple
) -> dict[str, str]:
    """What `out/<run>/` shows of events, by file name; the story is also what the terminal shows.

    The findings come of the same pass as the pictures; `believe` keeps those that the recording can bear.
    """
    derivation, picture = Derivation(), Picture(events)
    trees = Trees(picture.steps, picture.names, lang)
    state = picture.draw(derivation, trees)
    findings = believe(derivation.findings(state))
    return {
        "story.txt": story(picture, lang, findings),
        "tree.txt": trees.text,
        "run.html": page(picture, lang, title, findings),
        "run.svg": svg(picture, lang, title),
        "run.mmd": mermaid(picture, lang),
        "run.trace.json": perfetto(picture, lang),
    }
