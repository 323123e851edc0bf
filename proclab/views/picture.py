"""What all views of a recording have in common, worked out once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from proclab.events import Event
from proclab.views.scene import Scene, scene
from proclab.views.steps import LIMIT, Steps, steps
from proclab.views.telling import Names


@dataclass(frozen=True)
class Picture:
    """Events, which of them are steps, who is called what, and where it all stands."""

    events: Sequence[Event]
    steps: Steps
    names: Names
    scene: Scene

    @classmethod
    def of(cls, events: Sequence[Event], limit: int = LIMIT) -> Picture:
        """Make ready to draw; with `limit` steps at most."""
        found = steps(events, limit)
        return cls(events, found, Names.of(events), scene(events, found))
