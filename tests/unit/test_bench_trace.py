"""The rows of `make bench` about recordings and pictures: what they make of what was measured. Nothing is measured."""

from __future__ import annotations

import json

import pytest

from proclab.bench import bench, recorder
from proclab.bench.busy import Busy
from proclab.bench.figures import Ratio, record, table
from proclab.bench.loads import LOADS
from proclab.bench.look import processes
from proclab.bench.turns import lasted
from proclab.bench.views import peak_bytes
from proclab.engine import Outcome
from proclab.errors import InfraError
from proclab.events import Gap
from proclab.findings import derive
from proclab.live.look import heading
from proclab.strace import read_folder

TURNS = {"free": [4.0, 4.0], "recorded": [1.7, 1.7]}


@pytest.mark.parametrize(("recorded", "holds"), [(1.7, True), (7.2, True), (8.0, False)])
def test_a_load_is_recorded_over_free_and_has_a_limit(recorded, holds):
    found = recorder.ratio("fork", json.dumps(TURNS | {"recorded": [recorded] * 2}))
    assert (found.value, found.limit, found.holds) == (recorded / 4, 1.8, holds)


class Storage:
    """An engine that knows its storage driver."""

    def __init__(self, driver):
        self.driver = driver

    def call(self, what, function):
        return function(self)

    def info(self):
        return {"Driver": self.driver}


@pytest.mark.parametrize(("driver", "daemon"), [("fuse-overlayfs", True), ("overlay2", False), ("btrfs", False)])
def test_whether_files_are_served_by_a_daemon(driver, daemon):
    assert recorder.by_daemon(Storage(driver)) is daemon


def test_a_load_that_failed_was_not_measured():
    failed = Outcome(exit_code=1)
    with pytest.raises(InfraError, match="not measured"):
        recorder.taken(failed)


def test_a_ratio_without_a_limit_has_no_verdict():
    lines = table([Ratio("x", (9.0,), (1.0,), 0)]).splitlines()
    assert lines[2].split() == ["x", "9.00", "±0.00", "s", "1.00", "±0.00", "s", "9.00"]
    assert record([Ratio("x", (9.0,), (1.0,), 0)], {})["figures"][0]["limit"] is None


def test_every_row_has_a_load_and_can_be_asked_for():
    assert set(recorder.LOADS) == set(LOADS)
    assert {f"trace-{load}" for load in LOADS} <= set(bench.ROWS)


def test_how_long_a_recorded_program_lived():
    log = "1795433824.449671035 exit_group(0) = ?\n1795433824.5 +++ exited with 0 +++\n"
    assert lasted({"realtime": 1_795_433_824_250_000_000}, log) == 0.25
    with pytest.raises(SystemExit):
        lasted({"realtime": 0}, "1795433824.5 +++ killed by SIGKILL +++\n")


@pytest.mark.parametrize(("count", "children"), [(400, 1), (700, 20), (1999, 7)])
def test_a_made_up_recording_has_as_many_events_as_asked_for_and_is_whole(count, children):
    events = read_folder(Busy(count, children).files())
    assert count <= len(events) <= count + 6 * children + 10
    assert not any(isinstance(event, Gap) for event in events)
    assert derive(events) == ()  # nothing is left open, unreaped or waiting


def test_the_peak_of_memory():
    assert peak_bytes("VmPeak:\t 9 kB\nVmHWM:\t    2148 kB\n") == 2148 * 1024
    assert peak_bytes("") == 0


def test_how_many_processes_a_look_tells_of():
    assert processes("lab 1, sampled at 12:00:00: 51 processes, 2 zombies (what …)\n1 init\n9: 3 processes") == 51
    assert processes(heading("lab 1", [])) == 0
