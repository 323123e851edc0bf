"""Views of events, for the tests that want a single one: each draws a picture of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from proclab import views
from proclab.events import Event
from proclab.state import reduce
from proclab.views import Picture
from proclab.views.layout import Layout, Scene
from proclab.views.steps import Steps
from proclab.words import Lang


def story(events: Sequence[Event], lang: Lang = "en", shown: Picture | None = None) -> str:
    return views.story(shown or Picture.of(events), lang)


def tree(events: Sequence[Event], lang: Lang = "en") -> str:
    picture = Picture(events)
    trees = views.Trees(picture.steps, picture.names, lang)
    reduce(events, trees)
    return trees.text


def svg(events: Sequence[Event], lang: Lang = "en") -> str:
    return views.svg(Picture.of(events), lang)


def page(events: Sequence[Event], lang: Lang = "en", shown: Picture | None = None, **more: Any) -> str:
    return views.page(shown or Picture.of(events), lang, **more)


def mermaid(events: Sequence[Event], lang: Lang = "en") -> str:
    return views.mermaid(Picture.of(events), lang)


def perfetto(events: Sequence[Event], lang: Lang = "en") -> str:
    return views.perfetto(Picture.of(events), lang)


def lay_out(events: Sequence[Event], steps: Steps) -> Scene:
    layout = Layout(steps)
    reduce(events, layout)
    return layout.finished()
