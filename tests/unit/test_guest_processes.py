"""guest/processes.py and what launch makes of it: who is left, whose, traced by whom; no container."""

import os
import subprocess
import sys
import threading

import pytest

from tests.unit.guest import module

processes = module("processes")
proc = processes.proc
launch = module("launch")
OURS = os.getuid()


@pytest.fixture
def world(monkeypatch):
    """A /proc of our own: pid → fields. A pid without an entry vanishes between list and look."""
    there = {}

    def look(pid):
        if there[pid] is None:
            raise FileNotFoundError(pid)
        return {"ppid": 1, "state": "S", "threads": 1, "uid": OURS, "uids": None, "tracer": 0} | there[pid]

    def stat(pid):
        found = look(pid)
        fields = [found["ppid"], *[0] * 15, found["threads"], *[0] * 40]
        return proc.Stat(b"%d (a) b\xff) %s " % (pid, found["state"].encode()) + b" ".join(b"%d" % f for f in fields))

    def status(pid):
        found = look(pid)
        uids = found["uids"] or [found["uid"]] * 4
        lines = {"Name": f"p{pid}", "State": found["state"], "Uid": "\t".join(map(str, uids))}
        lines |= {"TracerPid": found["tracer"], "Threads": found["threads"]}
        return proc.Status("".join(f"{name}:\t{value}\n" for name, value in lines.items()).encode())

    monkeypatch.setattr(os, "getpid", lambda: 7)
    monkeypatch.setattr(proc, "pids", lambda: list(there))
    monkeypatch.setattr(proc, "stat", stat)
    monkeypatch.setattr(proc, "status", status)
    return there


# ---------------------------------------------------------------- survivors


def test_an_orphan_and_its_children_are_left_and_neither_we_nor_what_was_brought_in_from_outside(world):
    world |= {1: {"ppid": 0}, 7: {}, 9: {}, 10: {"ppid": 9, "state": "R", "threads": 2}}
    world |= {20: {"ppid": 0}, 21: {"ppid": 20}}  # docker exec, and a child of its
    assert processes.survivors() == [9, 10]


def test_a_zombie_is_not_left_unless_its_other_threads_go_on(world):
    world |= {1: {"ppid": 0}, 7: {}, 9: {"state": "Z"}, 10: {"state": "Z", "threads": 2}}
    assert processes.survivors() == [10]


@pytest.mark.parametrize("gone", [None, {"state": "Z"}])
def test_who_forks_just_before_it_is_gone_is_not_missed(world, monkeypatch, gone):
    world |= {1: {"ppid": 0}, 7: {}, 9: gone, 10: {}}
    listings = iter([[1, 7, 9], [1, 7, 10]])
    monkeypatch.setattr(proc, "pids", lambda: next(listings))
    assert processes.survivors() == [10]


def test_nobody_is_left(world):
    world |= {1: {"ppid": 0}, 7: {}}
    assert processes.survivors() == []


def test_orphans_are_our_users(world):
    world |= {1: {"ppid": 0}, 7: {}, 9: {}, 10: {"uid": OURS + 1}}
    assert processes.orphans() == [9]


def test_strangers_are_of_another_user_and_can_do_something(world):
    world |= {1: {"ppid": 0, "uid": OURS + 1}, 7: {}, 9: {}, 10: {"uid": OURS + 1}, 11: None}
    world |= {12: {"uid": OURS + 1, "state": "Z"}, 13: {"uid": OURS + 1, "state": "Z", "threads": 2}}
    assert processes.strangers() == {10: "p10", 13: "p13"}


# ---------------------------------------------------------------- waiting


def test_an_end_is_noticed_as_it_comes():
    """One real process; it ends when its input does."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as other:
        find = lambda: [other.pid] if other.poll() is None else []  # noqa: E731
        assert processes.see_out(find, 0) == [other.pid]
        assert processes.see_out(find, 0.01) == [other.pid]
        closing = threading.Thread(target=other.stdin.close)
        closing.start()
        assert processes.see_out(find, 60) == []
        closing.join()
    assert processes.see_out(find) == []


def test_without_pidfds_one_looks_again(monkeypatch):
    def none(pid):
        raise OSError(38, "Function not implemented")

    left = [[9], [9], []]
    monkeypatch.setattr(os, "pidfd_open", none)
    monkeypatch.setattr(processes, "TICK_MS", 1)
    assert processes.see_out(lambda: left.pop(0)) == []
    assert left == []


@pytest.mark.parametrize(("parent", "asked"), [(1, True), (4711, False)])
def test_only_below_process_1_is_anything_waited_for(monkeypatch, parent, asked):
    seen = []
    monkeypatch.setattr(os, "getppid", lambda: parent)
    monkeypatch.setattr(processes, "survivors", lambda: seen.append(1) or [])
    launch.outlast()
    assert bool(seen) is asked


# ---------------------------------------------------------------- who traces whom


@pytest.fixture
def claims(world, monkeypatch):
    """Five processes that call themselves strace and name our folder; what the kernel says of them."""
    world |= {1: {}, 2: {"uid": OURS + 1}, 3: {"tracer": 1, "state": "t"}, 5: None}
    world[4] = {"uids": [OURS, OURS + 1, OURS + 1, OURS + 1], "state": "Z"}
    commands = {pid: [b"strace", b"-o", b"/rec/1/t", b"--", b"a"] for pid in world}
    monkeypatch.setattr(proc, "command", commands.get)
    return commands


def test_who_calls_itself_a_tracer_is_none_unless_it_is_ours_and_traced_by_nobody(claims):
    assert processes.tracers("/rec") == [1]
    assert processes.traced([1]) == [3]
    assert processes.traced([]) == []


@pytest.mark.parametrize("command", [[b"strace", b"-o"], [b"strace"], [b"a", b"-o", b"/rec/1/t"], [b""]])
def test_a_command_that_logs_elsewhere_is_none_of_our_tracers(claims, command):
    assert processes.tracers("/re") == []
    claims[1] = command
    assert processes.tracers("/rec") == []


def test_untraced_are_those_of_a_user_that_can_still_do_something(world, claims):
    assert processes.untraced(OURS + 1) == {2}
    assert processes.untraced(OURS) == {1}
    world[4]["threads"] = 2
    assert 4 in processes.untraced(OURS), "a zombie's other threads live on"


def test_we_are_untraced_and_run():
    assert os.getpid() in processes.untraced(OURS)
