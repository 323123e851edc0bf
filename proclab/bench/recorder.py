"""Rows of `make bench` about the recorder: what recording a program costs it, by turns inside one container."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

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
    files = {name: (HERE / name).read_text() for name in ("loads.py", "turns.py")}
    with Engine(owner) as engine, Session(engine, project.services["lab-1"]) as session:
        probe = session.run("python3", "-Es", "/usr/lib/proclab/record.py", "probe", limits=Limits(wall=60))
        for row in wanted:
            load, title, _ = ROWS[row]
            if not probe.ok:
                yield Missing(f"recorded: {title}", probe.stderr.text.strip() or probe.told())
                continue
            turns = str(pairs * 5 if load in SHORT else pairs)
            argv = ("python3", "turns.py", load, turns)
            yield from ratios(row, taken(session.run(*argv, files=files, limits=Limits(wall=WALL))))


def taken(outcome: Outcome) -> str:
    """What turns.py printed; when it failed, nothing was measured."""
    if not outcome.ok:
        said = outcome.stderr.text.strip().splitlines()
        raise InfraError(f"the recorder's cost was not measured: {outcome.told()} {said[-1] if said else ''}".rstrip())
    return outcome.stdout.text


def ratios(row: str, text: str) -> list[Figure]:
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
