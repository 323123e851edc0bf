"""Who answers for the kernel, without a kernel: which calls count, which are hit, when a held one goes on."""

import errno
import json
import os
from types import SimpleNamespace

import pytest

from tests.unit.guest import module

called, delays, faults, injector, notices = (
    module(name) for name in ("called", "delays", "faults", "injector", "notices")
)
Notice, Seen = notices.Notice, delays.Seen
VFORK, THREAD = 0x4000, 0x10000


class Listener:
    """Notes the answers."""

    def __init__(self):
        self.said = []

    def go_on(self, notice):
        """As the kernel would."""
        self.said.append("on")

    def fail(self, notice, error):
        """With an error."""
        self.said.append(errno.errorcode[error])


@pytest.fixture
def answers(monkeypatch, tmp_path):
    """What is answered to calls under a plan, one after the other; the log is in tmp_path."""

    def under(plan, *calls, through=0):
        with open(tmp_path / "log", "wb", 0) as log:
            listener = Listener()
            subject = injector.Injector(listener, faults.parse(plan), through, log.fileno())
            for number, (tid, call, *args) in enumerate(calls):
                subject._answer(Notice(number, tid, call, tuple(args)))
        return listener.said

    return under


FORK, VFORKED, STARTED = (7, "clone", 17), (7, "vfork"), (7, "clone", THREAD)


def test_forks_are_counted_over_the_whole_program_and_threads_are_none(answers):
    other = (8, "clone", 17)
    assert answers("fork:EAGAIN@3", FORK, STARTED, other, FORK, FORK) == ["on", "on", "on", "EAGAIN", "on"]
    assert answers("thread:EAGAIN@1", FORK, STARTED, STARTED) == ["on", "EAGAIN", "on"]


def test_a_fork_after_a_refused_vfork_is_the_same_attempt(answers):
    assert answers("fork:EAGAIN@1", VFORKED, FORK, FORK) == ["EAGAIN", "EAGAIN", "on"]
    assert answers("fork:EAGAIN@1", (7, "clone", VFORK | 17), FORK, FORK) == ["EAGAIN", "EAGAIN", "on"]
    assert answers("fork:EAGAIN@1", VFORKED, (8, "clone", 17), VFORKED) == ["EAGAIN", "on", "on"], "of another thread"
    assert answers("fork:EAGAIN@1", VFORKED, STARTED, FORK) == ["EAGAIN", "on", "EAGAIN"], "a thread is no fork"


@pytest.fixture
def paths(monkeypatch, tmp_path):
    """Programs in two folders of PATH; a path stands where a call has its arguments."""
    for folder in ("bin", "other"):
        (tmp_path / folder).mkdir()
        for name in ("ls", "cat"):
            (tmp_path / folder / name).touch(mode=0o755)
    (tmp_path / "bin" / "text").touch(mode=0o644)
    monkeypatch.setattr(called, "path", lambda notice: str(tmp_path / notice.args[0]))


def test_a_search_in_path_is_one_exec_and_what_can_not_be_executed_is_none(answers, paths):
    search = [(7, "execve", where) for where in ("none/ls", "bin/ls", "other/ls")]
    assert answers("exec:ENOENT@1", *search, (8, "execve", "bin/ls")) == ["on", "ENOENT", "ENOENT", "on"]
    assert answers("exec:ENOENT@1", (7, "execve", "bin/text"), (7, "execve", "bin/ls")) == ["on", "ENOENT"]
    assert answers("exec(cat):EACCES", (7, "execve", "bin/ls"), (7, "execve", "bin/cat")) == ["on", "EACCES"]


def test_what_comes_before_the_program_itself_meets_nothing(answers, paths):
    before = [(7, "execve", "bin/ls"), FORK, (7, "execve", "none/cat"), (7, "execve", "bin/cat")]
    after = [FORK, (8, "execve", "bin/ls")]
    assert answers("fork:EAGAIN exec:ENOENT", *before, *after, through=2) == ["on"] * 4 + ["EAGAIN", "ENOENT"]


def test_an_error_that_asks_for_another_try_meets_every_other_call_of_a_thread(answers, monkeypatch):
    monkeypatch.setattr(called, "catches", lambda notice: True)
    calls = [(tid, "wait4", -1) for tid in (7, 7, 8, 7, 8)]
    assert answers("wait:EINTR", *calls) == ["EINTR", "on", "EINTR", "EINTR", "on"]


def test_a_process_that_handles_no_signal_is_never_interrupted(answers, monkeypatch):
    for mask, answer in (("0000000000000002", "EINTR"), ("0000000180000000", "on"), ("0000000000000000", "on")):
        status = SimpleNamespace(fields={"SigCgt": mask})
        monkeypatch.setattr(called.proc, "status", lambda tid, status=status: status)
        assert answers("wait:EINTR", (7, "wait4", -1)) == [answer]
        assert answers("wait:ECHILD", (7, "wait4", -1)) == ["ECHILD"]


def test_the_first_part_of_a_plan_that_hits_decides_and_each_counts_for_itself(answers):
    assert answers("pipe:EMFILE@2 pipe:ENFILE*3", *[(7, "pipe2", 0, 0)] * 4) == ["ENFILE", "EMFILE", "ENFILE", "on"]


def test_where_a_look_at_the_process_fails_the_kernel_goes_on(answers):
    gone = 1 << 22  # no pid
    for plan, call in (("open(x):EACCES", "openat"), ("read:EINTR", "read"), ("connect:refused", "connect")):
        assert answers(plan, (gone, call, 0, 0, 0, 0, 0, 0)) == ["on"]


@pytest.mark.parametrize("pointer", [0, 1, 1 << 47, (1 << 64) - 1, (1 << 63) + 5])
def test_a_pointer_that_leads_nowhere_costs_the_fault_and_no_more(answers, pointer):
    me = os.getpid()
    plan = "open(x):EACCES exec(x):EACCES connect:refused write:short fork:EAGAIN@2"
    calls = [(me, call, pointer, pointer, pointer, 0, 0, 0) for call in ("openat", "execve", "connect", "sendmsg")]
    assert answers(plan, *calls) == ["on"] * 4
    assert answers(plan, *calls, FORK, FORK) == ["on"] * 5 + ["EAGAIN"], "who answers is still there"


def test_what_was_done_is_written_down(answers, tmp_path):
    answers("fork:EAGAIN@2", FORK, FORK)
    (line,) = map(json.loads, (tmp_path / "log").read_text().splitlines())
    assert (line["tid"], line["call"], line["kind"], line["what"]) == (7, "clone", "error", "EAGAIN")


# ---------------------------------------------------------------- what a call is about, of a process that there is


@pytest.fixture
def own(tmp_path):
    """A notice of a call of ours on a new descriptor: of a file, a pipe, a stream or a datagram socket."""
    import socket

    (tmp_path / "balance").touch()
    r, w = os.pipe()
    pairs = {kind: socket.socketpair(type=kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)}
    file = os.open(tmp_path / "balance", os.O_RDONLY)
    fds = {"file": file, "pipe": w, "stream": pairs[socket.SOCK_STREAM][0].fileno(),
           "datagram": pairs[socket.SOCK_DGRAM][0].fileno()}  # fmt: skip
    yield lambda what, call="write", size=10_000: Notice(1, os.getpid(), call, (fds[what], 0, size, 0, 0, 0))
    for fd in (file, r, w):
        os.close(fd)
    for pair in pairs.values():
        for end in pair:
            end.close()


def test_only_what_may_wait_can_be_interrupted(own):
    assert [called.waits(own(what)) for what in ("file", "pipe", "stream")] == [False, True, True]


def test_only_what_the_kernel_too_writes_in_parts_is_cut_short(own):
    assert called.can_be_short(own("pipe"))
    assert not called.can_be_short(own("pipe", size=4096)), "all or nothing up to PIPE_BUF, pipe(7)"
    assert called.can_be_short(own("stream", "sendto", 2))
    assert not called.can_be_short(own("stream", "sendto", 1))
    assert not called.can_be_short(own("file"))


def test_a_descriptor_is_known_by_the_name_of_its_file(own):
    (fault,) = faults.parse("read(balance):EIO")
    assert injector.concerns(fault, own("file", "read"), "")
    assert not injector.concerns(fault, own("pipe", "read"), "")
    (fault,) = faults.parse("read(lance):EIO")
    assert not injector.concerns(fault, own("file", "read"), "")


@pytest.mark.parametrize(
    ("where", "own"),
    [
        ("/work/1/balance", True),
        ("/tmp/fifo", True),
        ("/work/1/helper.py", False),
        ("/usr/lib/python3.13/json/__init__.py", False),
        ("/etc/hosts", False),
        ("/tmp", False),
    ],
)
def test_opens_of_modules_and_of_the_system_do_not_count(where, own):
    assert called.opens_own(where) is own


# ---------------------------------------------------------------- delays

MS = 1_000_000
WAITS, RUNS, STOPS = (Seen(state, "1 1", 0) for state in "SRt")


class Clock:
    """Delays over threads that are as they are told to be."""

    def __init__(self):
        self.threads = {}
        self.delays = delays.Delays(lambda tid: dict(self.threads))
        self.delays.hold(Notice(1, 7, "openat", ()), 2 * MS, 0)

    def over(self, at):
        """Whether it goes on at this moment, in milliseconds."""
        return [notice.id for notice in self.delays.over(at * MS)] == [1]


def test_a_held_call_goes_on_after_its_time_when_all_others_wait_at_two_looks():
    clock = Clock()
    clock.threads = {8: WAITS}
    assert [clock.over(at) for at in (1, 2, 3)] == [False, False, True]
    assert clock.delays.patience(4 * MS) is None


def test_while_another_thread_can_run_it_waits_on_however_late_it_is():
    clock = Clock()
    clock.threads = {8: RUNS}
    assert not any(clock.over(at) for at in range(2, 1000, 10))
    clock.threads = {8: WAITS}
    assert [clock.over(at) for at in (1000, 1001)] == [False, True]


def test_a_thread_that_has_run_between_two_looks_was_not_waiting():
    clock = Clock()
    for at in range(2, 9):
        clock.threads = {8: Seen("S", f"{at} 0", 0)}
        assert not clock.over(at)
    assert clock.over(10)


def test_a_thread_that_spins_ends_the_delay_by_what_it_uses_of_a_processor():
    clock = Clock()
    assert [clock.over(at) for at in (2,)] == [False]
    for used, goes_on in ((1, False), (2, False), (3, True)):
        clock.threads = {8: Seen("R", f"{used} 0", used)}
        assert clock.over(2 + 10 * used) is goes_on


def test_a_stopped_process_ends_it_after_a_while_and_nothing_holds_it_for_ever():
    clock = Clock()
    clock.threads = {8: STOPS}
    assert [clock.over(at) for at in (2, 3, 150, 203)] == [False, False, False, True]
    clock = Clock()
    clock.threads = {8: RUNS}
    assert [clock.over(at) for at in (2, 4000, 5003)] == [False, False, True]


def test_of_two_held_calls_the_one_whose_time_is_over_first_goes_first():
    clock = Clock()
    clock.delays.hold(Notice(2, 8, "openat", ()), MS, 0)
    assert [notice.id for at in (1, 2, 3, 4) for notice in clock.delays.over(at * MS)] == [2, 1]
    assert Clock().delays.patience(0) == 2


def test_a_pipe_is_opened_once_more_and_nothing_else_that_was_put_in_its_place(tmp_path):
    reading, writing = os.pipe()
    (tmp_path / "file").touch()
    file = os.open(tmp_path / "file", os.O_RDONLY)
    try:
        again = called._pipe(f"/proc/self/fd/{writing}")
        os.write(again, b"through")
        os.close(again)
        assert os.read(reading, 10) == b"through"
        with pytest.raises(OSError, match="is no pipe"):
            called._pipe(f"/proc/self/fd/{file}")
    finally:
        for fd in (reading, writing, file):
            os.close(fd)
