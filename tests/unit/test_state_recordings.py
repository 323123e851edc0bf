"""State and facts on real recordings: every demo, and programs that do what demos don't."""

from __future__ import annotations

import re

import pytest

from proclab import events as ev
from proclab.events import Event
from proclab.state import Observer, derive, pipe_ends, reduce
from proclab.state.box import State
from proclab.state.reducer import apply
from tests.unit.recordings import NAMES, events, kind
from tests.unit.test_state_properties import check

# What each recording shows, by kinds of fact. Not listed: nothing that is worth a word.
SHOWS = {
    "yy-alarm": {"signal_interrupted"},
    "yy-apipe_hold": {"no_eof", "zombie"},
    "yy-apipe_inherit": {"no_eof", "zombie"},
    "yy-chld": {"signal_coalesced"},
    "yy-daemon": {"orphan", "threads_left"},
    "yy-deadlock": {"deadlock", "threads_left"},
    "yy-duplex_naive": {"broken_pipe", "deadlock"},
    "yy-dups": {"fd_leak_exec"},
    "yy-fifo": {"open_fifo"},
    "yy-fork": {"unreaped"},
    "yy-many": {"fd_leak_exec", "orphan", "signal_interrupted"},
    "yy-npipe": {"open_fifo", "threads_left"},
    "yy-orphan": {"orphan"},
    "yy-refused": {"peer_closed", "refused"},
    "yy-signals": {"broken_pipe", "signal_coalesced", "signal_interrupted"},
    "yy-socket": {"peer_closed"},
    "yy-socket_": {"peer_closed", "threads_left"},
    "yy-sockets": {"peer_closed", "refused"},
    "yy-spawn": {"fd_leak_exec"},
    "yy-thread": {"threads_left"},
    "yy-thread_join": {"threads_left"},
}
SAYS = {
    "yy-apipe_hold": "itself held the write end of pipe1 and wrote nothing: process .* saw no end of file until it was",
    "yy-apipe_inherit": "held the write end of pipe1 and wrote nothing: process .* saw no end of file until it was",
    "yy-chld": "10 children of process .* ended, SIGCHLD was delivered once: 9 signals were lost",
    "yy-deadlock": "waits for lock lock#2, which thread .* has; .* waits for lock lock#1, which thread .* has",
    "yy-duplex_naive": "writes to pipe., which is full .* holds; .* writes to pipe., which is full",
    "yy-refused": r"end of file on sock4 .* its peer, process \d+, had closed",
    "yy-signals": "SIGHUP was sent 3 times to process .* and delivered once: 2 signals were lost",
}


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("yy-")])
def test_the_facts_are_the_expected_ones_and_no_others(name):
    late = {"zombie"} if "aarch64" in name else set()  # an emulated machine takes its time to reap
    assert {fact.kind for fact in derive(events(name))} - late == SHOWS.get(kind(name), set())


@pytest.mark.parametrize("name", SAYS)
def test_what_is_said(name):
    assert any(re.search(SAYS[name], fact.en) for fact in derive(events(name)))


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
        for fact in derive(log[begin:end]):
            assert fact.en
            assert fact.ru


def test_apipe_inherit_names_the_holder_at_the_moment_of_hanging():
    """`make trace-3 DEMO=sysprog_apipe`: who holds the write end while the reader waits."""
    observer = Observer()
    told = next(fact for fact in derive(events("yy-apipe_inherit")) if fact.kind == "no_eof")
    for event in events("yy-apipe_inherit"):
        if told.seq < event.seq:
            break
        observer.take(event)
    (now,) = (fact for fact in observer.facts() if fact.kind == "no_eof")
    assert now.en.endswith("cannot see end of file")
    (ends,) = (fact for fact in pipe_ends(observer.state.only) if (fact.thing, fact.end) == (told.thing, "write"))
    assert ends.holders == told.holders
