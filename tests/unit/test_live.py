"""The live page's data: what is new is drawn, what is not changes nothing, the history is bounded."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from proclab.live.live import Live, change
from proclab.procfs.sample import Descriptor, Process, Thread, quiet
from proclab.state import reduce
from tests.unit.samples import INIT, READER, descriptor, look, process


def kinds(live):
    return [step["kind"] for step in live.data()["steps"]]


def test_what_is_new_is_drawn_and_the_version_grows():
    live = Live("lab 1")
    assert live.take(look(INIT, READER))
    first = live.version
    assert kinds(live) == ["start", "exec", "start", "exec", "block"]
    assert live.take(look(INIT, READER, process(8, 7)))
    assert live.version > first
    assert "fork" in kinds(live)


def test_a_look_without_news_changes_nothing():
    live = Live("lab 1")
    live.take(look(INIT, READER))
    before = live.version, live.data()
    assert not live.take(look(INIT, READER, t=2))
    assert (live.version, live.data()) == before


def test_an_empty_container_is_news_too():
    live = Live("lab 1")
    assert live.take(look())
    assert live.data()["boxes_now"] == ["lab-1"]
    assert not live.take(look())


def test_when_a_container_has_ended_nothing_of_it_is_left():
    live = Live("lab 1")
    live.take(look(INIT, READER))
    live.ended("lab-1")
    assert live.data()["boxes_now"] == []
    assert kinds(live)[-1] == "exit"
    assert reduce(live.looks.events).only.living() == []


def test_the_history_is_bounded_and_begins_anew_with_what_is_there():
    live = Live("lab 1", limit=30)
    other = descriptor(4, "pipe:[2]", "write")
    for turn in range(40):
        live.take(look(INIT, process(7, 1, descriptor(3, "pipe:[1]", "read"), *[other] * (turn % 2)), t=turn))
    assert len(live.looks.events) <= live.base + 31
    assert live.base < 10
    assert live.data()["anew"] > 0
    (life,) = [p for p in reduce(live.looks.events).only.living() if p.task.pid == 7]
    assert reduce(live.looks.events).only.fds(life.task).keys() == {3, 4}
    assert "pipe1" in reduce(live.looks.events).only.objects


def test_a_history_within_its_bounds_is_kept_whole():
    live = Live("lab 1", limit=30)
    live.take(look(INIT, READER))
    live.take(look(INIT, READER, process(8, 7)))
    assert live.data()["anew"] == 0
    assert "start" in kinds(live)


def stuck(switches=5):
    """Waits for the end of a file whose writer it is itself."""
    ends = descriptor(3, "pipe:[1]", "read"), descriptor(4, "pipe:[1]", "write")
    one = process(7, 1, *ends, syscall=(0, 3))
    return replace(one, threads=tuple(replace(each, switches=switches) for each in one.threads))


def findings(live):
    return [
        (finding["kind"], finding["step"], finding["until"], finding["say"][0]) for finding in live.data()["findings"]
    ]


def test_what_is_to_be_noticed_comes_with_the_second_look_and_goes_with_its_cause():
    live = Live("lab 3")
    live.take(look(INIT, stuck()))
    assert findings(live) == []
    assert live.take(look(INIT, stuck(), t=2))
    ((kind, step, until, said),) = findings(live)
    assert (kind, step, until) == ("no_eof", 4, 5)
    assert "pipe1" in said
    assert live.take(look(INIT, process(7, 1, descriptor(3, "pipe:[1]", "read"), syscall=(0, 3)), t=3))
    ((_, step, until, _),) = findings(live)
    assert step < until < len(live.data()["steps"])


def test_who_has_run_between_two_looks_is_not_accused():
    live = Live("lab 3")
    live.take(look(INIT, stuck(5)))
    assert not live.take(look(INIT, stuck(6), t=2))
    assert findings(live) == []


def test_a_fact_that_still_holds_is_kept_when_the_history_begins_anew():
    live = Live("lab 3", limit=4)
    noise = descriptor(5, "pipe:[2]", "write")
    other = [process(9, 1, *[noise] * (turn % 2)) for turn in range(9)]
    for turn, each in enumerate(other):
        live.take(look(INIT, stuck(), each, t=turn))
    assert live.data()["anew"] > 0
    assert [kind for kind, *_ in findings(live)] == ["no_eof"]
    live.ended("lab-1")
    ((_, _, until, _),) = findings(live)
    assert until < len(live.data()["steps"])


def test_other_things_are_told_once():
    live = Live("lab 1")
    live.tell(recording={"state": "running"})
    version = live.version
    assert live.data()["recording"] == {"state": "running"}
    live.tell(recording={"state": "running"})
    assert live.version == version
    live.tell(recording={"state": "kept"})
    assert live.version > version


def test_proclabs_own_processes_are_left_out_and_a_students_stay():
    strace = Thread(8, "strace", "S")
    ours = [
        replace(process(1, 0, argv=("/sbin/docker-init", "--", "x")), name="docker-init"),
        process(6, 1, argv=("python", "-EsS", "/usr/lib/proclab/run.py", "a.py")),
        process(9, 0, argv=("runc", "init")),
        Process(8, 1, "strace", "S", 1, ("strace", "-o", "/tmp/proclab-recording/1/t"), (strace,), ()),
    ]
    theirs = [
        process(7, 6, argv=("python", "/lab/run/a.py")),
        Process(10, 7, "strace", "S", 1, ("strace", "ls"), (Thread(10, "strace", "S"),), ()),
    ]
    assert [each.pid for each in quiet(look(*ours, *theirs)).processes] == [7, 10]


# ---------------------------------------------------------------- changes

VALUES = st.one_of(st.integers(0, 3), st.text(max_size=2), st.lists(st.integers(0, 3), max_size=5))
RECORDS = st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=4)


def applied(before, change):
    """What page/live.js does with a change."""
    now = {**before, **change["values"]}
    for name, (kept, rest) in change["lists"].items():
        had = before.get(name)
        now[name] = [*(had if isinstance(had, list) else [])[:kept], *rest]
    return now


@given(RECORDS, RECORDS)
def test_a_change_makes_the_new_data_of_the_old(before, now):
    made = applied(before, change(before, {**before, **now}).plain())
    assert made == {**before, **now}


@given(RECORDS)
def test_no_change_is_empty(record):
    assert change(record, record).plain() == {"values": {}, "lists": {}}


def test_what_a_list_had_is_not_sent_again():
    steps = [{"n": number} for number in range(5)]
    sent = change({"steps": steps[:3]}, {"steps": steps}).plain()
    assert sent["lists"] == {"steps": [3, steps[3:]]}


def test_descriptors_of_a_page_are_those_of_the_look():
    live = Live("lab 1")
    live.take(look(INIT, process(7, 1, Descriptor(5, "/work/a", "read"))))
    names = {name for step in live.data()["changes"] for name in step if name.startswith("F")}
    assert names == {"F\tlab-1\t7.1\t5"}
