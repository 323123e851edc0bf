"""guest/proc.py and guest/cgroup.py: what the kernel's files say, made up and this machine's own."""

import os
import subprocess
import time

import pytest

from tests.unit.guest import module

proc = module("proc")
cgroup = module("cgroup")


def stat_line(head, *fields):
    """A line of /proc/PID/stat: what stands up to the state, then the fields after it, the rest zero."""
    return head + b" " + b" ".join(b"%d" % field for field in [*fields, *[0] * (49 - len(fields))]) + b"\n"


def test_a_name_may_hold_any_character():
    stat = proc.Stat(stat_line(b"7 (a) R 1 (b\xff) S", 3, 4, 5, *range(7, 53)))
    assert (stat.pid, stat.name, stat.state) == (7, "a) R 1 (b\\xff", "S")
    assert (stat.ppid, stat.pgrp, stat.session, stat.threads, stat.start) == (3, 4, 5, 20, 22)
    assert (stat.processor, stat.exit_code) == (39, 52)


@pytest.mark.parametrize(
    ("state", "threads", "over"), [("S", 1, False), ("Z", 1, True), ("Z", 2, False), ("X", 0, True)]
)
def test_a_zombie_is_over_when_its_other_threads_are(state, threads, over):
    assert proc.Stat(stat_line(b"7 (a) %s" % state.encode(), *[0] * 16, threads)).over is over
    status = f"Name:\ta\nState:\t{state} (…)\nUid:\t1\t2\t3\t4\nTracerPid:\t0\nThreads:\t{threads}\n"
    assert proc.Status(status.encode()).over is over


def test_no_name_pretends_to_be_another_field():
    """Of a name the kernel escapes the line feed; other line ends of Python's stand in it as they are."""
    name = "a\rUid:\t0\x0cTracerPid:\t9\x1dState:\tZ"
    status = proc.Status(f"Name:\t{name}\nState:\tS\nUid:\t1\t2\t3\t4\nTracerPid:\t0\n".encode())
    assert (status.name, status.uids, status.tracer, status.over) == (name, [1, 2, 3, 4], 0, False)


def test_ourselves():
    me = os.getpid()
    assert me in proc.pids()
    assert (proc.stat(me).pid, proc.stat("self").ppid) == (me, os.getppid())
    assert proc.status(me).fields["Pid"] == str(me)
    assert proc.stat(me).processor in os.sched_getaffinity(0)
    assert me in {stat.pid for stat in proc.stats()} & {pid for pid, _ in proc.statuses()}


def test_who_is_not_there():
    with pytest.raises(OSError, match="No such file"):
        proc.stat(1 << 30)
    with pytest.raises(OSError, match="No such file"):
        proc.status(1 << 30)
    assert proc.command(1 << 30) == [b""]
    assert list(proc.stats([1 << 30])) == []


def test_a_command_line_is_read_as_far_as_it_matters():
    full = proc.command(os.getpid())
    assert len(full) > 1
    assert b"\0".join(proc.command(os.getpid(), 3)) == b"\0".join(full)[:3]


@pytest.fixture
def groups(monkeypatch, tmp_path):
    monkeypatch.setattr(cgroup, "ROOT", f"{tmp_path}/")

    def write(name, text):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    return write


@pytest.mark.parametrize("folder", ["", "pids/"])
def test_the_kernels_counters_are_found_in_both_versions(groups, folder):
    memory = "memory/" if folder else ""
    groups(memory + ("memory.oom_control" if folder else "memory.events"), "under_oom 0\noom_kill 2\n")
    groups(folder + "pids.events", "max 7\n")
    groups(memory + ("memory.limit_in_bytes" if folder else "memory.max"), "67108864\n")
    assert (cgroup.oom_kills(), cgroup.refused_forks(), cgroup.memory_limit()) == (2, 7, "64 MiB")


def test_what_the_kernel_does_not_count_is_nothing(groups):
    groups("memory.max", "max\n")
    assert (cgroup.oom_kills(), cgroup.refused_forks(), cgroup.memory_limit()) == (0, 0, "?")


def asleep(pid):
    """Wait until the process sleeps."""
    deadline = time.monotonic() + 20
    while proc.stat(pid).state != "S":
        assert time.monotonic() < deadline


def test_every_run_of_a_thread_counts_and_none_is_made_up():
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as cat:
        counts = []
        for _ in range(2):
            cat.stdin.write(b"x\n")
            cat.stdout.read(2)
            asleep(cat.pid)
            counts += [proc.times_run(cat.pid), proc.times_run(cat.pid)]
        cat.stdin.close()
    assert counts[0] == counts[1] < counts[2] == counts[3]
    with pytest.raises(OSError, match=str(cat.pid)):
        proc.times_run(cat.pid)
