"""Which findings accuse: each kind beside its twin that is the same at first sight, and nobody's fault."""

import pytest

from proclab.events import FdFlags, Killed, Other, SigSend, Task
from proclab.findings import derive
from tests.unit.state_script import MS, Script, family, piped


def accused(script):
    return [finding.kind for finding in derive(script.events) if finding.accuses]


def told(script):
    return [finding.kind for finding in derive(script.events)]


# --- children ---


def test_a_child_that_is_never_reaped():
    s = family()
    s.exit(9)
    s.exit(8)
    assert accused(s) == ["unreaped"]


def test_not_of_a_parent_that_a_signal_has_killed():
    s = family()
    s.exit(9)
    s.killed(8, "SIGTERM")
    assert (told(s), accused(s)) == (["unreaped"], [])


@pytest.mark.parametrize(("between", "kinds"), [(True, []), (False, ["unreaped"])])
def test_not_by_a_process_in_between_whose_child_was_fast(between, kinds):
    """The same double fork as below, on a machine where the grandchild ends first."""
    s = family()
    if between:
        s.fork(9, 10)
        s.exit(10)
    s.exit(9)
    s.wait(8, 9) if between else s.exit(8)
    assert ("unreaped" in told(s), accused(s)) == (True, kinds)


@pytest.mark.parametrize(("flags", "kinds"), [("CLONE_PARENT|SIGCHLD", []), ("SIGCHLD", ["unreaped"])])
def test_not_by_who_has_made_a_sibling(flags, kinds):
    """CLONE_PARENT: the maker's parent is the child's, and waits for both."""
    s = Script(8)
    s.fork(8, 9, flags=flags)
    s.exit(9)
    s.exit(8)
    assert accused(s) == kinds
    s = family()
    s.fork(9, 10, flags=flags)
    s.exit(10)
    s.exit(9)
    s.wait(8, 9)
    s.wait(8, 10)
    assert told(s) == kinds


def test_not_one_that_is_reaped_late_however_late():
    s = family()
    s.exit(9)
    s.block(8, "clock_nanosleep")
    s.wait(8, 9, after=10_000 * MS)
    assert (told(s), accused(s)) == (["zombie"], [])


def test_a_busy_parent_that_reaps_at_last_isnt_even_told_of():
    """It may have been kept from its processor: nobody can tell that from other work."""
    s = family()
    s.exit(9)
    s.wait(8, 9, after=10_000 * MS)
    assert told(s) == []


def test_an_orphan_of_the_program_itself():
    s = family()
    s.block(9, "clock_nanosleep")
    s.exit(8)
    assert accused(s) == ["orphan"]


def test_not_of_a_process_in_between_as_a_daemon_has_it():
    s = family()
    s.fork(9, 10)
    s.exit(9)
    s.wait(8, 9)
    s.exit(8)
    assert (told(s), accused(s)) == (["orphan"], [])


def test_not_one_in_a_session_of_its_own_nor_its_children():
    s = family()
    s.add(Other, 9, call="setsid", text="setsid()")
    s.exit(8)
    assert (told(s), accused(s)) == (["orphan"], [])


def test_not_of_a_program_that_a_signal_has_killed():
    s = family()
    s.killed(8, "SIGTERM")
    assert (told(s), accused(s)) == (["orphan"], [])


def helper(execs):
    """8 keeps the only write end of a pipe that 9 reads."""
    s = Script(8)
    s.exec(8, "/bin/x")
    s.pipe(8, 3, 4)
    s.fork(8, 9)
    s.close(9, 4)
    if execs:
        s.exec(9, "/bin/helper")
    s.exit(8)
    return s


@pytest.mark.parametrize(("execs", "kinds"), [(True, []), (False, ["orphan"])])
def test_not_a_program_that_sees_end_of_file_when_its_parent_ends(execs, kinds):
    assert [kind for kind in accused(helper(execs)) if kind == "orphan"] == kinds


# --- ends of pipes ---


def test_a_reader_that_can_never_see_end_of_file():
    s = piped()
    s.write(9, 4, 5)
    s.exit(9)
    s.read(8, 3, 5)
    s.block(8, "read", 3)
    assert accused(s) == ["no_eof"]


def test_not_one_whose_writer_only_takes_its_time_to_close():
    s = piped()
    s.fork(8, 10)
    s.close(8, 4)
    s.write(9, 4, 5)
    s.read(8, 3, 5)
    s.exit(9)
    s.block(8, "read", 3)
    s.exit(10, after=10_000 * MS)  # it has waited for nothing else
    s.read(8, 3, 0)
    assert [kind for kind in told(s) if kind == "no_eof"] == []


def test_not_one_whose_handler_may_write_yet():
    s = Script(8)
    s.pipe(8, 3, 4)
    s.handler(8, "SIGUSR1")
    s.block(8, "read", 3)
    assert told(s) == []


def test_a_handler_for_the_end_writes_nothing():
    s = Script(8)
    s.pipe(8, 3, 4)
    s.handler(8, "SIGTERM")
    s.block(8, "read", 3)
    assert accused(s) == ["no_eof"]


def waits_for_its_reader(*sends):
    s = Script(8)
    s.pipe(8, 3, 4)
    s.fork(8, 9)
    s.close(9, 4)
    s.block(9, "read", 3)
    for to in sends:
        s.add(SigSend, 8, call="kill", sig="SIGTERM", target=9 if to else 0, to=to)
    s.block(8, "wait4", target=9)
    s.killed(9, "SIGTERM")
    s.wait(8, 9, how="killed", sig="SIGTERM")
    s.exit(8)
    return accused(s)


def test_a_parent_that_waits_for_who_waits_for_it():
    assert waits_for_its_reader() == ["deadlock", "no_eof"]


@pytest.mark.parametrize("to", [Task(9), None], ids=["process", "group"])
def test_not_one_that_has_sent_it_a_signal_before(to):
    assert waits_for_its_reader(to) == []


# --- descriptors ---


def exec_with(s, *steps):
    for step in steps:
        step(s)
    s.exec(9, "/bin/y")
    s.exit(9)
    s.wait(8, 9)
    return [kind for kind in accused(s) if kind.startswith("fd_")]


def inheritable(pid):
    return lambda s: s.add(FdFlags, pid, cloexec=False, **s.of(pid, 4))


def test_a_descriptor_that_a_program_gets_by_mistake():
    s = piped()
    assert exec_with(s) == ["fd_leak_exec"]


def test_also_one_that_the_parent_has_made_inheritable():
    s = piped()
    assert exec_with(s, inheritable(8)) == ["fd_leak_exec"]


@pytest.mark.parametrize(
    "step",
    [
        inheritable(9),
        lambda s: s.add(Other, 9, call="fcntl", text="fcntl(4, F_GETFD)"),
    ],
)
def test_not_one_that_the_process_itself_has_seen_to(step):
    assert exec_with(piped(), step) == []


def opened(count, then=lambda s: None):
    s = Script(8)
    for fd in range(3, 3 + count):
        s.open(8, fd, f"/f{fd}")
        s.read(8, fd, 1)
    then(s)
    s.exit(8)
    return s


def test_descriptors_that_are_forgotten():
    assert accused(opened(12)) == ["fd_leak"]
    assert accused(opened(9)) == []


def test_not_those_that_are_used_in_turn():
    def use(s):
        for fd in range(3, 15):
            s.read(8, fd, 1)

    assert accused(opened(12, use)) == []


# --- the recorder ---


def test_what_begins_after_the_recorders_kill_is_another_scene():
    s = family()
    s.add(Killed, 8, sig="SIGKILL", felled=True)
    s.add(Killed, 9, sig="SIGKILL", felled=True)
    assert told(s) == []
