"""The reducer and the facts hold on any list of events: real stories, nonsense, and stories cut at both ends."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proclab import events as ev
from proclab.events import Event, Fork, Gap, Note, Task, Thread
from proclab.state import History, Observer, derive, facts_at, pipe_ends, reduce
from tests.unit.state_script import Script
from tests.unit.test_events import events as any_event

PIDS = st.integers(8, 12)
FDS = st.integers(0, 6)
SIGS = st.sampled_from(["SIGUSR1", "SIGCHLD", "SIGPIPE", "SIGRT_1"])
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
        "block": lambda: s.block(pid, draw(st.sampled_from(["read", "write", "wait4", "futex", "pause"])), fd,
                                 target=draw(st.none() | st.integers(-1, 12))),
        "want": lambda: s.want(pid, draw(LOCKS), draw(KINDS)),
        "got": lambda: s.got(pid, draw(LOCKS), draw(KINDS)),
        "free": lambda: s.free(pid, draw(LOCKS), draw(KINDS)),
        "kill": lambda: s.kill(pid, other, sig),
        "deliver": lambda: s.deliver(pid, sig, interrupted="read"),
        "mask": lambda: s.mask(pid, sig),
        "handler": lambda: s.handler(pid, sig, draw(st.sampled_from(["handler", "ignore", "default"]))),
        "note": lambda: s.add(Note, pid, text="x"),
        "gap": lambda: s.add(Gap, other, text="x"),
    }  # fmt: skip
    steps[draw(st.sampled_from(sorted(steps)))]()


@st.composite
def parts(draw):
    """A story without its beginning, its end, or some of its middle."""
    story = draw(stories())
    begin, end = sorted((draw(st.integers(0, len(story))), draw(st.integers(0, len(story)))))
    hole = draw(st.integers(begin, end))
    return story[begin:hole] + story[hole + draw(st.integers(0, 3)) : end]


def known(events: list[Event]) -> set[Task]:
    """Every task of which the events say that it exists."""
    tasks = {task for event in events if not isinstance(event, Note | Gap) for task in (event.task, event.proc)}
    return tasks | {event.child for event in events if isinstance(event, Fork | Thread) and event.child}


def check(events):
    """What must hold in the state after any events."""
    for box in reduce(events).boxes.values():
        assert set(box.processes) | set(box.threads) <= known([event for event in events if event.box == box.name])
        check_tables(box)
        for task, wait in box.waits.items():
            assert task in box.members[wait.proc]
        for process in box.processes.values():
            assert process.alive == (process.task in box.members) == (process.ended is None)
        tree = box.tree()
        assert sum(map(len, tree.values())) == sum(one.status != "gone" for one in box.processes.values())


def check_tables(box):
    """Tables, places and descriptions tell the same; what nobody has open is gone."""
    entered = [(entry.of, (number, fd)) for number, table in box.tables.items() for fd, entry in table.items()]
    assert sorted(entered) == sorted((of, place) for of, places in box.places.items() for place in places)
    assert {of for of, _ in entered} <= set(box.descriptions)
    assert all(of in box.places or box.flying.get(of) for of in box.descriptions)
    assert all(box.users[number] for number in box.tables)
    assert {of for ofs in box.opened.values() for of in ofs} == set(box.descriptions)
    assert all(obj in box.objects for obj in box.opened)


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
    for fact in derive(events):
        assert fact.en
        assert fact.ru


@given(stories())
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_facts_speak_of_tasks_that_exist_and_of_events_in_the_list(events):
    for fact in derive(events):
        assert set(fact.tasks) <= known(events) | {Task(pid) for pid in range(8, 13)}
        assert 0 <= fact.seq < len(events)
        assert fact.until is None or fact.seq <= fact.until < len(events)
        assert fact.say("en") != fact.say("ru")
        assert "None" not in fact.en + fact.ru


@given(stories())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_every_close_matches_an_open_or_is_said_to_be_unknown(events):
    box = reduce(events).only
    for place, event in enumerate(events):
        if isinstance(event, ev.Close):
            had = event.fd in reduce(events[:place]).only.fds(event.proc)
            assert had == (event.seq not in box.unknown)


@given(stories(), st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_in_parts_as_in_one_go(events, data):
    place = data.draw(st.integers(0, len(events)))
    first = reduce(events[:place])
    held = first.copy()
    assert reduce(events[place:], first) == reduce(events)
    assert first == held
    assert History(events).at(place) == first


@given(stories())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_fact_doesnt_come_before_its_event(events):
    """What is said of a moment needs nothing that comes later, but that it is still so."""
    observer = Observer()
    for event in events:
        observer.take(event)
    assert observer.facts() == derive(events)
    for event in events:
        facts_at(observer.facts(), event.seq)
        pipe_ends(reduce(events[: event.seq]).only)


@pytest.mark.slow
def test_events_of_several_boxes_dont_mix():
    s = Script(8)
    s.pipe(8, 3, 4)
    s.fork(8, 9)
    both = [replace(event, box=name) for event in s.events for name in ("a", "b")]
    state = reduce(both)
    assert replace(state.box("a"), name="") == replace(state.box("b"), name="") == reduce(s.events).only
