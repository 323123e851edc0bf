"""Fixtures of the tests that call make: a Compose, a program of the student's own, a recording of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.composes import composes
from tests.containers.making import Recording, environment, leftovers, make


@pytest.fixture(scope="module", params=["1.29", "2.x"])
def compose(request: pytest.FixtureRequest) -> dict[str, str]:
    """Each Compose in turn."""
    if request.param not in composes():
        pytest.skip(f"no Compose {request.param} here")
    return environment(request.param)


@pytest.fixture
def any_compose() -> dict[str, str]:
    """One Compose, for what doesn't depend on which."""
    return environment(max(composes()))


@pytest.fixture
def nothing_is_left() -> Iterator[None]:
    """No container and no network of this checkout, before the test and after it."""
    assert leftovers() == []
    yield
    assert leftovers() == []


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., Path]:
    """Writes a program of the student's own, where the container's user may read it."""
    tmp_path.chmod(0o755)  # the container's user is neither us nor of our group

    def write(text: str, name: str = "my.py") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


@pytest.fixture
def trace(tmp_path: Path) -> Callable[..., tuple[Any, Recording | None]]:
    """Runs make trace-N; returns what make said and the recording."""

    def run(environment: dict[str, str], *words: str, **more: Any) -> tuple[Any, Recording | None]:
        out = tmp_path / "out"
        done = make(environment | {"RAW": "1", "OUT": str(out)}, *words, **more)
        return done, Recording(out) if out.exists() else None

    return run
