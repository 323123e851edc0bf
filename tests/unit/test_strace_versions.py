"""strace 6.1, 6.13 and 7.2, by the recorder and by hand with other options, on x86-64 and arm64: all tell the same."""

from __future__ import annotations

import re

import pytest

from proclab.events import Event, Fork, Gap, Start, Task, Thread
from proclab.events import Read as Taken
from proclab.findings import derive
from proclab.strace import Program, read
from tests.unit import recordings
from tests.unit.recordings import SHOWS

VERSIONS = ("6.1", "7.2")
SAME = ("daemon", "dups", "exec_thread", "fifo", "pass_fd", "sockets")  # as when they were recorded with 6.13
NEWER = ("kinds", "posix_spawn", "signals")  # no recording by 6.13, or one of an older form of the program
ARM = "6.13-aarch64"  # an emulated machine: everything takes longer there
BY_HAND = [name for name in recordings.NAMES if name.startswith("f-") and "@" in name]
# Sent by the kernel at a moment of its own.
ANY_TIME = ("SIGCHLD", "SIGCONT")

Story = dict[str, list[tuple[str, ...]]]


def born(events: tuple[Event, ...]) -> dict[Task, str]:
    """Tasks by the order of their birth."""
    tasks = [
        event.task if isinstance(event, Start) else event.child
        for event in events
        if isinstance(event, Start | Fork | Thread)
    ]
    return {task: f"T{number}" for number, task in enumerate(filter(None, tasks), 1)}


def story(events: tuple[Event, ...], fields: tuple[str, ...], kinds: tuple[str, ...] = ()) -> Story:
    """What each task did, in its own order; `kinds`: of these only, and of bytes only those that went between tasks."""
    names = born(events)
    result: Story = {name: [] for name in names.values()}
    for event in events:
        obj, child = getattr(event, "obj", ""), getattr(event, "child", None)
        left_out = (
            event.kind not in kinds
            or event.src == "mark"
            or getattr(event, "error", "") == "ENOSYS"
            or (event.kind in ("read", "write") and not obj.startswith(("pipe", "fifo", "sock")))
            if kinds
            else event.kind in ("inherit", "block", "run") or not event.own
        )
        if not left_out and getattr(event, "sig", "") not in ANY_TIME:
            values = (re.sub(r"fd=Fd\((fd=\d+).*", r"\1", f"{field}={getattr(event, field, '')}") for field in fields)
            result[names[event.task]].append((event.kind, names.get(child, "") if child else "", *values))
    return result


# --- by the recorder ---

ALL = ("call", "error", "sig", "code", "how", "eof", "cloexec", "data", "n", "fd", "line")


@pytest.mark.parametrize("name", [*SAME, *NEWER])
def test_the_oldest_and_the_newest_strace_tell_the_same(name):
    old, new = (story(recordings.events(f"yy-{name}@{version}"), ALL) for version in VERSIONS)
    assert old == new
    assert sum(map(len, old.values())) > 5


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", SAME)
def test_every_strace_tells_what_the_images_own_tells(name, version):
    fields = ALL if name != "dups" else ALL[:-4]  # what `ls -l` prints is another day's
    image, other = (recordings.events(f"yy-{name}{suffix}") for suffix in ("", f"@{version}"))
    assert story(image, fields) == story(other, fields)
    assert {fact.kind for fact in derive(image)} == {fact.kind for fact in derive(other)}


@pytest.mark.parametrize(
    ("name", "same"), [("dups", ""), ("exec_thread", ""), ("pass_fd", ""), ("sockets", ""), ("signals", "@7.2")]
)
def test_arm64_has_other_calls_for_the_same(name, same):
    """No pipe, dup2, fork, vfork, open or poll: pipe2, dup3, clone, openat, ppoll. (dup2(3, 3) is an fcntl there.)"""
    here, there = recordings.events(f"yy-{name}{same}"), recordings.events(f"yy-{name}@{ARM}")
    fields = ("error", "sig", "code", "how", "eof", "cloexec", "fd")
    assert unlike(story(here, fields), story(there, fields)) == ({("dup", "other")} if name == "dups" else set())
    calls = {getattr(event, "call", "") for event in there}
    assert not calls & {"pipe", "dup2", "fork", "vfork", "open", "poll", "epoll_wait", "pause"}
    assert {"clone", "clone3"} & calls
    assert {fact.kind for fact in derive(there)} - {"zombie"} == {fact.kind for fact in derive(here)}


def unlike(one: Story, other: Story) -> set[tuple[str, str]]:
    """Kinds of events at whose place the other story has another kind."""
    assert {task: len(told) for task, told in one.items()} == {task: len(told) for task, told in other.items()}
    pairs = ((a, b) for task in one for a, b in zip(one[task], other[task], strict=True))
    return {(a[0], b[0]) for a, b in pairs if a != b}


def test_the_recordings_are_by_the_versions_they_are_named_after():
    for name in recordings.NAMES:
        if name.startswith("yy-") and "@" in name:
            (program,) = recordings.programs(name)
            version, _, machine = name.partition("@")[2].partition("-")
            assert (program.start["strace"], program.start["machine"]) == (version, machine or "x86_64")


# --- by hand ---

BETWEEN = (
    "fork", "thread", "exec", "exit", "killed", "thread_exit", "wait", "pipe", "socketpair", "sig_send", "sig_deliver",
    "sig_take", "stopped", "fifo", "lock_got", "lock_rel", "write", "read",
)  # fmt: skip


def by_recorder(name: str) -> str:
    """The recording of the same program by the recorder: of the same strace, if there is one."""
    program, _, version = name.removeprefix("f-").partition("@")
    witnessed = f"yy-{program.partition('-')[0]}"
    return f"{witnessed}@{version}" if f"{witnessed}@{version}" in recordings.NAMES else witnessed


@pytest.mark.parametrize("name", BY_HAND)
def test_one_log_with_any_options_tells_what_the_recorder_tells(name):
    """To a file or to the terminal, without times, with -tt, -ttt, -T, -r, -y: tree, bytes, signals, ends."""
    hand, lab = recordings.events(name), recordings.events(by_recorder(name))
    fields = ("error", "sig", "code", "how", "n", "vfork")
    assert story(hand, fields, BETWEEN) == story(lab, fields, BETWEEN)
    assert sum(map(len, story(hand, fields, BETWEEN).values())) > 5


@pytest.mark.parametrize("name", BY_HAND)
def test_one_log_gives_the_same_facts(name):
    facts = {fact.kind for fact in derive(recordings.events(name))}
    left_open = {"threads_left"} if "daemon" in name else set()  # that thread may come to its end before the program
    assert facts - left_open == SHOWS.get(recordings.kind(by_recorder(name)), set()) - left_open


@pytest.mark.parametrize("name", BY_HAND)
def test_one_log_has_no_gap_and_one_beginning(name):
    events = recordings.events(name)
    assert not [event.code for event in events if isinstance(event, Gap)]
    assert [event.seq for event in events if isinstance(event, Start)] == [0]


@pytest.mark.parametrize("name", BY_HAND)
def test_bytes_come_from_who_sent_them_even_without_times(name):
    events = recordings.events(name)
    came = [
        event for event in events if isinstance(event, Taken) and event.n and event.obj.startswith(("pipe", "fifo"))
    ]
    for event in came:
        assert {events[seq].obj for seq in event.cause} == {event.obj}
    assert came or "exec_thread" in name


# --- one log for each thread, by hand ---

DURATION, STAMP = re.compile(r"(?m) <\d+\.\d+>$"), re.compile(r"(?m)^\d+\.\d+ ")


@pytest.mark.parametrize("left_out", [[DURATION], [DURATION, STAMP]], ids=["no -T", "neither -T nor -ttt"])
@pytest.mark.parametrize("name", [name for name in recordings.NAMES if name.startswith("yy-") and "@" in name])
def test_one_log_for_each_thread_needs_no_durations_and_no_times(name, left_out):
    """That a reader waited isn't told then; who gave it what is."""
    (program,) = recordings.programs(name)
    logs = dict(program.logs)
    for pattern in left_out:
        logs = {tid: pattern.sub("", text) for tid, text in logs.items()}
    events = tuple(read([Program(logs, start=program.start, box=program.box)]))
    fields = ("error", "sig", "code", "how", "n", "eof", "fd")
    assert story(events, fields, BETWEEN) == story(recordings.events(name), fields, BETWEEN)
    came = [event for event in events if isinstance(event, Taken) and event.n]
    assert all(event.cause for event in came if event.obj.startswith(("pipe1", "fifo")))


# --- on a terminal ---

PIPE_AND_FORK = """execve("/bin/x", ["x"], 0x1 /* 1 var */) = 0
clone(child_stack=NULL, flags=SIGCHLD) = 9
strace: Process 9 attached
[pid     8] exit_group(0) = ?
[pid     8] +++ exited with 0 +++
"""


def ends(text: str) -> list[tuple[int, str]]:
    return [(event.task.pid, event.kind) for event in read([Program(text=text)]) if event.kind in ("exit", "gap")]


def test_the_last_lines_are_those_of_whoever_is_left():
    assert ends(f"{PIPE_AND_FORK}exit_group(3) = ?\n+++ exited with 3 +++") == [(8, "exit"), (9, "exit")]


def test_a_thread_that_execs_has_vanished_as_one_that_has_ended():
    vanished = "[pid     9] +++ superseded by execve in pid 10 +++\n"
    text = (
        PIPE_AND_FORK
        + f"""clone(child_stack=0x7f, flags=CLONE_VM|CLONE_THREAD) = 10
[pid    10] execve("/bin/y", ["y"], 0x1 /* 1 var */ <pid changed to 9 ...>
{vanished}<... execve resumed>) = 0
exit_group(3) = ?
+++ exited with 3 +++"""
    )
    assert ends(text) == [(8, "exit"), (9, "exit")]
    assert (9, "exit") not in ends(text.replace(vanished, ""))


def test_a_line_torn_by_an_attachment_is_one_line():
    whole = PIPE_AND_FORK + "+++ exited with 3 +++"
    torn = re.sub(r", flags=SIGCHLD\) = 9\n(strace.*\n)", r"\1, flags=SIGCHLD) = 9\n", whole)
    assert "NULLstrace: Process 9 attached\n, flags" in torn
    twice = torn.replace("NULLstrace", "NULLstrace: Process 9 attached\nstrace")
    assert ends(twice) == ends(torn) == ends(whole)


def test_a_torn_line_that_does_not_go_on_is_a_gap():
    text = "pipe2([3, 4], 0) = 0\nclone(child_stack=NULLstrace: Process 9 attached\n"
    assert (0, "gap") in ends(text)


def test_a_program_that_strace_was_attached_to_has_its_pid():
    text = "pipe2([3, 4], 0) = 0\nfork() = 9\n[pid 9] +++ exited with 0 +++\n+++ exited with 0 +++"
    assert ends(f"strace: Process 8 attached\n{text}") == [(9, "exit"), (8, "exit")]
    assert ends(text) == [(9, "exit"), (0, "exit")]  # it is told nowhere
