"""What the recorder kills tells nothing: neither the deaths nor what they make of others."""

import json

import pytest

from proclab.events import Gap, Killed
from proclab.findings import derive
from proclab.strace import read_folder
from tests.unit.strace_logs import log

START = """
    1 execve("/bin/x", ["x"], 0x1 /* 1 var */) = 0 <0.0001>
    2 clone(child_stack=NULL, flags=SIGCHLD) = 9 <0.0001>"""
SLEEP = "clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=60}, NULL <unfinished ...>) = ?"
KILLED = "+++ killed by SIGKILL +++"
CHLD = "--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=9, si_uid=1, si_status=SIGKILL} ---"
AT = 1_795_432_941_000_000_000  # log()'s second


def recording(parent, child, end=None, facts=()):
    """A parent (8) and its child (9), `end`: milliseconds when the recorder began to kill."""
    files = {"lab/1/t.8": log(START.strip("\n") + parent), "lab/1/t.9": log(child.strip("\n"))}
    if end is not None:
        files["lab/end.json"] = json.dumps({"stopped": "seconds", "stopped_at": AT + end * 1_000_000})
    if facts:
        files["facts.jsonl"] = "".join(json.dumps(fact) + "\n" for fact in facts)
    return read_folder(files)


def told(events):
    return [(event.proc.pid, event.felled) for event in events if isinstance(event, Killed)]


BOTH = (f"\n    3 {SLEEP}\n    51 {KILLED}", f"\n    3 {SLEEP}\n    50 {KILLED}")
ORPHAN = (f"\n    3 {SLEEP}\n    50 {KILLED}", f"\n    3 {SLEEP}\n    51 {KILLED}")
AFTER = (
    f"\n    3 {SLEEP}\n    50 {CHLD}\n    51 exit_group(0) = ?\n    51 +++ exited with 0 +++",
    f"\n    3 {SLEEP}\n    50 {KILLED}",
)


@pytest.mark.parametrize(("parent", "child"), [BOTH, ORPHAN, AFTER])
def test_what_the_recorders_kill_makes_is_no_fact(parent, child):
    events = recording(parent, child, end=50)
    assert all(felled for _, felled in told(events))
    assert derive(events) == ()


@pytest.mark.parametrize(("end", "lost"), [("+++ killed by SIGKILL +++", 0), ("+++ exited with 0 +++", 0), (CHLD, 1)])
def test_a_call_that_was_never_made_because_its_thread_was_killed_is_no_lost_line(end, lost):
    """It stood at its entry, where the kernel skips the call, and strace could not read any more which one."""
    child = f"\n    3 {SLEEP.replace('?', '0')}\n    49 ???()              = ?\n    50 {end}"
    events = recording(BOTH[0], child, end=50)
    assert len([event for event in events if isinstance(event, Gap) and event.lost]) == lost


@pytest.mark.parametrize(("parent", "child", "kind"), [(*BOTH, "unreaped"), (*ORPHAN, "orphan"), (*AFTER, "unreaped")])
def test_the_same_without_a_recorder_that_ends_it_is_told(parent, child, kind):
    events = recording(parent, child)
    assert not any(felled for _, felled in told(events))
    assert [fact.kind for fact in derive(events)] == [kind]


def test_what_was_so_before_the_recorder_began_is_told():
    parent = f"\n    5 {SLEEP}\n    50 {KILLED}"
    events = recording(parent, "\n    3 exit_group(0) = ?\n    3 +++ exited with 0 +++", end=50)
    (fact,) = derive(events)
    assert fact.kind == "unreaped"
    assert not fact.parent_ended
    assert not fact.accuses


def test_a_zombie_of_the_last_moment_is_none():
    """Its parent was waiting for something else when it ended, and had no time to hear of it."""
    parent = f"\n    3 {SLEEP}\n    50 {KILLED}"
    events = recording(parent, "\n    49 exit_group(0) = ?\n    49 +++ exited with 0 +++", end=50)
    assert derive(events) == ()


def test_a_kill_of_the_programs_own_is_its_own_even_at_the_end():
    parent = f"\n    50 kill(9, SIGKILL) = 0 <0.0001>\n    52 {SLEEP}\n    60 {KILLED}"
    assert told(recording(parent, f"\n    3 {SLEEP}\n    51 {KILLED}", end=50)) == [(9, False), (8, True)]


def test_before_the_stop_it_was_somebody_else():
    assert told(recording(*BOTH, end=51)) == [(9, False), (8, True)]


SIGNAL = {"fact": "signal", "signal": "KILL", "pid": 9, "t": 1}


@pytest.mark.parametrize(("facts", "felled"), [(({"fact": "scene"},), True), ((SIGNAL,), False)])
def test_a_guided_run_clears_its_scenes_and_kills_by_its_script(facts, felled):
    assert told(recording(*BOTH, facts=facts))[0] == (9, felled)


@pytest.mark.parametrize("facts", [(1,), ("x",), ({"fact": "signal", "signal": "KILL", "pid": []},)])
def test_facts_that_make_no_sense_spare_nobody(facts):
    assert told(recording(*BOTH, facts=facts))[0] == (9, True)
