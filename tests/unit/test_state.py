"""The reducer: what each kind of event makes of a container."""

from __future__ import annotations

import pytest

from proclab import events as ev
from proclab.events import Event, Task
from proclab.state import Observer, State, reduce
from tests.unit.state_script import MS, Script

P, C, T = Task(8), Task(9), Task(12)


def state(script):
    """The only box after a script."""
    return reduce(script.events).only


def fds(box, proc):
    return {fd: box.object_of(entry).id for fd, entry in box.fds(proc).items()}


# --- processes ---


def test_nothing_has_happened():
    assert reduce([]).only.processes == {}


def test_a_fork_makes_a_child_with_a_copy_of_the_table():
    s = Script(8)
    s.pipe(8, 3, 4)
    s.fork(8, 9)
    s.close(8, 4)
    box = state(s)
    assert box.tree() == {None: (P,), P: (C,)}
    assert fds(box, P) == {3: "pipe1"}
    assert fds(box, C) == {3: "pipe1", 4: "pipe1"}
    assert box.processes[C].maker == P


def test_a_failed_fork_makes_nobody():
    s = Script(8)
    s.add(ev.Fork, 8, call="clone", error="EAGAIN")
    assert list(state(s).processes) == [P]


def test_clone_files_shares_the_table():
    s = Script(8)
    s.fork(8, 9, files=True)
    s.tables[9] = s.tables[8]
    s.open(9, 3, "/a")
    box = state(s)
    assert fds(box, P) == fds(box, C) == {3: "file:/a"}


def test_exec_unshares_the_table_and_closes():
    s = Script(8)
    s.open(8, 3, "/a")
    s.open(8, 4, "/b", "O_RDONLY|O_CLOEXEC")
    s.fork(8, 9, files=True)
    s.exec(9, "/bin/true", closed=(4,))
    box = state(s)
    assert fds(box, P) == {3: "file:/a", 4: "file:/b"}
    assert fds(box, C) == {3: "file:/a"}
    assert box.processes[C].path == "/bin/true"


def test_threads_share_everything_and_end_with_exec():
    s = Script(8)
    s.thread(8, 12)
    s.open(12, 3, "/a")
    box = state(s)
    assert box.members[P] == (P, T)
    assert fds(box, P) == {3: "file:/a"}
    s.exec(8, "/bin/true")
    box = state(s)
    assert box.members[P] == (P,)
    assert box.threads[T].ended is not None


def test_a_thread_that_has_ended_is_no_member():
    s = Script(8)
    s.thread(8, 12)
    s.add(ev.ThreadExit, 12)
    assert state(s).members[P] == (P,)


def test_zombie_until_reaped():
    s = Script(8)
    s.fork(8, 9)
    end = s.exit(9, 3)
    box = state(s)
    assert [one.task for one in box.zombies()] == [C]
    assert (box.processes[C].code, box.processes[C].ended) == (3, end)
    s.wait(8, 9)
    box = state(s)
    assert box.zombies() == []
    assert box.processes[C].status == "gone"
    assert box.processes[C].reaper == P
    assert box.tree() == {None: (P,)}


def test_wnowait_looks_and_leaves_the_zombie():
    s = Script(8)
    s.fork(8, 9)
    s.exit(9)
    s.wait(8, 9, reaped=False)
    assert len(state(s).zombies()) == 1


def test_a_parent_that_ignores_sigchld_has_no_zombies():
    s = Script(8)
    s.handler(8, "SIGCHLD", "ignore")
    s.fork(8, 9)
    s.exit(9)
    assert state(s).zombies() == []


def test_children_of_the_ended_are_orphans_and_get_their_new_parent():
    s = Script(7)
    s.fork(7, 8)
    s.fork(8, 9)
    s.exit(8)
    box = state(s)
    assert box.processes[C].parent is None
    assert box.processes[C].orphaned is not None
    s.add(ev.Orphan, 9, parent=Task(7))
    assert state(s).tree() == {None: (Task(7),), Task(7): (P, C)}


def test_a_reused_pid_is_another_process():
    s = Script(8)
    s.fork(8, 9)
    s.exit(9)
    s.wait(8, 9)
    s.fork(8, 9)
    box = state(s)
    assert box.processes[C].status == "gone"
    assert box.processes[Task(9, 2)].alive


def test_stopped_and_continued():
    s = Script(8)
    s.add(ev.Stopped, 8, sig="SIGSTOP")
    assert state(s).processes[P].status == "stopped"
    s.deliver(8, "SIGCONT", "default")
    assert state(s).processes[P].status == "running"


# --- descriptors ---


def test_a_description_lives_as_long_as_any_descriptor_of_it():
    s = Script(8)
    s.open(8, 3, "/a")
    s.dup(8, 3, 5)
    s.fork(8, 9)
    s.close(8, 3, 5)
    s.close(9, 3)
    assert len(state(s).descriptions) == 1
    s.exit(9)
    assert state(s).descriptions == {}
    assert state(s).objects == {}


def test_both_ends_holders():
    s = Script(8)
    s.pipe(8, 3, 4)
    s.fork(8, 9)
    s.dup(9, 4, 1)
    s.close(8, 4)
    box = state(s)
    assert [(one.proc, one.fd) for one in box.holders("pipe1", "write")] == [(C, 1), (C, 4)]
    assert box.holding("pipe1", "read") == (P, C)


def test_dup2_closes_what_was_there():
    s = Script(8)
    s.open(8, 3, "/a")
    s.open(8, 4, "/b")
    s.dup(8, 3, 4)
    box = state(s)
    assert fds(box, P) == {3: "file:/a", 4: "file:/a"}
    assert "file:/b" not in box.objects


def test_a_close_of_an_unknown_descriptor_is_said_to_be_unknown():
    s = Script(8)
    seq = s.close(8, 7)
    assert state(s).unknown == (seq,)
    s.open(8, 7, "/a")
    s.close(8, 7)
    assert state(s).unknown == (seq,)


def test_bytes_in_a_pipe():
    s = Script(8)
    s.pipe(8, 3, 4)
    s.write(8, 4, 5)
    s.write(8, 4, 5)
    s.read(8, 3, 7)
    assert state(s).bytes == {"pipe1": 3}


def test_a_descriptor_passed_through_a_socket():
    s = Script(8)
    s.socketpair(8, 3, 4)
    s.open(8, 5, "/a")
    s.fork(8, 9)
    s.close(9, 5)
    of = s.of(8, 5)["of"]
    s.write(8, 3, 1, fds=(5,))
    s.close(8, 5)
    assert of in state(s).descriptions  # on its way
    s.read(9, 4, 1, fds=(s.enter(9, 6, "file:/a", of=of),))
    assert fds(state(s), C)[6] == "file:/a"
    s.close(9, 6)
    assert of not in state(s).descriptions


def test_a_connection_has_two_peers():
    s = Script(7, 8)
    listener = s.socket(7, 3)
    s.add(ev.Bind, 7, addr="127.0.0.1:5000", **s.of(7, 3))
    s.add(ev.Listen, 7, backlog=5, **s.of(7, 3))
    client = s.socket(8, 3)
    s.connect(8, 3, "127.0.0.1:5000")
    server = s.accept(7, 3, 4, client)
    box = state(s)
    assert box.objects[listener].listening
    assert box.objects[client].peer == server
    assert box.objects[server].peer == client
    s.write(8, 3, 5)
    assert state(s).bytes == {server: 5}


def test_cloexec_and_nonblock():
    s = Script(8)
    s.pipe(8, 3, 4)
    s.add(ev.FdFlags, 8, call="fcntl", cloexec=True, nonblock=True, **s.of(8, 4))
    box = state(s)
    assert box.fds(P)[4].cloexec
    assert box.descriptions[box.fds(P)[4].of].nonblock
    assert not box.fds(P)[3].cloexec


# --- waits, locks, signals ---


def test_a_wait_ends_with_the_event_that_names_its_block():
    s = Script(8)
    s.pipe(8, 3, 4)
    s.block(8, "read", 3)
    wait = state(s).waits[P]
    assert (wait.on, wait.obj, wait.fds) == ("fd", "pipe1", (3,))
    s.read(8, 3, 1)
    assert state(s).waits == {}


def test_a_signal_doesnt_end_a_wait():
    s = Script(8)
    s.block(8, "pause")
    s.deliver(8, "SIGUSR1")
    assert P in state(s).waits


def test_locks_have_owners_and_waiters():
    s = Script(8)
    s.thread(8, 12)
    s.add(ev.LockMade, 8, lock="A#1")
    s.got(8, "A#1")
    s.want(12, "A#1")
    box = state(s)
    assert box.locks[P, "A#1"].owners == (P,)
    assert box.waits[T].name == "A#1"
    s.free(8, "A#1")
    s.got(12, "A#1")
    box = state(s)
    assert box.locks[P, "A#1"].owners == (T,)
    assert box.waits == {}


@pytest.mark.parametrize(("what", "left"), [("lock", 0), ("rlock", 1), ("semaphore", 1)])
def test_kinds_of_lock(what, left):
    s = Script(8)
    s.got(8, "A", what)
    s.got(8, "A", what)
    s.free(8, "A", what)
    assert len(state(s).locks[P, "A"].owners) == left


def test_nobody_owns_an_event():
    s = Script(8)
    s.got(8, "ready", "event")
    assert state(s).locks[P, "ready"].owners == ()


def test_pending_until_delivered():
    s = Script(8, 9)
    s.mask(8, "SIGUSR1")
    s.kill(9, 8, "SIGUSR1")
    s.kill(9, 8, "SIGUSR1")
    box = state(s)
    assert box.pending == {(P, "SIGUSR1"): 2}
    assert box.threads[P].blocks("SIGUSR1")
    s.deliver(8, "SIGUSR1")
    assert state(s).pending == {}


def test_exec_keeps_ignored_signals_only():
    s = Script(8)
    s.handler(8, "SIGINT", "ignore")
    s.handler(8, "SIGTERM", "handler")
    s.exec(8, "/bin/true")
    assert state(s).handlers[P] == {"SIGINT": "ignore"}


# --- boxes, time, snapshots ---


def test_boxes_are_worlds_of_their_own():
    one, two = Script(8, box="server"), Script(8, box="client")
    one.exit(8)
    both = reduce([*one.events, *two.events])
    assert not both.box("server").processes[P].alive
    assert both.box("client").processes[P].alive


def test_an_observer_sees_every_state_before_and_after_its_event():
    class Seen(Observer):
        def __init__(self) -> None:
            self.states: list[tuple[str, int, set[Task]]] = []

        def before(self, state: State, event: Event) -> None:
            self.states.append(("before", state.count, set(state.only.processes)))

        def after(self, state: State, event: Event) -> None:
            self.states.append(("after", state.count, set(state.only.processes)))

    s = Script(8)
    s.fork(8, 9)
    seen, passing = Seen(), Observer()
    assert reduce(s.events, seen, passing) == reduce(s.events)
    assert seen.states[-2:] == [("before", 1, {P}), ("after", 2, {P, C})]


def test_zombie_times():
    s = Script(8)
    s.fork(8, 9)
    s.exit(9)
    s.wait(8, 9, after=50 * MS, dur=MS)
    process = state(s).processes[C]
    assert process.reaped_at - process.ended_at == 51 * MS


def test_a_list_without_its_beginning_is_taken_as_it_is():
    s = Script()
    s.procs[12] = 8
    s.close(12, 4)
    s.read(8, 3, 5)
    s.wait(8, 9)
    box = state(s)
    assert set(box.processes) == {P}
    assert box.members[P] == (P, T)
    assert box.processes[P].born is None


def test_no_process_becomes_its_own_ancestor():
    s = Script(8)
    s.fork(8, 9)
    s.add(ev.Orphan, 8, parent=C)
    assert state(s).tree() == {None: (P,), P: (C,)}
