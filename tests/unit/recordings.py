"""Recordings kept for the tests (tests/data/strace): real logs of real strace, as text files in one gzip each.

yy-PROGRAM            as the lab's recorder does it, with -yy; strace 6.13
f-PROGRAM[-OPTIONS]   one log by `strace -f`
…@VERSION             the same by another strace (tests/data/strace/record)
"""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from pathlib import Path

from proclab.events import Event
from proclab.strace import Program, read

FOLDER = Path(__file__).parents[1] / "data" / "strace"
NAMES = sorted(path.name.removesuffix(".gz") for path in FOLDER.glob("*.gz"))
MEMBER = re.compile(r"^==> (\S+) <==\n", re.MULTILINE)


def kind(name: str) -> str:
    """The name without the version of strace."""
    return name.partition("@")[0]


@cache
def members(name: str) -> dict[str, str]:
    """The files of a recording."""
    text = gzip.decompress((FOLDER / f"{name}.gz").read_bytes()).decode("utf-8", "surrogateescape")
    parts = MEMBER.split(text)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@cache
def programs(name: str) -> tuple[Program, ...]:
    """A recording as strace.read takes it."""
    files = members(name)
    if "t" in files:
        return (Program(text=files["t"]),)
    folders = sorted({path.rpartition("/")[0] for path in files if "/t." in path or path.startswith("t.")})
    return tuple(_program(files, folder) for folder in folders)


def _program(files: dict[str, str], folder: str) -> Program:
    prefix = f"{folder}/" if folder else ""
    found = ((path.removeprefix(f"{prefix}t."), text) for path, text in files.items() if path.startswith(f"{prefix}t."))
    logs = {int(tid): text for tid, text in found}
    start = json.loads(files.get(f"{prefix}start.json", "{}"))
    return Program(logs, start=start, box=start.get("box", ""))


@cache
def sources(name: str) -> dict[str, str]:
    """The student's files, as the recorder packed them."""
    files = [json.loads(text) for path, text in members(name).items() if path.endswith("files.json")]
    return {path: file["text"] for group in files for path, file in group.items()}


@cache
def events(name: str) -> tuple[Event, ...]:
    """Its events."""
    return tuple(read(programs(name), sources(name)))


# What each recording shows, by kinds of finding. Not listed: nothing that is worth a word.
SHOWS = {
    "yy-alarm": {"signal_interrupted"},
    "yy-apipe_hold": {"no_eof"},
    "yy-apipe_inherit": {"no_eof"},
    "yy-chld": {"signal_coalesced"},
    "yy-daemon": {"orphan", "threads_left"},
    "yy-deadlock": {"deadlock", "threads_left"},
    "yy-duplex_naive": {"broken_pipe", "deadlock"},
    "yy-dups": {"fd_leak_exec"},
    "yy-fifo": {"open_fifo"},
    "yy-fork": {"unreaped"},
    "yy-many": {"orphan", "signal_interrupted"},
    "yy-npipe": {"open_fifo", "threads_left"},
    "yy-orphan": {"orphan"},
    "yy-refused": {"peer_closed", "refused"},
    "yy-signals": {"broken_pipe", "signal_coalesced", "signal_interrupted"},
    "yy-socket": {"peer_closed"},
    "yy-socket_": {"peer_closed", "threads_left"},
    "yy-sockets": {"peer_closed", "refused"},
    "yy-thread": {"threads_left"},
    "yy-thread_join": {"threads_left"},
}
