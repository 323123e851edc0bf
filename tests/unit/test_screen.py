"""A watch: what stands on a screen of any size, and what is kept of the past."""

import pickle
from dataclasses import replace

import pytest

from proclab.live.screen import Watch, wrapped
from proclab.live.terminal import still
from tests.unit.lab_samples import READ, pipe, process, sample

S = 10**9


def watch(lang="en", boxes=("lab-3",)):
    return Watch([(box, "id") for box in boxes], lang)


def family(t, *more):
    """A reader that is stuck, and a zombie."""
    alone = process(8, 7, pipe(3, "read"), pipe(4, "write"), syscall=READ)
    return sample(alone, process(9, 8, state="Z"), *more, t=t * S)


def test_the_present_what_to_notice_and_what_has_changed():
    state = watch()
    state.take("lab-3", family(0))
    state.take("lab-3", family(1))
    state.take("lab-3", family(2, process(10, 8)))
    lines = state.lines("lab 3", 40)
    assert lines[0].startswith("lab 3, sampled at ")
    notice, changed = lines.index("What to notice"), lines.index("What has changed")
    said = " ".join(" ".join(lines[notice:changed]).split())
    assert "process 8 itself still holds the write end (fd 4) of pipe1: process 8 can never see end of file" in said
    assert "process 9 has ended and is a zombie" in said
    assert [line[11:] for line in lines[changed + 1 :]] == ["8 a forks: child 10"]


def changes(before, *after):
    """What a watch says of the second of two samples."""
    state = watch()
    state.take("lab-3", sample(*before, t=0))
    state.take("lab-3", sample(*after, t=S))
    return [line[9:] for line in state.changed]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ([process(7, 1)], [process(7, 1), process(8, 7)], ["7 a forks: child 8"]),
        ([process(7, 1)], [process(7, 1), process(8, 7, state="Z")], ["7 a forks: child 8", "8 a exits with status 0"]),
        ([process(7, 1), process(8, 7)], [process(7, 1)], ["7 a reaps 8"]),
        ([process(7, 1), process(8, 7)], [process(7, 1), process(8, 7, state="Z")], ["8 a exits with status 0"]),
        ([process(7, 1)], [replace(process(7, 1), argv=("ls", "-l"))], ["7 ls executes ls -l"]),
        ([process(7, 1)], [process(7, 1, pipe(3, "read"))], ["7 a has fd 3 now: pipe1"]),
        ([process(7, 1, pipe(3, "read"))], [process(7, 1)], ["7 a closes fd 3 (pipe1)"]),
        ([process(7, 1)], [process(7, 1, state="T")], ["7 a stopped by a signal"]),
        ([process(7, 1, state="T")], [process(7, 1)], ["7 a sleeps"]),
        ([process(7, 1)], [process(7, 1, syscall=(34,))], ["7 a waits for a signal"]),
        ([process(7, 1, syscall=(34,))], [process(7, 1)], []),
        ([process(7, 1)], [process(7, 1)], []),
        (
            [process(7, 1, start=5)],
            [process(7, 1, start=99)],
            ["7 a has ended; how was not seen", "7#2 a is running, child of 1"],
        ),
    ],
)
def test_what_has_changed(before, after, words):
    assert changes(before, *after) == words


def test_a_fact_has_the_time_when_it_was_first_seen_and_goes_when_it_is_over():
    state = watch()
    state.take("lab-3", family(0))
    state.take("lab-3", family(60))
    first = state.notices()
    state.take("lab-3", family(300))
    assert state.notices() == first
    state.take("lab-3", sample(process(8, 7), t=310 * S))
    assert state.notices() == []
    state.take("lab-3", family(320))
    state.take("lab-3", family(380))
    assert [line[:10] for line in state.notices()[2:]] != [line[:10] for line in first[2:]]


@pytest.mark.parametrize(("height", "width"), [(24, 80), (24, 60), (18, 80), (40, 100), (80, 200)])
def test_what_to_notice_and_the_latest_change_are_on_every_screen(height, width):
    state = watch()
    crowd = [process(pid, 8, pipe(5, "read", pid), pipe(6, "write", pid)) for pid in range(20, 60)]
    state.take("lab-3", family(0))
    state.take("lab-3", family(1, *crowd))
    state.take("lab-3", family(2, *crowd))
    lines = state.lines("lab 3", height, width)
    assert len(lines) <= height
    assert "What to notice" in lines
    assert any("process 8 itself still holds" in line for line in lines)
    assert lines[-1].endswith("8 a forks: child 59")
    assert any(line.startswith("└─7 ") for line in lines)
    assert any("make look-N shows all" in line for line in lines) == (height < 80)


def test_a_small_screen_has_the_brief_picture_and_a_large_one_the_whole():
    state = watch()
    state.take("lab-3", family(0, *(process(pid, 8, pipe(5, "read", pid)) for pid in range(20, 28))))
    assert not any("fd 5 ←" in line for line in state.lines("lab 3", 20))
    assert any("fd 5 ←" in line for line in state.lines("lab 3", 60))
    assert any(line.strip().startswith("└─27") for line in state.lines("lab 3", 20))


def test_of_two_containers_each_is_named_and_of_one_none():
    state = watch(boxes=("client", "server"))
    for box in ("client", "server"):
        for t in (0, 1):
            state.take(box, replace(family(t), box=box))
    lines = state.lines("lab 4", 99)
    assert [line for line in lines if line.startswith("container")] == ["container client", "container server"]
    assert any("server: process 9 has ended" in line for line in lines)
    one = watch()
    one.take("lab-3", family(0))
    assert not any("container " in line for line in one.lines("lab 3", 99)[2:] if "init" not in line)


def test_a_container_that_has_ended():
    state = watch("ru")
    state.take("lab-3", family(0))
    state.take("lab-3", family(1))
    assert not state.over
    state.take("lab-3", "контейнер завершился")
    assert state.over
    assert state.notices() == []
    assert state.lines("lab 3", 40)[0] == "lab 3: ничего не выполняется"
    assert state.lines("lab 3", 40)[-1].endswith("lab-3: контейнер завершился")


def test_a_picture_by_itself_is_whole_and_has_no_times():
    state = watch()
    state.take("lab-3", family(0))
    state.take("lab-3", family(1))
    lines = still("lab 3", state)
    assert "(what is over between two samples is not seen)" in lines[0]
    assert "  process 9 has ended and is a zombie: its parent, process 8, has not waited for it" in lines
    assert "What has changed" not in lines


def test_an_enumeration_has_a_line_for_each_part():
    assert wrapped("deadlock: a waits; b waits", 80) == ["  deadlock: a waits;", "      b waits"]
    assert all(len(line) <= 50 for line in wrapped("word " * 40, 50))


def size(state, begin, end):
    """Bytes of all that a watch holds after these samples, each with other processes and pipes than the one before."""
    for t in range(begin, end):
        pids = range(1000 + 5 * t, 1005 + 5 * t)
        state.take("lab-3", family(1000 + t, *(process(pid, 8, pipe(5, "write", pid), start=1000 + t) for pid in pids)))
        state.lines("lab 3", 24, 80)
    return len(pickle.dumps(vars(state)))


def test_a_long_watch_keeps_no_more_than_a_short_one():
    state = watch()
    short = size(state, 0, 20)
    assert size(state, 20, 300) < short * 1.05
