"""The same recording by clocks that are a little off tells the same: facts, connections, and who caused what."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proclab.events import Accept, Block, Event, LockGot, Open, Read, SigDeliver, Wait
from proclab.findings import derive
from proclab.strace import Program, read
from proclab.strace.order import TOLERANCE
from proclab.strace.steps import SECOND, nanoseconds
from proclab.words import catalogue
from tests.unit import recordings
from tests.unit.laws import check_laws

NAMES = [name for name in recordings.NAMES if not any(program.text for program in recordings.programs(name))]
SOCKETS = ["net-lab4", "yy-refused", "yy-socket", "yy-socket_", "yy-sockets"]
SOME = st.sampled_from(NAMES) | st.sampled_from(SOCKETS)
EARLY = (0, 100_000, 1_000_000, 20_000_000)  # nanoseconds that strace may need to write half a line
STAMP = re.compile(r"(?m)^\d+\.\d{9}")
TOOK = re.compile(r"(?m)^(?!\S+ (?:write|send|pwrite)).*<(\d+\.\d{9})>$")  # a write counts from its beginning


def text_of(ns: int) -> str:
    return f"{ns // SECOND}.{ns % SECOND:09d}"


def shifted(program: Program, rng: random.Random) -> Program:
    """Each thread's stamps moved, so that two threads' clocks disagree by as much as is tolerated."""
    logs = {}
    for tid, text in program.logs.items():
        logs[tid] = _moved(text, rng.randrange(-TOLERANCE // 2, TOLERANCE // 2))
    return replace(program, logs=logs)


def _moved(text: str, by: int) -> str:
    return STAMP.sub(lambda found: text_of(nanoseconds(found[0]) + by), text)


def hurried(program: Program, rng: random.Random) -> Program:
    """Some calls told to be over sooner than they were."""

    def short(found: re.Match[str]) -> str:
        took = max(0, nanoseconds(found[1]) - rng.choice(EARLY))
        return f"{found[0][: found.start(1) - found.start()]}{text_of(took)}>"

    return replace(program, logs={tid: TOOK.sub(short, text) for tid, text in program.logs.items()})


def nicknames(events: Sequence[Event]) -> dict[tuple[str, str], str]:
    """Numbered objects by who made them: the numbers themselves follow the order of everything."""
    names: dict[tuple[str, str], str] = {}
    made: Counter[str] = Counter()
    for event in events:
        for obj in (getattr(event, field, "") for field in ("obj", "obj_a", "obj_b")):
            if re.fullmatch(r"[a-z]+\d+", obj) and (event.box, obj) not in names and not isinstance(event, Block):
                maker = f"{event.box}/{event.task}/{event.kind}"
                made[maker] += 1
                names[event.box, obj] = f"{maker}/{made[maker]}"
    return names


def facts(events: Sequence[Event]) -> list[str]:
    """What is told of it, without durations. A circle has no beginning."""
    names = nicknames(events)
    found = (
        _renamed(catalogue("en").finding(fact), {obj: name for (box, obj), name in names.items() if box == fact.box})
        for fact in derive(list(events))
    )
    return sorted("; ".join(sorted(text.removeprefix("deadlock: ").split("; "))) for text in found)


def _renamed(text: str, names: dict[str, str]) -> str:
    text = re.sub(r"[\d.]+ (µs|ms|s)\b", "TIME", text)
    return re.sub(r"\b(pipe|sock)\d+\b", lambda found: names[found[0]], text)


def pairs(events: Sequence[Event]) -> list[tuple[str, ...]]:
    """Accepted sockets with those that connected to them."""
    names = nicknames(events)

    def name(event: Event) -> str:
        return names[event.box, getattr(event, "obj", "")]

    return sorted(
        (name(event), *(name(events[seq]) for seq in event.cause))
        for event in events
        if isinstance(event, Accept) and event.new
    )


def arrows(events: Sequence[Event]) -> list[tuple[str, str, str, str]]:
    """Who caused what in other threads. Not: whose close let a reader see end of file, where two closed at once."""
    caused = [
        event
        for event in events
        if isinstance(event, Open | Wait | SigDeliver | LockGot) or (isinstance(event, Read) and event.n)
    ]
    # Of a call that waited either its beginning or its end may be the cause.
    ended = {getattr(event, "block", None): event.kind for event in events}
    return sorted(
        (event.kind, str(event.task), ended.get(seq, events[seq].kind), str(events[seq].task))
        for event in caused
        for seq in event.cause
        if events[seq].task != event.task
    )


def check(name: str, programs: list[Program]) -> None:
    found, known = read(programs, recordings.sources(name)), recordings.events(name)
    check_laws(found)
    assert facts(found) == facts(known)
    assert pairs(found) == pairs(known)
    assert arrows(found) == arrows(known)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(SOME, st.integers(0, 2**32))
def test_threads_whose_clocks_disagree_tell_the_same(name, seed):
    rng = random.Random(seed)
    check(name, [shifted(program, rng) for program in recordings.programs(name)])


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(SOME, st.integers(0, 2**32))
def test_calls_that_seem_to_be_over_too_early_tell_the_same(name, seed):
    rng = random.Random(seed)
    check(name, [hurried(program, rng) for program in recordings.programs(name)])


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(SOME, st.integers(0, 2**32))
def test_both_at_once_tell_the_same(name, seed):
    rng = random.Random(seed)
    check(name, [shifted(hurried(program, rng), rng) for program in recordings.programs(name)])


def test_what_is_compared_is_there_to_be_compared():
    assert len(pairs(recordings.events("net-lab4"))) >= 7
    assert all(len(pair) == 2 for name in SOCKETS for pair in pairs(recordings.events(name)))
    assert {arrow[0] for name in NAMES for arrow in arrows(recordings.events(name))} == {
        "open",
        "read",
        "wait",
        "sig_deliver",
        "lock_got",
    }
    (program,) = recordings.programs("yy-refused")
    rng = random.Random(1)
    assert shifted(program, rng).logs != program.logs != hurried(program, rng).logs
