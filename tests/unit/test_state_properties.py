"""The reducer and the findings hold on any list of events: real stories, nonsense, and stories cut at both ends."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proclab import events as ev
from proclab.events import Gap, Note, Task
from proclab.findings import derive
from proclab.state import reduce
from proclab.words import catalogue
from tests.unit.any_events import events as any_event
from tests.unit.laws import check, known
from tests.unit.state_script import Script

PIDS = st.integers(8, 12)
FDS = st.integers(0, 6)
SIGS = st.sampled_from(["SIGUSR1", "SIGCHLD", "SIGPIPE", "SIGRTMIN+1"])
LOCKS = st.sampled_from(["A", "B", "8", "9"])
KINDS = st.sampled_from(["lock", "rlock", "semaphore", "condition", "event", "queue", "barrier", "thread", "new one"])


@st.composite
def stories(draw):
    """What living processes may do, in causal order; sensible in that only the living act, else anything."""
    s = Script(8)
    for _ in range(draw(st.integers(0, 40))):
        alive = sorted(pid for pid, proc in s.procs.items() if proc in s.tables)
        if not alive:
            break
        step(s, draw, draw(st.sampled_from(alive)))
    return s.events


def step(s, draw, pid):
    """One thing that a living thread does."""
    other, fd, to, sig = draw(PIDS), draw(FDS), draw(FDS), draw(SIGS)
    steps = {
        "fork": lambda: s.fork(pid, other, files=draw(st.booleans())) if other not in s.procs else None,
        "thread": lambda: s.thread(pid, other) if other not in s.procs else None,
        "exec": lambda: s.exec(pid, "/bin/x", closed=(fd,)),
        "exit": lambda: s.exit(pid),
        "killed": lambda: s.killed(pid, sig),
        "thread_exit": lambda: s.add(ev.ThreadExit, pid, called=draw(st.booleans())),
        "wait": lambda: s.wait(pid, draw(st.none() | PIDS)),
        "orphan": lambda: s.add(ev.Orphan, pid, parent=draw(st.none() | PIDS.map(Task))),
        "stopped": lambda: s.add(ev.Stopped, pid, sig="SIGSTOP"),
        "inherit": lambda: s.inherit(pid, fd, draw(st.sampled_from(["pipe1", "tty:/dev/tty"])), "pipe"),
        "pipe": lambda: s.pipe(pid, fd, to) if fd != to else None,
        "open": lambda: s.open(pid, fd, "/f", what=draw(st.sampled_from(["file", "fifo"]))),
        "socketpair": lambda: s.socketpair(pid, fd, to) if fd != to else None,
        "dup": lambda: s.dup(pid, fd, to) if fd != to and s.of(pid, fd)["of"] else None,
        "close": lambda: s.close(pid, fd),
        "read": lambda: s.read(pid, fd, draw(st.none() | st.integers(0, 9))),
        "write": lambda: s.write(pid, fd, 5, error=draw(st.sampled_from(["", "EPIPE", "EAGAIN"])), fds=(to,)),
        "connect": lambda: s.connect(pid, fd, "a:1", error=draw(st.sampled_from(["", "ECONNREFUSED"]))),
        "accept": lambda: s.accept(pid, fd, to, "sock1"),
        "block": lambda: s.block(
            pid,
            draw(st.sampled_from(["read", "write", "wait4", "futex", "pause"])),
            fd,
            target=draw(st.none() | st.integers(-1, 12)),
        ),
        "want": lambda: s.want(pid, draw(LOCKS), draw(KINDS)),
        "got": lambda: s.got(pid, draw(LOCKS), draw(KINDS)),
        "free": lambda: s.free(pid, draw(LOCKS), draw(KINDS)),
        "kill": lambda: s.kill(pid, other, sig),
        "deliver": lambda: s.deliver(pid, sig, interrupted="read"),
        "mask": lambda: s.mask(pid, sig),
        "handler": lambda: s.handler(pid, sig, draw(st.sampled_from(["handler", "ignore", "default"]))),
        "note": lambda: s.add(Note, pid, what="x"),
        "gap": lambda: s.add(Gap, other, what=("x",)),
    }
    steps[draw(st.sampled_from(sorted(steps)))]()


@st.composite
def parts(draw):
    """A story without its beginning, its end, or some of its middle."""
    story = draw(stories())
    begin, end = sorted((draw(st.integers(0, len(story))), draw(st.integers(0, len(story)))))
    hole = draw(st.integers(begin, end))
    return story[begin:hole] + story[hole + draw(st.integers(0, 3)) : end]


@given(stories())
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_story_gives_a_sound_state(events):
    check(events)


@given(parts())
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_truncated_story_gives_a_sound_state_and_facts(events):
    check(events)
    derive(events)


@given(st.lists(any_event(), max_size=12))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_list_of_events_whatever_makes_it_raise(events):
    check(events)
    for finding in derive(events):
        assert catalogue("en").finding(finding)
        assert catalogue("ru").finding(finding)


@given(stories())
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_facts_speak_of_tasks_that_exist_and_of_events_in_the_list(events):
    for finding in derive(events):
        assert set(finding.tasks) <= known(events) | {Task(pid) for pid in range(8, 13)}
        assert 0 <= finding.seq < len(events)
        assert finding.until is None or finding.seq <= finding.until < len(events)
        assert catalogue("en").finding(finding) != catalogue("ru").finding(finding)
        assert "None" not in catalogue("en").finding(finding) + catalogue("ru").finding(finding)


@given(stories())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_every_close_matches_an_open_or_is_said_to_be_unknown(events):
    box = reduce(events).only
    for place, event in enumerate(events):
        if isinstance(event, ev.Close):
            had = event.fd in reduce(events[:place]).only.fds(event.proc)
            assert had == (event.seq not in box.unknown)


@pytest.mark.slow
def test_events_of_several_boxes_dont_mix():
    s = Script(8)
    s.pipe(8, 3, 4)
    s.fork(8, 9)
    both = [replace(event, box=name) for event in s.events for name in ("a", "b")]
    state = reduce(both)
    assert replace(state.box("a"), name="") == replace(state.box("b"), name="") == reduce(s.events).only
