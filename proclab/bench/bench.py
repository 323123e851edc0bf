"""`make bench`: what running costs, as ratios within one run; a table for people, JSON under out/bench/ for programs.

A row is here because README or an issue promises its limit. Ours and bare take turns, so that what else the machine
does falls on both. Everything made here carries a name of this run and is removed.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from proclab import ROOT
from proclab.bench.figures import Figure, record, table
from proclab.bench.grades import class_rows, cluster_rows, memory_rows, submission_rows
from proclab.bench.image import from_nothing, image_size
from proclab.bench.labs import own_program, socket_lab, with_each
from proclab.bench.look import look_row
from proclab.bench.recorder import LOADS, recorder_rows
from proclab.bench.sessions import session_row, sessions_row
from proclab.bench.views import events_rows, page_row
from proclab.compose import Project
from proclab.compose import load as load_project
from proclab.doctor.host import ask
from proclab.engine import labels
from proclab.errors import UsageError


@dataclass(frozen=True)
class Bench:
    """What rows are measured with."""

    project: Project
    owner: labels.Owner
    pairs: int  # how many times both sides take their turn


def recorded(load: str, bench: Bench) -> Iterable[Figure]:
    """The rows of a load of the recorder's."""
    return recorder_rows(bench.project, bench.owner, load, bench.pairs)


ROWS: dict[str, Callable[[Bench], Iterable[Figure]]] = {
    "image": lambda bench: [image_size(bench.project)],
    "from-nothing": lambda _: [from_nothing()],
    "own-program": lambda bench: with_each(own_program, bench.project, bench.pairs),
    "session": lambda bench: [session_row(bench.project, bench.owner, bench.pairs * 5)],  # a run takes milliseconds
    "sessions": lambda bench: [sessions_row(bench.project, bench.owner, bench.pairs)],
    "socket-lab": lambda bench: with_each(socket_lab, bench.project, bench.pairs),
    **{f"trace-{load}": partial(recorded, load) for load in LOADS},
    "events": lambda _: events_rows(),
    "page": lambda _: [page_row()],
    "grading": lambda bench: submission_rows(bench.owner),
    "class": lambda _: class_rows(),
    "class-memory": lambda _: memory_rows(),
    "cluster": lambda _: cluster_rows(),
    "look": lambda bench: [look_row(bench.project, bench.pairs)],
}


def bench(rows: Sequence[str], pairs: int, full: bool) -> int:
    """`proclab bench`: 0 when every limit holds."""
    if unknown := set(rows) - set(ROWS):
        raise UsageError(f"there is no row {', '.join(sorted(unknown))}; there are: {', '.join(ROWS)}")
    full = full or os.environ.get("FULL") == "1"
    wanted = [row for row in ROWS if (row in rows if rows else full or row != "from-nothing")]
    setting = Bench(load_project(ROOT / "compose.yaml"), labels.Owner(labels.owner_of(ROOT)), max(pairs, 1))
    figures: list[Figure] = []
    try:
        for row in wanted:
            for figure in ROWS[row](setting):
                figures.append(figure)
                print(f"measured: {figure.name}", flush=True)
    finally:  # a row that fails takes nothing from the others
        print(f"\n{table(figures)}")
        print(f"\nevery sample: {write(figures).relative_to(ROOT)}")
    return int(not all(figure.holds for figure in figures))


def write(figures: Sequence[Figure]) -> Path:
    """out/bench/DATE.json, and a copy as latest.json."""
    folder = ROOT / "out/bench"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / time.strftime("%Y-%m-%d-%H%M%S.json")
    path.write_text(json.dumps(record(figures, machine()), indent=1) + "\n")
    shutil.copyfile(path, folder / "latest.json")
    return path


def machine() -> dict[str, object]:
    """On what the figures were taken."""
    return {
        "cpus": os.cpu_count(),
        "arch": platform.machine(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "engine": ask(["docker", "version", "--format", "{{.Server.Version}}"]).out.strip(),
        "commit": ask(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]).out.strip(),
    }
