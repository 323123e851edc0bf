"""All the files of a recording at once."""

from __future__ import annotations

from collections.abc import Sequence

from proclab import eventlog
from proclab.events import Event
from proclab.state.fact import Fact
from proclab.views.chrome import chrome
from proclab.views.lanes import svg
from proclab.views.mermaid import mermaid
from proclab.views.page import page
from proclab.views.phrases import Lang
from proclab.views.picture import Picture
from proclab.views.story import story
from proclab.views.tree import tree


def files(events: Sequence[Event], facts: Sequence[Fact] = (), lang: Lang = "en", title: str = "") -> dict[str, str]:
    """What `out/<run>/` holds, by file name; the story is also what the terminal shows."""
    picture = Picture.of(events)
    return {
        "events.jsonl": eventlog.write(events),
        "story.txt": story(events, lang, picture, facts),
        "tree.txt": tree(events, lang, picture),
        "run.html": page(events, lang, picture, title, facts),
        "run.svg": svg(events, lang, picture, title),
        "run.mmd": mermaid(events, lang, picture),
        "run.trace.json": chrome(events, lang, picture),
    }
