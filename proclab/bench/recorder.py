"""Rows of `make bench` about the recorder: what recording a program costs it, by turns inside one container."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from proclab import labels
from proclab.bench.figures import Figure, Missing, Ratio
from proclab.compose import Project
from proclab.errors import InfraError
from proclab.outcome import Outcome
from proclab.sandbox import Engine
from proclab.session import Limits, Session

HERE = Path(__file__).resolve().parent
# The row's load (loads.py), what it says, its limit without source lines.
ROWS = {
    "trace-fork": ("fork", "300 fork + wait", 1.8),
    "trace-pipe": ("pipe", "20 000 pipe ping-pongs", 2),
    "trace-untraced": ("untraced", "350 000 calls not traced", 1.1),
    "trace-cpu": ("cpu", "a loop without calls", 1.05),
    "trace-start": ("start", "python's start and end", 2),
}
SHORT = ("fork", "start")  # take milliseconds: more turns
WALL = 300.0  # seconds for one row


def recorder_rows(project: Project, owner: labels.Owner, wanted: list[str], pairs: int) -> Iterator[Figure]:
    """Recorded ÷ as it runs without a recorder, without and with source lines.

    The recorder keeps a program on one processor, which by itself makes a ping-pong faster than the same on two; so a
    row beside it tells what the recorder costs if the bare program is kept on one, too.
    """
    with Engine(owner) as engine, Session(engine, project.services["lab-1"]) as session:
        probe = session.run("python3", "-Es", "/usr/lib/proclab/record.py", "probe", limits=Limits(wall=60))
        for row in wanted:
            load, title, _ = ROWS[row]
            if not probe.ok:
                yield Missing(f"recorded: {title}", probe.stderr.text.strip() or probe.told())
                continue
            yield from ratios(row, turns(session, load, pairs))
            if load == "start" and by_daemon(engine):
                with quiet_root(project, owner) as quiet:
                    yield without_storage(ratios(row, turns(quiet, load, pairs)))


def turns(session: Session, load: str, pairs: int) -> str:
    """What turns.py says of a load."""
    files = {name: (HERE / name).read_text() for name in ("loads.py", "turns.py")}
    argv = ("python3", "turns.py", load, str(pairs * 5 if load in SHORT else pairs))
    return taken(session.run(*argv, files=files, limits=Limits(wall=WALL)))


# ---------------------------------------------------------------- storage that a daemon serves
#
# fuse-overlayfs keeps no access control lists, and the kernel asks it for that of `/` at every absolute path that
# somebody else than the owner names and whose mode has group bits (acl_permission_check in fs/namei.c): a hundred times
# in one start of Python. As soon as tracer and traced are both runnable on their processor, the scheduler moves the
# daemon to another one, and each answer takes five times as long. The limit is for a lab as it is, on this storage too;
# a row without a limit tells what is left where `/` has no group bits and nothing is asked, on either side.


def by_daemon(engine: Engine) -> bool:
    """Whether the containers' files are served by fuse-overlayfs; overlay2 does all in the kernel."""
    driver: str = engine.call("ask for the storage driver", lambda client: client.info())["Driver"]
    return driver == "fuse-overlayfs"


@contextmanager
def quiet_root(project: Project, owner: labels.Owner) -> Iterator[Session]:
    """A session whose root directory has mode 0705. A lab's own is read-only, so this one is not."""
    made: list[str] = []
    spec = replace(project.services["lab-1"], read_only=False)
    with Engine(owner, on_create=lambda _, container: made.append(container)) as engine, Session(engine, spec) as one:
        engine.call("chmod /", lambda client: _as_root(client, made[0], "chmod", "0705", "/"))
        yield one


def _as_root(client: Any, container: str, *argv: str) -> None:
    said = client.exec_start(client.exec_create(container, list(argv), user="0")["Id"])
    if said:
        raise InfraError(f"{' '.join(argv)}: {said.decode(errors='replace').strip()}")


def without_storage(figures: list[Ratio]) -> Ratio:
    """The first of a row's figures, as what recording costs where fuse-overlayfs is not asked at every path."""
    return replace(figures[0], name=f"{figures[0].name}, fuse-overlayfs not asked at every path", limit=0)


def taken(outcome: Outcome) -> str:
    """What turns.py printed; when it failed, nothing was measured."""
    if not outcome.ok:
        said = outcome.stderr.text.strip().splitlines()
        raise InfraError(f"the recorder's cost was not measured: {outcome.told()} {said[-1] if said else ''}".rstrip())
    return outcome.stdout.text


def ratios(row: str, text: str) -> list[Ratio]:
    """The output of turns.py → three figures, of which the first has the limit. Source lines must have been there."""
    _, title, limit = ROWS[row]
    found = json.loads(text)
    recorded, free = tuple(found["recorded"]), tuple(found["free"])
    if not found["markers"]:
        raise InfraError(f"{title}: recorded with source lines, and there are none in the log")
    return [
        Ratio(f"recorded: {title}", recorded, free, limit),
        Ratio(f"recorded with source lines: {title}", tuple(found["lines"]), free, 0),
        Ratio(f"recorded ÷ bare on the same one processor: {title}", recorded, tuple(found["bare"]), 0),
    ]
