"""What a recording says of its own end, end.json: nothing is concluded from one that doesn't say it."""

import os
import time
from collections.abc import Iterable
from typing import Any

import archive
import guard
import meter


def clocks() -> dict[str, int]:
    """Both clocks: where their differences disagree, somebody has set the wall clock meanwhile."""
    return {"realtime": time.time_ns(), "monotonic": time.monotonic_ns()}


def facts(
    counted: meter.Meter,
    status: int,
    stopped: tuple[str, int | None],
    began: dict[str, int],
    doubts: Iterable[str],
    guarded: bool,
) -> dict[str, Any]:
    """What end.json holds; `stopped`: by which limit and when, "" by none, "end" because the command was over."""
    counted.count()
    why, moment = stopped
    found = {*doubts, "full"} if guard.full(counted.folder) else set(doubts)
    return {
        "v": 1,
        "code": os.waitstatus_to_exitcode(status),  # negative: the signal that killed it
        "stopped": why if why != "end" else "",
        "stopped_at": moment,
        "guarded": guarded,
        "doubts": sorted(found),
        "limits": counted.limits,
        "bytes": sum(counted.read_to.values()),
        "lines": counted.lines,
        "logs": len(counted.read_to),
        "began": began,
        "ended": clocks(),
        "incomplete": sorted(archive.incomplete(counted.folder)),
    }
