"""What to notice in samples: each kind with a twin that nearly is one, and that nobody is accused of."""

import signal
from dataclasses import replace

import pytest

from proclab.live.noticing import Noticing, sentences
from proclab.live.procfs import Descriptor, Process, Sample, Signals, Thread, Unix
from proclab.live.wiring import Names

READ, WRITE, WAIT4, SLEEP, FUTEX, POLL = (0, 3), (1, 4), (61, -1), (230, 0), (202, 0x10, 0x189, 0, 0), (7, 0)
TTY = Descriptor(0, "/dev/pts/0", "both")


def pipe(fd, way, number=12):
    return Descriptor(fd, f"pipe:[{number}]", way, f"pipe:[{number}]")


def thread(tid, syscall=(), state="S", switches=5, **signals):
    return Thread(tid, "a", state, Signals(**signals), syscall, switches=switches)


def process(pid, ppid, *fds, syscall=(), state="S", threads=(), start=None, name="python"):
    threads = threads or (thread(pid, syscall, state),)
    argv = ("python", "/lab/a.py")
    return Process(pid, ppid, name, state, start or pid, argv, threads, None if state == "Z" else fds, 0)


INIT = process(1, 0, pipe(0, "read", 1), pipe(1, "write", 2), name="docker-init")
RUN = replace(process(7, 1, pipe(0, "read", 1)), argv=("python", "-EsS", "/usr/lib/proclab/run.py", "/lab/a.py"))


def sample(*processes, t=1):
    return Sample("lab-3", t, "x86_64", (INIT, RUN, *processes))


def noticed(*looks):
    """The facts after these looks; of one only: after it was seen twice."""
    noticing = Noticing()
    for look in looks if len(looks) > 1 else looks * 2:
        noticing.take(look)
    return noticing.facts


def kinds(*looks):
    return [fact.kind for fact in noticed(*looks)]


def said(*looks, lang="en"):
    return [fact.say(lang) for fact in noticed(*looks)]


# ---------------------------------------------------------------- zombies, orphans


def test_a_zombie_and_who_has_not_waited():
    family = sample(process(8, 7), process(9, 8, state="Z"))
    assert said(family) == ["process 9 has ended and is a zombie: its parent, process 8, has not waited for it"]
    assert said(family, lang="ru") == [
        "процесс 9 завершился и остаётся зомби: процесс 8, его родитель, не вызвал wait"
    ]


def test_a_child_that_ended_just_now_is_nothing_to_notice():
    assert said(sample(process(8, 7), process(9, 8)), sample(process(8, 7), process(9, 8, state="Z"))) == []


def test_zombies_of_init_and_of_proclab_are_not_the_programs_fault():
    assert said(sample(process(8, 7, state="Z"), process(9, 1, state="Z"))) == []


def test_a_main_thread_that_ended_first_is_no_zombie():
    threads = (thread(9, state="Z"), thread(10))
    assert kinds(sample(process(8, 7), process(9, 8, state="Z", threads=threads))) == []


def test_an_orphan_whose_parent_nobody_saw():
    assert said(sample(process(8, 7), process(10, 1))) == [
        "process 10 is an orphan: its parent has ended, its new parent is process 1"
    ]
    assert said(sample(process(10, 1)), lang="ru") == [
        "процесс 10 — сирота: его родитель завершился, новый родитель — процесс 1"
    ]


def test_an_orphan_whose_parent_was_seen():
    before, after = sample(process(8, 7), process(9, 8), process(10, 9)), sample(process(8, 7), process(10, 1))
    words = ["process 9 ended before its child: process 10 is an orphan, its new parent is process 1"]
    assert said(before, after) == []
    assert said(before, after, after) == words
    assert said(before, after, after, after) == words


def test_inits_own_program_is_no_orphan_and_without_an_init_nobody_is():
    assert kinds(Sample("b", 1, "x86_64", (INIT, process(8, 1)))) == []
    assert kinds(Sample("b", 1, "x86_64", (process(1, 0), process(8, 1), process(9, 1)))) == []


# ---------------------------------------------------------------- pipes


def test_a_reader_that_holds_the_write_end_itself():
    alone = process(8, 7, pipe(3, "read"), pipe(4, "write"), syscall=READ)
    assert said(sample(alone)) == [
        "process 8 itself still holds the write end (fd 4) of pipe:[12]: process 8 can never see end of file"
    ]


def test_readers_that_are_all_stuck_in_the_same_pipe():
    ends = pipe(3, "read"), pipe(4, "write")
    both = process(8, 7, *ends, syscall=READ), process(9, 8, *ends, syscall=READ)
    assert kinds(sample(*both)) == ["deadlock"]
    many = sample(process(8, 7), *(process(n, 8, *ends, syscall=READ) for n in range(20, 40)))
    (words,) = said(many)
    assert "process 20 reads from pipe:[12]" in words
    assert words.endswith("16 more wait so")


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
    assert said(sample(process(8, 7, pipe(3, "read"), syscall=READ), writer)) == []


def test_a_reader_whose_writers_have_all_gone_sees_end_of_file():
    assert said(sample(process(8, 7, pipe(3, "read"), syscall=READ))) == []


def test_a_reader_that_waits_for_somebody_who_waits_for_input():
    holder = process(10, 8, TTY, pipe(4, "write"), syscall=(0, 0))
    inherit = sample(process(8, 7, TTY, pipe(3, "read"), syscall=READ), holder)
    assert said(inherit) == [
        "nothing moves before input comes: process 8 reads from pipe:[12] and sees no end of file as long as the write "
        "end is held by process 10 (fd 4); process 10 waits for input (fd 0)"
    ]
    assert said(inherit, lang="ru") == [
        "пока нет ввода, всё стоит: процесс 8 читает из канала pipe:[12] и не увидит конца файла, пока конец для "
        "записи держит процесс 10 (fd 4); процесс 10 ждёт ввода (fd 0)"
    ]


def test_dockers_pipe_is_input_too_and_another_pipe_as_standard_input_is_not():
    reader = process(8, 7, pipe(0, "read", 1), pipe(3, "read"), syscall=READ)
    assert kinds(sample(reader, process(10, 8, pipe(0, "read", 1), pipe(4, "write"), syscall=(0, 0)))) == ["standstill"]
    typist = process(11, 8, pipe(1, "write", 77), state="R")
    fed = process(10, 8, pipe(0, "read", 77), pipe(4, "write"), syscall=(0, 0))
    assert kinds(sample(reader, fed, typist)) == []


def test_who_only_waits_for_input_is_nothing_to_notice():
    assert said(sample(process(8, 7, syscall=WAIT4), process(9, 8, TTY, syscall=(0, 0)))) == []


def test_two_who_write_into_full_pipes_first():
    def one(pid, ppid, mine, other):
        return process(pid, ppid, pipe(4, "write", mine), pipe(3, "read", other), syscall=WRITE)

    assert said(sample(one(8, 7, 12, 13), one(9, 8, 13, 12))) == [
        "deadlock: process 8 writes to pipe:[12], which is full and whose read end process 9 holds; "
        "process 9 writes to pipe:[13], which is full and whose read end process 8 holds"
    ]
    assert said(sample(one(8, 7, 12, 13), replace(one(9, 8, 13, 12), threads=(thread(9, state="R"),)))) == []


def test_a_parent_that_waits_for_a_child_that_waits_for_it():
    parent = process(8, 7, pipe(4, "write"), syscall=WAIT4)
    child = process(9, 8, pipe(3, "read"), syscall=READ)
    assert kinds(sample(parent, child)) == ["deadlock"]
    assert kinds(sample(replace(parent, fds=()), child)) == []


def test_a_write_end_without_a_reader():
    lonely = sample(process(8, 7, pipe(4, "write")))
    assert said(lonely) == [
        "process 8 holds the write end of pipe:[12] (fd 4), which nobody can read: a write fails (SIGPIPE, EPIPE)"
    ]
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
    assert noticing.facts == ()


def test_a_fact_goes_with_what_it_is_about():
    alone = process(8, 7, pipe(3, "read"), pipe(4, "write"), syscall=READ)
    assert kinds(sample(alone), sample(alone), sample(replace(alone, fds=(pipe(3, "read"),)))) == []


# ---------------------------------------------------------------- threads


def threads(*calls, **signals):
    return sample(process(8, 7, TTY, threads=tuple(thread(8 + n, call, **signals) for n, call in enumerate(calls))))


def test_threads_that_all_wait_for_each_other():
    assert said(threads(FUTEX, FUTEX, FUTEX)) == [
        "deadlock, nobody is left to wake the others: threads 8, 9 and 10 of process 8 wait for locks or threads "
        "(futex)"
    ]
    assert said(threads(FUTEX, FUTEX), lang="ru") == [
        "взаимоблокировка, разбудить остальных некому: потоки 8 и 9 процесса 8 ждут блокировок или потоков (futex)"
    ]


def test_a_single_thread_that_wants_the_lock_that_it_has():
    assert said(threads(FUTEX)) == [
        "process 8 waits for a lock (futex) and has no other thread: nobody is left to release it"
    ]
    assert said(threads(FUTEX), lang="ru") == [
        "процесс 8 ждёт блокировку (futex), а других потоков у него нет: освободить её некому"
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
    assert said(look({usr1}, {usr1})) == [
        "SIGUSR1 waits for process 8, which blocks it: however often sent meanwhile, it is delivered once"
    ]
    assert said(look({usr1, usr2}, {usr1, usr2}), lang="ru") == [
        "SIGUSR1 и SIGUSR2 ожидают доставки, процесс 8 их блокирует: сколько бы раз их ни послали, "
        "каждый будет доставлен один раз"
    ]
    assert kinds(look({usr1}, {usr1}, set())) == []  # the other thread takes it
    assert kinds(look(set(), {usr1})) == []
    waiting = (thread(7, pending=frozenset({usr1}), blocked=frozenset({usr1})),)
    assert kinds(Sample("b", 1, "x86_64", (INIT, replace(RUN, threads=waiting)))) == []  # it takes them by sigwait
    assert kinds(look({34}, {34})) == []  # real-time signals queue


# ---------------------------------------------------------------- words


def test_pipes_are_called_as_in_the_picture_and_many_facts_of_one_kind_are_counted():
    names = Names()
    names.give(pipe(3, "read"))
    alone = process(8, 7, pipe(3, "read"), pipe(4, "write"), syscall=READ)
    facts = noticed(sample(alone, *(process(n, 8, state="Z") for n in range(9, 19))))
    told = [words for _, words in sentences(facts, "en", names, box=True)]
    assert told[0].startswith("lab-3: process 8 itself still holds the write end (fd 4) of pipe1: ")
    assert len(told) == 5
    assert told[-1] == "… and 7 more like this"
    assert len(list(sentences(facts[:5], "en", names))) == 5
