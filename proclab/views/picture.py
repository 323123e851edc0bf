"""What all views of a recording have in common, worked out once."""

from __future__ import annotations

from collections.abc import Sequence

from proclab.events import Event
from proclab.state import Observer, State, reduce
from proclab.views.changes import Changes
from proclab.views.layout import Layout, Scene
from proclab.views.steps import LIMIT, steps
from proclab.words.sentences import TaskNames


class Picture:
    """Events, which of them are steps, the names of tasks, where everything is, and what each step changes.

    A picture is drawn by one pass over the events, which other observers may share: `Picture(events).draw(trees)`.
    """

    def __init__(self, events: Sequence[Event], limit: int = LIMIT) -> None:
        self.events = events
        self.steps = steps(events, limit)
        self.names = TaskNames.of(events)
        self.scene = Scene()
        self.changes: Sequence[dict[str, object]] = ()  # of the page, a step each

    @classmethod
    def of(cls, events: Sequence[Event], limit: int = LIMIT) -> Picture:
        """A picture that is drawn; with `limit` steps at most."""
        picture = cls(events, limit)
        picture.draw()
        return picture

    def draw(self, *others: Observer) -> State:
        """The one pass; the state at its end."""
        layout, changes = Layout(self.steps), Changes(self.steps)
        state = reduce(self.events, changes, layout, *others)
        self.scene, self.changes = layout.finished(), changes.found
        return state
