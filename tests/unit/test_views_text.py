"""Story, tree and Mermaid: text made of events."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proclab.events import Block, Gap, Inherit, Note, Run, Task
from proclab.views.mermaid import LIMIT as MERMAID_LIMIT
from proclab.views.mermaid import plain
from proclab.views.picture import Picture
from proclab.views.steps import steps
from proclab.words import LANGS
from proclab.words.sentences import Sentences, TaskNames
from tests.unit.any_events import events
from tests.unit.drawn import mermaid, story, tree
from tests.unit.views import ALL, Maker, many, numbered, piped, threaded


@given(events())
def test_every_event_can_be_told_in_both_languages(event):
    for lang in LANGS:
        assert Sentences(TaskNames.of([event]), lang).of(event) is not None


@given(st.lists(events(), max_size=8), st.sampled_from(LANGS))
def test_no_event_can_move_the_terminals_cursor_nor_make_a_line_of_its_own(log, lang):
    told = story(numbered(log), lang)
    assert all(line.isprintable() for line in told.split("\n"))
    assert told.count("\n") == len(steps(numbered(log))) + 1
    assert all(line.isprintable() for line in tree(numbered(log), lang).split("\n"))


def test_the_story_of_a_pipe():
    told = story(piped()).splitlines()
    assert told[0].split() == ["step", "after", "s", "who", "what", "source", "line"]
    assert [" ".join(line.split()[2:]) for line in told[4:]] == [
        "9 makes pipe1: read end fd 3, write end fd 4 demo.py:5 line 5 of the program",
        "9 forks: child 18 demo.py:6 line 6 of the program",
        "18 closes fd 3 (pipe1) demo.py:8 line 8 of the program",
        "9 closes fd 4 (pipe1) demo.py:12 line 12 of the program",
        "9 waits in read: fd 3 (pipe1) demo.py:13 line 13 of the program",
        r"18 writes 6 bytes to fd 4 (pipe1): “hello\n” demo.py:9 line 9 of the program",
        r"9 reads 6 bytes from fd 3 (pipe1): “hello\n” demo.py:13 line 13 of the program",
        "9 waits in read: fd 3 (pipe1) demo.py:13 line 13 of the program",
        "18 exits with status 3 demo.py:10 line 10 of the program",
        "9 reads end of file from fd 3 (pipe1) demo.py:13 line 13 of the program",
        "9 gets SIGCHLD from 18: its handler runs",
        r"9 writes 4 bytes to fd 1 (/dev/pts/0): “end\n” demo.py:14 line 14 of the program",
        "9 reaps 18: it exited with status 3 demo.py:15 line 15 of the program",
        "9 exits with status 0",
    ]


def test_the_story_in_russian():
    told = story(piped(), "ru")
    assert "порождает потомка 18" in told
    assert "забирает потомка 18: завершился с кодом 3" in told
    assert "читает 6 байт из fd 3 (pipe1)" in told


def test_names_tell_boxes_threads_and_reused_pids_apart():
    names = TaskNames.of(ALL["boxed"]())
    assert names.task(Task(9), "server") == "server:9"
    assert TaskNames().task(Task(9, 2), "lab") == "9#2"
    assert "9/10" in story(threaded())


# --- steps ---


def test_what_is_not_the_programs_own_is_no_step_unless_it_makes_or_ends_a_task():
    assert [step.event.kind for step in steps(piped())][:3] == ["start", "exec", "sig_handler"]
    assert not any(isinstance(step.event, Inherit) for step in steps(piped()))


def test_a_short_wait_that_nothing_fell_into_is_no_step_but_a_long_one_is():
    for dur, kinds in ((1000, ["run"]), (50_000_000, ["block", "run"])):
        add = Maker()
        block = add(Block, 9, dur=None, call="clock_nanosleep", on="sleep")
        add(Run, 9, dur=dur, call="clock_nanosleep", block=block)
        assert [step.event.kind for step in steps(add.events)] == kinds


def test_too_many_steps_are_folded_and_only_then_cut_and_both_is_said():
    log = many(200)
    assert len(steps(log)) > 200
    folded = Picture.of(log, limit=50)
    assert max(step.times for step in folded.steps) == 50
    assert "50 times: writes 1 byte to fd 4 (pipe1)\n" in story(log, shown=folded)
    gathered = Picture.of(log, limit=12)
    assert "200 times: writes 1 byte to fd 4" in story(log, shown=gathered)
    assert "4 times: writes 1 byte to fd 5" in story(log, shown=gathered)
    picture = Picture.of(log, limit=5)
    cut = picture.steps
    assert len(cut) == 5
    assert cut.cut == len([e for e in log if e.kind != "inherit"]) - sum(step.times for step in cut)
    assert f"… {cut.cut} more events are not shown" in story(log, shown=picture)


def test_every_event_has_a_step_near():
    log = piped()
    found = steps(log)
    assert found.near(0) == 0
    assert found.near(log[-1].seq) == len(found) - 1
    assert all(found.near(step.event.seq) == number for number, step in enumerate(found))


def test_nothing_makes_an_empty_story_and_no_exception():
    assert story([]).count("\n") == 1
    assert tree([]) == ""
    assert mermaid([]).startswith("sequenceDiagram")


# --- tree ---


def test_the_tree_each_time_it_has_changed():
    assert tree(piped()).split("\n\n")[2:5] == [
        "step 5: 9 forks: child 18\n    9 demo.py\n    └─ 18 demo.py",
        "step 12: 18 exits with status 3\n    9 demo.py\n    └─ 18 zombie (3)",
        "step 16: 9 reaps 18: it exited with status 3\n    9 demo.py",
    ]


def test_threads_and_the_killed_stand_in_the_tree():
    assert "    ├─ thread 10\n    └─ 11 zombie (SIGTERM)" in tree(threaded())
    assert "    ├─ поток 10\n    └─ 11 зомби (SIGTERM)" in tree(threaded(), "ru")


# --- Mermaid ---


def test_mermaid_draws_forks_bytes_waits_and_signals_as_arrows():
    told = mermaid(piped())
    assert "    L0->>L1: fork\n" in told
    assert "    L1-)L0: read 3: 6 B\n" in told
    assert "    L1-->>L0: wait 18\n" in told
    assert "    L1-xL0: SIGCHLD handler\n" in told


@given(st.lists(events(), max_size=8))
def test_mermaid_takes_any_data_as_text(log):
    told = mermaid(numbered(log))
    words = ("sequenceDiagram", "    participant L", "    Note over L", "    L")
    assert all(line.startswith(words) for line in told.rstrip("\n").split("\n"))


def test_mermaids_own_characters_are_written_as_codes():
    assert plain("a;b#c\n<br>") == "a#59;b#35;c#10;#60;br#62;"


def test_mermaid_stays_below_its_limit_and_says_what_is_missing():
    told = mermaid(many(1800))
    assert len(told) < 50_000
    assert MERMAID_LIMIT < 50_000
    assert "more steps are not drawn" in told


def test_a_note_and_a_gap_are_steps():
    log = [of(t=1, task=Task(9), proc=Task(9), own=False) for of in (Note, Gap)]
    assert [step.event for step in steps(log)] == log
