"""What holds for the events of any log: real ones, ones cut off anywhere, ones whose clocks disagree, nonsense."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proclab.events import Block, Call, Close, Exit, Fork, Gap, Open, Other, Read, SigDeliver, Wait
from proclab.events import log as eventlog
from proclab.strace import Program, read, read_folder, terminal
from proclab.strace.lines import Record, parse
from proclab.strace.steps import Clock, nanoseconds
from tests.unit import recordings
from tests.unit.laws import check_laws

SOME = [
    "yy-fork_fd",
    "yy-signals",
    "yy-sockets",
    "yy-shell",
    "f-spawn",
    "f-pass_fd",
    "yy-exec_thread",
    "yy-signals@6.1",
    "yy-posix_spawn@7.2",
    "f-daemon-err@6.1",
    "f-shell-err@7.2",
    "f-flocks-r@7.2",
    "f-exec_thread-err@6.1",
]


@pytest.mark.parametrize("name", recordings.NAMES)
def test_the_laws_hold_for_real_recordings(name):
    events = recordings.events(name)
    check_laws(events)
    assert list(eventlog.read(eventlog.write(events))) == list(events)


@pytest.mark.parametrize("name", recordings.NAMES)
def test_causes_are_found(name):
    """Every end of file within the recording, every delivery and every wait has its cause."""
    for event in recordings.events(name):
        if isinstance(event, Wait) and event.reaped:
            assert event.cause, event
        if isinstance(event, SigDeliver) and event.code == "SI_USER" and event.by and event.sig != "SIGPIPE":
            assert event.cause, event
        if isinstance(event, Read) and event.obj.startswith(("pipe1", "pipe2", "fifo")) and (event.n or event.eof):
            assert event.cause, event


@pytest.mark.parametrize("name", recordings.NAMES)
def test_nothing_is_lost(name):
    """Each line is in an event: by its thread and its time, or as an attempt to exec, or as a marker.

    A call that was only interrupted for the tracer is one with its restart, and has the time of its first line.
    """
    told = {(event.task.pid, event.t) for event in recordings.events(name)}
    for program in recordings.programs(name):
        for log in [list(terminal.lines(program.text, None)), *map(apart, program.logs.items())]:
            clock, broken = Clock(), dict[int, str]()
            for number, tid, record in log:
                now = clock.read(record.time, number)
                marker = (record.name, *record.args[:1]) == ("write", "-1")
                again = record.kind == "call" and broken.pop(tid, "") == record.name
                if record.error.startswith("ERESTART"):
                    broken[tid] = record.name
                if record.kind in ("call", "signal", "unfinished") and record.name not in FOLDED and not marker:
                    assert (tid, now) in told or again, record


def apart(log: tuple[int, str]) -> list[tuple[int, int, Record]]:
    """A log of -ff as terminal.lines gives that of -f."""
    return [(number, log[0], parse(line)) for number, line in enumerate(log[1].splitlines(), 1)]


# Attempts to exec are told with the one that succeeds, exit(2) with the end.
FOLDED = ("execve", "exit", "exit_group")


# --- damaged logs ---


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SOME), st.integers(0, 2**32))
def test_a_log_cut_off_anywhere_gives_its_events_and_says_so(name, seed):
    rng = random.Random(seed)
    cut = [_cut(program, rng) for program in recordings.programs(name)]
    events = read(cut)
    check_laws(events)
    assert not events or any(isinstance(event, Gap) for event in events)


def _cut(program: Program, rng: random.Random) -> Program:
    at = rng.random()
    logs = {tid: text[: int(len(text) * at)] for tid, text in program.logs.items()}
    return Program(logs, program.text[: int(len(program.text) * at)], start=program.start)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SOME), st.integers(0, 2**32))
def test_logs_with_lines_lost_swapped_or_garbled_keep_the_laws(name, seed):
    rng = random.Random(seed)
    check_laws(read([_damaged(program, rng) for program in recordings.programs(name)]))


def _damaged(program: Program, rng: random.Random) -> Program:
    return Program(
        {tid: _damage(text, rng) for tid, text in program.logs.items()}, _damage(program.text, rng), start=program.start
    )


def _damage(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    for _ in range(rng.randrange(1, 12)):
        at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
        what = rng.randrange(4)
        if what == 0:
            lines[at] = ""
        elif what == 1:
            lines[at], lines[other] = lines[other], lines[at]
        elif what == 2:
            lines[at] = lines[at][: rng.randrange(len(lines[at]) + 1)] + lines[other]
        else:
            lines[at] = re.sub(r"\d", lambda _: str(rng.randrange(10)), lines[at])
    return "\n".join(lines)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["yy-fork_fd", "yy-signals", "yy-pass_fd", "yy-fifo", "yy-daemon"]), st.integers(0, 2**32))
def test_clocks_that_disagree_do_not_change_who_caused_what(name, seed):
    """Each thread's stamps are moved by up to 40 µs of its own."""
    rng = random.Random(seed)
    moved = [_moved(program, rng) for program in recordings.programs(name)]
    events = read(moved)
    check_laws(events)
    assert sorted(causes(events)) == sorted(causes(recordings.events(name)))


def causes(events) -> list[tuple[str, ...]]:
    """Who caused what, without places and times."""
    return [
        (event.kind, str(event.task), cause.kind, str(cause.task), getattr(event, "call", ""))
        for event in events
        for cause in (events[seq] for seq in event.cause)
        if isinstance(event, Read | Wait) and not isinstance(cause, Block)
    ]


def _moved(program: Program, rng: random.Random) -> Program:
    return Program(
        {tid: _shift(text, rng.randrange(-40_000, 40_000)) for tid, text in program.logs.items()}, start=program.start
    )


def _shift(text: str, by: int) -> str:
    def moved(found: re.Match[str]) -> str:
        now = nanoseconds(found[0]) + by
        return f"{now // 10**9}.{now % 10**9:09d}"

    return re.sub(r"(?m)^\d+\.\d{9}", moved, text)


LINE = st.sampled_from(
    ["clone(child_stack=NULL, flags=SIGCHLD) = {}", "clone3({{flags=CLONE_THREAD}}, 88) = {}", "vfork() = {}",
     "exit_group(0) = ?",
     "+++ exited with 0 +++", "+++ killed by SIGKILL +++",
     "wait4(-1, NULL, 0, NULL) = {}",
     "close({}) = 0", "pipe2([{}, 4], 0) = 0", "dup2({}, 1) = 1", "read({}, \"x\", 1) = 1", "write({}, \"x\", 1) = 1",
     "read({}, \"\", 1) = 0", "kill({}, SIGTERM) = 0",
     "--- SIGTERM {{si_signo=SIGTERM, si_code=SI_USER, si_pid={}}} ---",
     "+++ superseded by execve in pid {} +++", "<... execve resumed>) = 0",
     'execve("/x", ["x"], 0x1 /* 1 var */) = {}',
     "read({}, <unfinished ...>", "<... read resumed>\"x\", 1) = 1",
     "close_range({}, 9, CLOSE_RANGE_UNSHARE) = 0",
     "flock({}, LOCK_EX) = 0", "socketpair(AF_UNIX, SOCK_STREAM, 0, [{}, 6]) = 0",
     'write(-1, "L {} f x.py", 9) = -1 EBADF',
     "accept4({}, NULL, NULL, 0) = 7", "rt_sigprocmask(SIG_BLOCK, [INT], NULL, 8) = {}", "nonsense {}",
     "futex({}, FUTEX_WAIT"]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 30), LINE, st.integers(-1, 6)), max_size=40), st.booleans())
def test_any_story_of_plausible_lines_keeps_the_laws(story, single):
    lines = [(pid, f"10000.{time:09d} {line.format(number)}") for pid, time, line, number in story]
    if single:
        program = Program(text="\n".join(f"{pid} {line}" for pid, line in lines))
    else:
        pids = {pid for pid, _ in lines}
        program = Program({pid: "\n".join(line for other, line in lines if other == pid) for pid in pids})
    check_laws(read([program]))


@given(st.text(), st.dictionaries(st.integers(1, 9), st.text(), max_size=3))
def test_any_text_is_a_log(text, logs):
    check_laws(read([Program(text=text)]))
    check_laws(read([Program(logs)]))


def test_a_whole_recording_has_no_gap_and_little_that_no_kind_tells():
    events = recordings.events("yy-fork_fd")
    assert not any(isinstance(event, Gap) for event in events)
    own = [event for event in events if event.own]
    assert sum(isinstance(event, Other) for event in own) < 0.1 * len(own)
    assert all(isinstance(event, Call) for event in events if hasattr(event, "call") and not isinstance(event, Block))


FORKED = [
    '1.000000001 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 204',
    '1.000000002 openat(AT_FDCWD, "/etc/hosts", O_RDONLY) = 31',
    '1.000000003 close(31) = -1 EBADF (Bad file descriptor)',
    '1.000000004 wait4(204, NULL, 0, NULL) = 204 <0.000100>',
    '1.000000005 +++ exited with 10 +++',
]  # fmt: skip


@pytest.mark.parametrize("at", range(1, len("\n".join(FORKED)) + 1))
def test_a_number_that_the_end_of_a_log_went_through_is_not_believed(at):
    """A process 2 or 20, a descriptor 3, an exit status 1 that never were."""
    text = "\n".join([*FORKED, ""])[:at]
    events = read_folder({"lab/1/t.198": text, "lab/1/start.json": '{"v":1,"box":"lab","argv":["x"],"pid":198}'})
    assert {event.child.pid for event in events if isinstance(event, Fork) and event.child} <= {204}
    assert {event.fd.fd for event in events if isinstance(event, Open) and event.fd} <= {31}
    assert {event.code for event in events if isinstance(event, Exit)} <= {10, None}
    assert {event.error for event in events if isinstance(event, Close)} <= {"EBADF", ""}


def test_what_the_end_of_a_log_did_not_go_through_is_believed():
    events = read_folder({"lab/1/t.198": "\n".join([*FORKED, ""])})
    assert [event.child.pid for event in events if isinstance(event, Fork) and event.child] == [204]
    assert [event.fd.fd for event in events if isinstance(event, Open) and event.fd] == [31]
