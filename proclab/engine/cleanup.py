"""Cleaning up what a crash left: containers, then networks and volumes, by label, this owner's only."""

from __future__ import annotations

from typing import Any

from proclab.engine import labels
from proclab.engine.engine import Engine


def listing(engine: Engine, kind: str, label: str) -> list[tuple[str, dict[str, str]]]:
    """(id, labels) of all containers, networks or volumes with that label; none inspected: it may go meanwhile."""

    def ask(client: Any) -> list[dict[str, Any]]:
        wanted = {"label": label}
        if kind == "container":
            return list(client.containers(all=True, filters=wanted))
        if kind == "network":
            return list(client.networks(filters=wanted))
        return list(client.volumes(filters=wanted)["Volumes"] or [])

    key = "Name" if kind == "volume" else "Id"
    return [(each[key], each.get("Labels") or {}) for each in engine.call(f"list {kind}s", ask)]


def leftovers(engine: Engine, *wanted: str) -> list[tuple[str, str]]:
    """(kind, id) of everything that carries all of these labels, in the order in which it can be removed."""
    first, *more = wanted
    needed = [label.partition("=")[::2] for label in more]
    return [
        (kind, name)
        for kind in ("container", "network", "volume")
        for name, found in listing(engine, kind, first)
        if all(found.get(key) == value for key, value in needed)
    ]


def wipe(engine: Engine, run: str | None = None) -> list[tuple[str, str]]:
    """Remove what bears our own label and this engine's owner's (of one run only, if named), whoever made it.

    compose.yaml gives both labels to what compose makes; a project's name alone proves nothing. What vanishes meanwhile
    is fine. Returns what was removed.
    """
    mine = [f"{labels.ALL}=1", f"{labels.OWNER}={engine.owner.name}"] + ([f"{labels.RUN}={run}"] if run else [])
    gone = leftovers(engine, *mine)
    for kind, name in gone:
        engine.remove(kind, name)
    return gone
