"""Findings that a single sample shows: a write end without a reader, signals that are held back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from proclab.events import Task
from proclab.findings.finding import Finding
from proclab.state.box import Box
from proclab.state.records import Object


@dataclass(frozen=True, kw_only=True)
class NoReader(Finding):
    """A process could write where nobody can read."""

    kind: ClassVar[str] = "no_reader"
    proc: Task
    fd: int
    thing: Object


def no_readers(box: Box) -> Iterator[NoReader]:
    """Write ends without a read end."""
    for name in sorted(box.opened):
        thing = box.objects[name]
        if thing.what in ("pipe", "fifo") and not thing.outside and not box.holders(name, "read"):
            for holder in box.holders(name, "write"):
                yield NoReader(seq=box.seq, box=box.name, proc=holder.proc, fd=holder.fd, thing=thing)


@dataclass(frozen=True, kw_only=True)
class Held(Finding):
    """Signals have been sent to a process that blocks them."""

    kind: ClassVar[str] = "signal_held"
    proc: Task
    sigs: tuple[str, ...]
