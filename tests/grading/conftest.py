"""What tests of grading share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.grading import classes


@pytest.fixture(scope="module")
def submissions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small class."""
    return classes.made(tmp_path_factory.mktemp("class"))
