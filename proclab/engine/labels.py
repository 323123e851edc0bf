"""Labels on all that we create: whose it is, of which run, and until when it may live."""

from __future__ import annotations

import getpass
import hashlib
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

ALL = "proclab"  # "1" on everything of ours
RUN = "proclab.run"
OWNER = "proclab.owner"
DEADLINE = "proclab.deadline"


def owner_of(checkout: Path, user: str | None = None) -> str:
    """Who may clean up: this user in this checkout, so that two of either never touch each other's."""
    digest = hashlib.sha256(str(checkout.resolve()).encode()).hexdigest()[:12]
    return f"{_user() if user is None else user}-{digest}"


def _user() -> str:
    try:
        return f"{os.getuid()}"
    except AttributeError:  # Windows
        return getpass.getuser()


def new_run() -> str:
    """A name that no other run has."""
    return os.urandom(6).hex()


@dataclass(frozen=True)
class Owner:
    """The labels of one run of one owner."""

    name: str
    run: str = field(default_factory=new_run)

    def labels(self, lifetime: float) -> dict[str, str]:
        """Labels for what is to be gone after so many seconds (wall clock: other processes read them)."""
        return {ALL: "1", RUN: self.run, OWNER: self.name, DEADLINE: str(int(time.time() + lifetime))}

    def unique(self, what: str) -> str:
        """A name known before the engine is asked, so that even a create without an answer can be undone."""
        return f"proclab-{self.run}-{what}-{os.urandom(4).hex()}"
