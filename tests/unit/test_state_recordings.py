"""State and findings on real recordings: every demo, and programs that do what demos don't."""

from __future__ import annotations

import pytest

from proclab import events as ev
from proclab.events import Event
from proclab.findings import Deadlock, Derivation, derive
from proclab.state import reduce
from proclab.state.box import State
from proclab.state.reducer import apply
from proclab.words import catalogue
from tests.unit.laws import check
from tests.unit.recordings import NAMES, SHOWS, events, kind

SAYS = {  # fields of one finding
    "yy-apipe_hold": {"kind": "no_eof", "own": True, "eof": True},
    "yy-apipe_inherit": {"kind": "no_eof", "own": False, "eof": True},
    "yy-chld": {"kind": "signal_coalesced", "sig": "SIGCHLD", "sent": 10, "delivered": True},
    "yy-refused": {"kind": "peer_closed", "error": ""},
    "yy-signals": {"kind": "signal_coalesced", "sig": "SIGHUP", "sent": 3, "delivered": True},
}
WANTS = {  # of a deadlock
    "yy-deadlock": [("lock", "lock#2"), ("lock", "lock#1")],
    "yy-duplex_naive": [("fd", ""), ("fd", "")],
}


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("yy-")])
def test_the_facts_are_the_expected_ones_and_no_others(name):
    late = {"zombie"} if "aarch64" in name else set()  # an emulated machine takes its time to reap
    assert {finding.kind for finding in derive(events(name))} - late == SHOWS.get(kind(name), set())


@pytest.mark.parametrize("name", SAYS)
def test_what_is_said(name):
    said = [{key: getattr(finding, key, None) for key in SAYS[name]} for finding in derive(events(name))]
    assert SAYS[name] in said


@pytest.mark.parametrize("name", WANTS)
def test_what_a_circle_waits_for(name):
    (deadlock,) = (finding for finding in derive(events(name)) if isinstance(finding, Deadlock))
    assert [(want.on, want.name) for want in deadlock.wants] == WANTS[name]
    assert not any(want.reads for want in deadlock.wants)


@pytest.mark.parametrize("name", NAMES)
def test_the_state_is_sound_and_every_close_known(name):
    log = list(events(name))
    check(log)
    for box in reduce(log).boxes.values():
        assert box.unknown == ()
        assert not box.waits
        assert {process.status for process in box.processes.values()} == {"gone"}


@pytest.mark.parametrize("name", NAMES)
def test_the_last_close_is_the_last_here_too(name):
    """Two who keep the same books, the parser and the reducer, agree on when an open file description ends."""
    state = State()
    for event in events(name):
        apply(state, event)
        if isinstance(event, ev.Close) and not event.error:
            box = state.box(event.box)
            assert event.last == (event.of not in box.descriptions), event


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_cut_anywhere_still_gives_state_and_facts(name):
    log: list[Event] = list(events(name))
    for begin, end in ((0, len(log) // 2), (len(log) // 3, len(log)), (len(log) // 2, len(log) * 3 // 4)):
        check(log[begin:end])
        for finding in derive(log[begin:end]):
            assert catalogue("en").finding(finding)
            assert catalogue("ru").finding(finding)


def test_apipe_inherit_names_the_holder_at_the_moment_of_hanging():
    """`make trace-3 DEMO=sysprog_apipe`: who holds the write end while the reader waits."""
    log = events("yy-apipe_inherit")
    found = next(finding for finding in derive(log) if finding.kind == "no_eof")
    derivation = Derivation()
    state = reduce([event for event in log if event.seq <= found.seq], derivation)
    (now,) = (finding for finding in derivation.findings(state) if finding.kind == "no_eof")
    assert not now.eof
    assert found.holders == state.only.holders(found.thing.id, "write") != ()
