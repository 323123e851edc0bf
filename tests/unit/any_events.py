"""Any event whatever, for tests of what holds for all of them."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, get_type_hints

from hypothesis import strategies as st

from proclab.events import KINDS, Event


def events() -> st.SearchStrategy[Event]:
    """Any event whatever: every kind, any fields besides the needed ones."""
    return st.sampled_from(sorted(KINDS.values(), key=lambda cls: cls.kind)).flatmap(event_of)


def event_of(cls: Any) -> st.SearchStrategy[Event]:
    hints = get_type_hints(cls)
    needed = {f.name: f.default is MISSING for f in fields(cls)}
    return st.fixed_dictionaries(
        {name: st.from_type(hints[name]) for name, need in needed.items() if need},
        optional={name: st.from_type(hints[name]) for name, need in needed.items() if not need},
    ).map(lambda values: cls(**values))
