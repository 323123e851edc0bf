"""The control group's own counters: how often memory or process ids ran out. Version 1 and 2.

`State.OOMKilled` is true for any process of the container on one engine and for PID 1 only on another; the
kernel's counter is neither's opinion. The parsers are pure; `read` looks at this machine's /sys, where the
engine is local.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
# (file, key) in the order of trial: version 2 with the systemd and the cgroupfs driver, then version 1 with
# either.
_MEMORY = (
    ("system.slice/docker-{id}.scope/memory.events", "oom_kill"),
    ("docker/{id}/memory.events", "oom_kill"),
    ("memory/system.slice/docker-{id}.scope/memory.oom_control", "oom_kill"),
    ("memory/docker/{id}/memory.oom_control", "oom_kill"),
)
_PIDS = (
    ("system.slice/docker-{id}.scope/pids.events", "max"),
    ("docker/{id}/pids.events", "max"),
    ("pids/system.slice/docker-{id}.scope/pids.events", "max"),
    ("pids/docker/{id}/pids.events", "max"),
)


def counter(text: str, key: str) -> int | None:
    """One counter of a flat keyed file.

    >>> counter("low 0\\noom_kill 2\\n", "oom_kill")
    2
    """
    for line in text.splitlines():
        words = line.split()
        if len(words) == 2 and words[0] == key and len(words[1]) <= 20 and words[1].isdecimal():
            return int(words[1])
    return None


def read(container: str, root: Path = ROOT) -> tuple[int | None, int | None]:
    """(processes killed for memory, forks refused) of a running container; None where it cannot be read."""
    return _first(_MEMORY, container, root), _first(_PIDS, container, root)


def _first(places: tuple[tuple[str, str], ...], container: str, root: Path) -> int | None:
    for name, key in places:
        try:
            text = (root / name.format(id=container)).read_text()
        except OSError:
            continue  # another version or driver, or the container has just ended
        return counter(text, key)
    return None
