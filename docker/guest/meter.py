"""How much a recording holds, against its limits. The more looking at it costs, the more rarely it is looked at."""

import contextlib
import os
import re
import subprocess
import time

import archive
import guard

LIMITS = {"bytes": 10 << 20, "lines": 200_000, "seconds": 60.0, "logs": 5_000}
REST = 4  # times as long as a look at the logs took is waited before the next: 5 000 of them take a while


class Meter:
    """How much has been recorded, against the limits."""

    def __init__(self, folder: str, limits: dict[str, float]) -> None:
        self.folder = folder
        self.limits = limits
        self.read_to: dict[str, int] = {}
        self.lines = 0
        self.began = time.monotonic()
        self.next = self.began

    def reached(self) -> str:
        """The name of a limit that is reached, or ""."""
        began = time.monotonic()
        if began >= self.next:
            self.count()
            self.next = began + (1 + REST) * (time.monotonic() - began)
        amounts = {
            "bytes": sum(self.read_to.values()),
            "lines": self.lines,
            "logs": len(self.read_to),
            "seconds": time.monotonic() - self.began,
        }
        limit = next((name for name, amount in amounts.items() if amount >= self.limits[name]), "")
        return limit or ("full" if guard.full(self.folder) else "")

    def count(self) -> None:
        """What has come since the last time. Unguarded, the program may put anything there, or take it away."""
        folders = [folder.path for folder in _entries(self.folder) if folder.name.isdigit()]
        for log in (entry for folder in folders for entry in _entries(folder)):
            with contextlib.suppress(OSError):
                if log.name.startswith("t.") and log.stat().st_size > self.read_to.setdefault(log.path, 0):
                    self._read(log.path)

    def _read(self, path: str) -> None:
        with archive.plain_file(path) as log:
            log.seek(self.read_to[path])
            data = log.read()
        self.lines += data.count(b"\n")
        self.read_to[path] += len(data)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """What lies in a folder; nothing where it is none."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def strace_version() -> str:
    """The version of strace, "6.13"."""
    said = subprocess.run(["strace", "-V"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"version ([\w.]+)", said)
    return found[1] if found else ""
