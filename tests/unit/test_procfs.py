"""Samples of /proc as values, and what threads stand in."""

import contextlib
import json
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proclab.errors import ProtocolError
from proclab.live.phrases import Phrases
from proclab.procfs.objects import Objects
from proclab.procfs.sample import Thread, parse
from proclab.procfs.waiting import CALLS, ON_FD, PURPOSES, waiting_of


def line(**more):
    return json.dumps({"v": 1, "box": "b", "t": 1, "machine": "x86_64", "procs": [], **more})


def process(**more):
    return {"pid": 7, "ppid": 1, "name": "a", "state": "S", **more}


def test_a_descriptor_says_how_it_was_opened_and_what_it_shares():
    fds = [
        {"fd": 3, "link": "pipe:[12]", "flags": 0o2000000},
        {"fd": 4, "link": "/work/f", "flags": 2, "type": stat.S_IFIFO, "ino": 5, "dev": 6},
        {"fd": 5, "link": "/etc/passwd", "flags": 1, "type": stat.S_IFREG, "ino": 5, "dev": 6},
        {"fd": 6, "link": "socket:[9]"},
    ]
    found = parse(line(procs=[process(fds=fds)])).processes[0].fds or ()
    assert [(fd.key, fd.way, fd.cloexec) for fd in found] == [
        ("pipe:[12]", "read", True),
        ("fifo:[6:5]", "both", False),
        ("", "write", False),
        ("socket:[9]", None, False),
    ]


def test_masks_are_sets_and_pending_is_the_threads_and_the_processs():
    thread = {"tid": 7, "name": "a", "state": "S", "blocked": 0x4002, "pending": 1, "shared": 2}
    signals = parse(line(procs=[process(threads=[thread])])).processes[0].threads[0].signals
    assert (signals.blocked, signals.pending) == ({2, 15}, {1, 2})


def test_the_c_librarys_own_signals_are_no_handlers_of_the_program():
    thread = {"tid": 7, "name": "a", "state": "S", "caught": 1 << 31 | 1 << 32 | 2}
    assert parse(line(procs=[process(threads=[thread])])).processes[0].threads[0].signals.caught == {2}


def test_a_main_thread_that_ended_before_the_others_makes_no_zombie():
    def zombie(*states):
        threads = [{"tid": 7 + n, "name": "a", "state": state} for n, state in enumerate(states)]
        return parse(line(procs=[process(state="Z", threads=threads)])).processes[0].zombie

    assert not zombie("Z", "S")
    assert zombie("Z")
    assert zombie()


def test_another_look_is_not_shown():
    argv = ["python", "-EsS", "/usr/lib/proclab/look.py", "--count=1"]
    assert parse(line(procs=[process(argv=argv)])).processes == ()


def test_nothing_of_a_sample_can_move_the_cursor():
    name = "\x1b[2J\r\n"
    sample = parse(line(box=name, procs=[process(name=name, argv=[name], fds=[{"fd": 0, "link": name}])]))
    only = sample.processes[0]
    assert all("\x1b" not in text for text in (sample.box, only.name, only.command, (only.fds or ())[0].link))


@pytest.mark.parametrize("bad", ["", "[]", "{}", "7", line(v=2), line(procs=[{}]), line(procs=7), "[" * 100000])
def test_what_is_no_sample_is_refused(bad):
    with pytest.raises(ProtocolError):
        parse(bad)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["pid", "fds", "fd", "link"]), inner),
    max_leaves=8,
)


@given(json_values, json_values)
def test_no_text_raises_anything_else(procs, inet):
    with contextlib.suppress(ProtocolError):
        parse(line(procs=procs, inet=inet))


# ---------------------------------------------------------------- waiting

WORDS = Phrases(Objects())


def at(*syscall, state="S", wchan=""):
    return Thread(7, "a", state, syscall=syscall, wchan=wchan)


def test_the_descriptor_of_a_call():
    where = waiting_of(at(0, 3, 0x7F00, 10), "x86_64")
    assert where is not None
    assert (where.call, where.fd, WORDS.waits(where)) == ("read", 3, "waits in read of fd 3")
    same = waiting_of(at(63, 3), "aarch64")
    assert same is not None
    assert same.call == "read"


@pytest.mark.parametrize(
    ("syscall", "words"),
    [
        ((61, 0xFFFFFFFFFFFFFFFF), "waits for a child"),
        ((61, 0xFFFFFFFF), "waits for a child"),
        ((61, 12), "waits for child 12"),
        ((247, 1, 12), "waits for child 12"),
        ((247, 0, 0), "waits for a child"),
        ((34,), "waits for a signal"),
        ((7,), "waits for one of several descriptors (poll)"),
        ((271,), "waits for one of several descriptors (poll)"),
        ((270,), "waits for one of several descriptors (select)"),
        ((999, 1), "waits in system call 999"),
    ],
)
def test_calls_in_words(syscall, words):
    where = waiting_of(at(*syscall), "x86_64")
    assert where is not None
    assert WORDS.waits(where) == words


@pytest.mark.parametrize(
    ("wchan", "words"),
    [
        ("anon_pipe_read", "waits for bytes in a pipe"),
        ("futex_do_wait", "waits for a lock or a thread (futex)"),
        ("new_one", "waits in new_one of the kernel"),
    ],
)
def test_where_the_call_may_not_be_read_the_wait_channel_tells(wchan, words):
    where = waiting_of(at(wchan=wchan), "x86_64")
    assert where is not None
    assert WORDS.waits(where) == words


@pytest.mark.parametrize("thread", [at(0, 3, state="R"), at(), at(wchan="0"), at(-1), at(0, 3, state="Z")])
def test_who_does_not_stand_still(thread):
    assert waiting_of(thread, "x86_64") is None


def test_the_numbers_are_those_of_this_machine():
    """The tables against the kernel's own names, as far as they are told here."""
    assert set(CALLS["x86_64"].values()) >= set(CALLS["aarch64"].values())
    assert set(PURPOSES) | ON_FD <= set(CALLS["x86_64"].values())
