"""Makes the guest programs (docker/guest, no package) importable for the tests."""

import importlib
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docker" / "guest"


def module(name):
    """A guest program as a module."""
    if str(FOLDER) not in sys.path:
        sys.path.append(str(FOLDER))
    return importlib.import_module(name)
