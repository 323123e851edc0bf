"""Rows of `make bench` about the recorder: what recording a program costs it, by turns inside one container."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from proclab.bench.figures import Figure, Missing, Ratio
from proclab.compose import ContainerSpec, Project
from proclab.engine import Engine, Limits, Outcome, Session, labels
from proclab.errors import InfraError

HERE = Path(__file__).resolve().parent
# What a load of loads.py is called, and its limit.
LOADS = {
    "fork": ("300 fork + wait", 1.8),
    "pipe": ("20 000 pipe ping-pongs", 2),
    "untraced": ("350 000 calls not traced", 1.1),
    "cpu": ("a loop without calls", 1.05),
    "start": ("python's start and end", 2.5),
}
SHORT = ("fork", "start")  # take milliseconds: more turns
WALL = 300.0  # seconds for one row


def recorder_rows(project: Project, owner: labels.Owner, load: str, pairs: int) -> Iterator[Figure]:
    """Recorded without source lines ÷ as it runs without a recorder."""
    with Engine(owner) as engine, Session(engine, as_it_stands(project)) as session:
        probe = session.run("python3", "-Es", "/usr/lib/proclab/record.py", "probe", limits=Limits(wall=60))
        if not probe.ok:
            yield Missing(f"recorded: {LOADS[load][0]}", probe.stderr.text.strip() or probe.in_words())
            return
        yield ratio(load, turns(session, load, pairs))
        if load == "start" and by_daemon(engine):
            with quiet_root(project, owner) as quiet:
                found = ratio(load, turns(quiet, load, pairs))
            yield replace(found, name=f"{found.name}, fuse-overlayfs not asked at every path")


def as_it_stands(project: Project) -> ContainerSpec:
    """A lab's own confinement, in which `make trace-N` records: in that of a session no program may trace."""
    return replace(project.services["lab-1"], home=None)


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
# daemon to another one, and each answer takes five times as long. So there is a second row, of a container whose `/`
# has no group bits: nothing is asked there, on either side.


def by_daemon(engine: Engine) -> bool:
    """Whether the containers' files are served by fuse-overlayfs; overlay2 does all in the kernel."""
    driver: str = engine.call("ask for the storage driver", lambda client: client.info())["Driver"]
    return driver == "fuse-overlayfs"


@contextmanager
def quiet_root(project: Project, owner: labels.Owner) -> Iterator[Session]:
    """A session whose root directory has mode 0705. A lab's own is read-only, so this one is not."""
    made: list[str] = []
    spec = replace(as_it_stands(project), read_only=False)
    with Engine(owner, on_create=lambda _, container: made.append(container)) as engine, Session(engine, spec) as one:
        engine.call("chmod /", lambda client: _as_root(client, made[0], "chmod", "0705", "/"))
        yield one


def _as_root(client: Any, container: str, *argv: str) -> None:
    said = client.exec_start(client.exec_create(container, list(argv), user="0")["Id"])
    if said:
        raise InfraError(f"{' '.join(argv)}: {said.decode(errors='replace').strip()}")


def taken(outcome: Outcome) -> str:
    """What turns.py printed; when it failed, nothing was measured."""
    if not outcome.ok:
        said = outcome.stderr.text.strip().splitlines()
        raise InfraError(
            f"the recorder's cost was not measured: {outcome.in_words()} {said[-1] if said else ''}".rstrip()
        )
    return outcome.stdout.text


def ratio(load: str, text: str) -> Ratio:
    """The output of turns.py as a figure."""
    title, limit = LOADS[load]
    found = json.loads(text)
    return Ratio(f"recorded: {title}", tuple(found["recorded"]), tuple(found["free"]), limit)
