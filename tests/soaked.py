"""Which cases of a test belong to `make test`, and which to `make test-soak` alone: many of a kind take minutes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest


def cases(values: Iterable[Any], now: Callable[[Any], bool], name: Callable[[Any], str] = str) -> list[Any]:
    """All cases for pytest; `make test` tries those of which `now` is true."""
    return [pytest.param(*_each(one), marks=() if now(one) else pytest.mark.soak, id=name(one)) for one in values]


def _each(one: Any) -> tuple[Any, ...]:
    return one if isinstance(one, tuple) else (one,)
