"""What to notice in samples: each kind with a twin that nearly is one, and that nobody is accused of."""

import signal
from dataclasses import replace

import pytest

from proclab.live.noticing import Noticing, sentences
from proclab.procfs.sample import Descriptor, Sample, Unix
from tests.unit.lab_samples import (
    FUTEX,
    INIT,
    POLL,
    READ,
    RUN,
    SLEEP,
    TTY,
    WAIT4,
    WRITE,
    pipe,
    process,
    sample,
    thread,
    threads,
)
from tests.unit.state_script import circles, plain


def noticed(*looks):
    """The findings after these looks; of one only: after it was seen twice."""
    noticing = Noticing()
    for look in looks if len(looks) > 1 else looks * 2:
        noticing.take(look)
    return noticing.findings


def kinds(*looks):
    return [finding.kind for finding in noticed(*looks)]


def shown(*looks):
    """The findings with what they say."""
    return [plain(finding) for finding in noticed(*looks)]


# ---------------------------------------------------------------- zombies, orphans


def test_a_zombie_and_who_has_not_waited():
    family = sample(process(8, 7), process(9, 8, state="Z"))
    assert shown(family) == [{"kind": "unreaped", "proc": 9, "parent": 8, "ns": 0, "parent_ended": False, "now": True}]


def test_a_child_that_ended_just_now_is_nothing_to_notice():
    assert shown(sample(process(8, 7), process(9, 8)), sample(process(8, 7), process(9, 8, state="Z"))) == []


def test_zombies_of_init_and_of_proclab_are_not_the_programs_fault():
    assert shown(sample(process(8, 7, state="Z"), process(9, 1, state="Z"))) == []


def test_a_main_thread_that_ended_first_is_no_zombie():
    threads = (thread(9, state="Z"), thread(10))
    assert kinds(sample(process(8, 7), process(9, 8, state="Z", threads=threads))) == []


def test_an_orphan_whose_parent_nobody_saw():
    assert shown(sample(process(8, 7), process(10, 1))) == [{"kind": "orphan", "proc": 10, "parent": None, "new": 1}]
    assert shown(sample(process(10, 1))) == [{"kind": "orphan", "proc": 10, "parent": None, "new": 1}]


def test_an_orphan_whose_parent_was_seen():
    before, after = sample(process(8, 7), process(9, 8), process(10, 9)), sample(process(8, 7), process(10, 1))
    orphan = [{"kind": "orphan", "proc": 10, "parent": 9, "new": 1}]
    assert shown(before, after) == []
    assert shown(before, after, after) == orphan
    assert shown(before, after, after, after) == orphan


def test_inits_own_program_is_no_orphan_and_without_an_init_nobody_is():
    assert kinds(Sample("b", 1, "x86_64", (INIT, process(8, 1)))) == []
    assert kinds(Sample("b", 1, "x86_64", (process(1, 0), process(8, 1), process(9, 1)))) == []


# ---------------------------------------------------------------- pipes


def test_a_reader_that_holds_the_write_end_itself():
    alone = process(8, 7, pipe(3, "read"), pipe(4, "write"), syscall=READ)
    assert shown(sample(alone)) == [
        {"kind": "no_eof", "task": 8, "proc": 8, "fd": 3, "thing": "pipe:[12]", "holders": [(8, 4)], "ever": True}
    ]


def test_readers_that_are_all_stuck_in_the_same_pipe():
    ends = pipe(3, "read"), pipe(4, "write")
    both = process(8, 7, *ends, syscall=READ), process(9, 8, *ends, syscall=READ)
    assert kinds(sample(*both)) == ["deadlock"]
    many = sample(process(8, 7), *(process(n, 8, *ends, syscall=READ) for n in range(20, 40)))
    (finding,) = noticed(many)
    assert [(link.task.pid, link.thing.id) for link in finding.links] == [(pid, "pipe:[12]") for pid in range(20, 40)]


@pytest.mark.parametrize(
    "writer",
    [
        process(9, 8, pipe(4, "write"), state="R"),
        process(9, 8, pipe(4, "write"), syscall=SLEEP),
        process(9, 8, pipe(4, "write"), syscall=POLL),
        process(9, 8, pipe(4, "write"), state="T"),
        process(9, 8, pipe(4, "write"), threads=(thread(9, WAIT4), thread(10, state="R"))),
        process(9, 8, pipe(4, "write"), Descriptor(3, "socket:[9]", "both", "socket:[9]"), syscall=READ),
    ],
    ids=["runs", "sleeps for a time", "polls", "stopped", "another thread runs", "reads a socket"],
)
def test_a_reader_whose_writer_may_still_write_is_nothing_to_notice(writer):
    assert shown(sample(process(8, 7, pipe(3, "read"), syscall=READ), writer)) == []


def test_a_reader_whose_writers_have_all_gone_sees_end_of_file():
    assert shown(sample(process(8, 7, pipe(3, "read"), syscall=READ))) == []


def test_a_reader_that_waits_for_somebody_who_waits_for_input():
    holder = process(10, 8, TTY, pipe(4, "write"), syscall=(0, 0))
    inherit = sample(process(8, 7, TTY, pipe(3, "read"), syscall=READ), holder)
    assert shown(inherit) == [
        {
            "kind": "standstill",
            "links": [
                {"task": 8, "proc": 8, "on": "fd", "call": "read", "fd": 3, "thing": "pipe:[12]", "holders": [(10, 4)]},
                {"task": 10, "proc": 10, "on": "fd", "call": "read", "fd": 0, "thing": "tty:/dev/pts/0"},
            ],
            "outside": True,
        }
    ]


def test_dockers_pipe_is_input_too_and_another_pipe_as_standard_input_is_not():
    reader = process(8, 7, pipe(0, "read", 1), pipe(3, "read"), syscall=READ)
    assert kinds(sample(reader, process(10, 8, pipe(0, "read", 1), pipe(4, "write"), syscall=(0, 0)))) == ["standstill"]
    typist = process(11, 8, pipe(1, "write", 77), state="R")
    fed = process(10, 8, pipe(0, "read", 77), pipe(4, "write"), syscall=(0, 0))
    assert kinds(sample(reader, fed, typist)) == []


def test_who_only_waits_for_input_is_nothing_to_notice():
    assert shown(sample(process(8, 7, syscall=WAIT4), process(9, 8, TTY, syscall=(0, 0)))) == []


def test_two_who_write_into_full_pipes_first():
    def one(pid, ppid, mine, other):
        return process(pid, ppid, pipe(4, "write", mine), pipe(3, "read", other), syscall=WRITE)

    found = noticed(sample(one(8, 7, 12, 13), one(9, 8, 13, 12)))
    assert circles(found) == [[(8, "pipe:[12]", 9), (9, "pipe:[13]", 8)]]


def test_a_parent_that_waits_for_a_child_that_waits_for_it():
    parent = process(8, 7, pipe(4, "write"), syscall=WAIT4)
    child = process(9, 8, pipe(3, "read"), syscall=READ)
    assert kinds(sample(parent, child)) == ["deadlock"]
    assert kinds(sample(replace(parent, fds=()), child)) == []


def test_a_write_end_without_a_reader():
    lonely = sample(process(8, 7, pipe(4, "write")))
    assert shown(lonely) == [{"kind": "no_reader", "proc": 8, "fd": 4, "thing": "pipe:[12]"}]
    assert kinds(sample(process(8, 7, pipe(4, "write")), process(9, 8, pipe(3, "read")))) == []
    assert kinds(sample(process(8, 7, pipe(1, "write", 2)))) == []  # Docker reads it


def test_where_a_table_may_not_be_read_nothing_is_said_about_pipes():
    alone = process(8, 7, pipe(3, "read"), pipe(4, "write"), syscall=READ)
    assert kinds(sample(alone, process(9, 7))) == ["no_eof"]
    assert kinds(sample(alone, replace(process(9, 7), fds=None))) == []


def test_a_reader_with_another_thread_that_runs_may_write_itself():
    ends = pipe(3, "read"), pipe(4, "write")
    assert kinds(sample(process(8, 7, *ends, threads=(thread(8, READ), thread(9, state="R"))))) == []


def test_of_sockets_nothing_is_said():
    a, b = (Descriptor(3, f"socket:[{n}]", "both", f"socket:[{n}]") for n in (5, 6))
    pair = sample(process(8, 7, a, syscall=READ), process(9, 8, b, syscall=READ))
    assert kinds(replace(pair, unix=(Unix(5, "", 6), Unix(6, "", 5)))) == []


# ---------------------------------------------------------------- who has run meanwhile


def test_a_thread_that_ran_between_two_samples_is_not_stuck():
    def reader(switches):
        alone = process(8, 7, pipe(3, "read"), pipe(4, "write"))
        return sample(replace(alone, threads=(thread(8, READ, switches=switches),)))

    assert kinds(reader(5), reader(6)) == []
    assert kinds(reader(5), reader(5)) == ["no_eof"]
    assert kinds(reader(None), reader(None)) == []


def test_the_first_sample_tells_nothing():
    noticing = Noticing()
    noticing.take(sample(process(8, 7), process(9, 8, state="Z")))
    assert noticing.findings == ()


def test_a_fact_goes_with_what_it_is_about():
    alone = process(8, 7, pipe(3, "read"), pipe(4, "write"), syscall=READ)
    assert kinds(sample(alone), sample(alone), sample(replace(alone, fds=(pipe(3, "read"),)))) == []


# ---------------------------------------------------------------- threads


def test_threads_that_all_wait_for_each_other():
    assert shown(threads(FUTEX, FUTEX, FUTEX)) == [
        {
            "kind": "standstill",
            "links": [{"task": 8, "proc": 8, "on": "futex", "call": "futex", "fd": -1, "thing": "", "others": [9, 10]}],
            "outside": False,
        }
    ]
    assert shown(threads(FUTEX, FUTEX)) == [
        {
            "kind": "standstill",
            "links": [{"task": 8, "proc": 8, "on": "futex", "call": "futex", "fd": -1, "thing": "", "others": [9]}],
            "outside": False,
        }
    ]


def test_a_single_thread_that_wants_the_lock_that_it_has():
    assert shown(threads(FUTEX)) == [
        {
            "kind": "standstill",
            "links": [{"task": 8, "proc": 8, "on": "futex", "call": "futex", "fd": -1, "thing": ""}],
            "outside": False,
        }
    ]
    assert kinds(threads((202, 0x10, 0x109, 0, 0))) == []  # a process might


def test_a_thread_at_a_lock_while_another_reads_what_it_would_write():
    made = (thread(8, FUTEX), thread(9, READ), thread(10, FUTEX))
    assert kinds(sample(process(8, 7, pipe(3, "read"), pipe(4, "write"), threads=made))) == ["standstill"]
    assert kinds(sample(process(8, 7, pipe(3, "read"), pipe(4, "write"), threads=(*made, thread(11))))) == []


@pytest.mark.parametrize(
    ("calls", "why"),
    [
        ((FUTEX, ()), "one runs"),
        ((FUTEX, SLEEP), "one sleeps for a time"),
        ((FUTEX, (0, 0)), "one waits for input"),
        ((FUTEX, (0, 0), FUTEX, SLEEP, FUTEX), "one of the others sleeps for a time"),
        ((FUTEX, (202, 0x10, 0x189, 0, 0x7F00)), "one wait has a time limit"),
        ((FUTEX, (202, 0x10, 0x109, 0, 0)), "a futex that other processes may share"),
    ],
)
def test_threads_that_may_go_on(calls, why):
    assert kinds(threads(*calls)) == [], why


def test_a_handler_might_release_a_lock_but_pythons_own_does_not():
    assert kinds(threads(FUTEX, FUTEX, caught=frozenset({signal.SIGALRM}))) == []
    assert kinds(threads(FUTEX, FUTEX, caught=frozenset({signal.SIGINT}))) == ["standstill"]


# ---------------------------------------------------------------- signals


def test_a_signal_that_is_held_back():
    def look(pending, *blocked):
        masks = (frozenset(each) for each in blocked)
        made = tuple(thread(8 + n, pending=frozenset(pending), blocked=mask) for n, mask in enumerate(masks))
        return sample(process(8, 7, threads=made))

    usr1, usr2 = signal.SIGUSR1, signal.SIGUSR2
    assert shown(look({usr1}, {usr1})) == [{"kind": "signal_held", "proc": 8, "sigs": ["SIGUSR1"]}]
    assert shown(look({usr1, usr2}, {usr1, usr2})) == [
        {"kind": "signal_held", "proc": 8, "sigs": ["SIGUSR1", "SIGUSR2"]}
    ]
    assert kinds(look({usr1}, {usr1}, set())) == []  # the other thread takes it
    assert kinds(look(set(), {usr1})) == []
    waiting = (thread(7, pending=frozenset({usr1}), blocked=frozenset({usr1})),)
    assert kinds(Sample("b", 1, "x86_64", (INIT, replace(RUN, threads=waiting)))) == []  # it takes them by sigwait
    assert kinds(look({34}, {34})) == []  # real-time signals queue


# ---------------------------------------------------------------- words


def test_pipes_are_called_as_in_the_picture_and_many_facts_of_one_kind_are_counted():
    names = {pipe(3, "read").key: "pipe1"}
    alone = process(8, 7, pipe(3, "read"), pipe(4, "write"), syscall=READ)
    findings = noticed(sample(alone, *(process(n, 8, state="Z") for n in range(9, 19))))
    told = [words for _, words in sentences(findings, "en", names, box=True)]
    assert told[0].startswith("lab-3: process 8 itself still holds the write end (fd 4) of pipe1: ")
    assert len(told) == 5
    assert told[-1] == "… and 7 more like this"
    assert len(list(sentences(findings[:5], "en", names))) == 5
