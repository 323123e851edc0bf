"""What a fault plan itself has done accuses nobody: each finding beside the same without the plan."""

from __future__ import annotations

import pytest

from proclab import events as ev
from tests.unit.state_script import Script, family, findings


def refused(fault: str) -> Script:
    s = Script(8)
    s.socket(8, 3)
    s.connect(8, 3, "127.0.0.1:5000", error="ECONNREFUSED", fault=fault)
    s.connect(8, 3, "127.0.0.1:5000")
    return s


def reset(fault: str) -> Script:
    s = Script(8)
    s.socketpair(8, 3, 4)
    s.write(8, 3, error="ECONNRESET", fault=fault)
    return s


def broken_pipe(fault: str) -> Script:
    s = Script(8)
    s.pipe(8, 3, 4)
    s.write(8, 4, error="EPIPE", fault=fault)
    return s


def asking(fault: str) -> Script:
    s = Script(8)
    s.pipe(8, 3, 4)
    for _ in range(20):
        s.read(8, 3, error="EAGAIN", fault=fault)
    return s


def late_wait(fault: str) -> Script:
    s = family()
    s.exit(9)
    s.block(8, "clock_nanosleep")
    s.add(ev.Run, 8, call="clock_nanosleep")
    s.wait(8, 9, fault=fault)
    return s


@pytest.mark.parametrize(
    ("script", "kind", "fault"),
    [
        (refused, "refused", "error"),
        (reset, "peer_closed", "error"),
        (broken_pipe, "broken_pipe", "error"),
        (asking, "busy_wait", "error"),
        (late_wait, "zombie", "delay"),
    ],
)
def test_what_the_plan_did_accuses_nobody_and_the_same_by_itself_is_found(script, kind, fault):
    assert [finding.kind for finding in findings(script(""))] == [kind]
    assert findings(script(fault)) == []
