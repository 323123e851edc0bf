"""Samples → events: the state that they lead to is what the last sample shows, and nothing is made up."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from proclab import events as ev
from proclab.events import log as eventlog
from proclab.procfs.objects import what
from proclab.procfs.sample import Inet, Thread, Unix
from proclab.procfs.samples import events
from proclab.procfs.waiting import waiting_of
from proclab.state import reduce
from tests.unit.samples import INIT, descriptor, look, process, sockets


def kinds(*samples):
    """What is new in the last sample."""
    before = len(events(samples[:-1]))
    return [event.kind for event in events(samples)][before:]


def test_a_fork_is_told_with_what_the_child_closed():
    r, w = descriptor(3, "pipe:[1]", "read"), descriptor(4, "pipe:[1]", "write")
    parent = process(7, 1, r, w)
    assert kinds(look(INIT, parent), look(INIT, parent, process(8, 7, w))) == ["fork", "close"]


def test_what_init_has_adopted_is_not_inits_child_by_birth():
    assert kinds(look(INIT), look(INIT, process(8, 1))) == ["start", "exec"]


def test_an_exec_a_thread_a_mask():
    before = look(INIT, process(7))
    assert kinds(before, look(INIT, process(7, argv=("ls",)))) == ["exec"]
    assert kinds(before, look(INIT, process(7, tids=(8,)))) == ["thread"]
    assert kinds(before, look(INIT, process(7, blocked=(10,)))) == ["sig_mask"]
    assert kinds(look(INIT, process(7, tids=(8,))), before) == ["thread_exit"]


def test_ends():
    before = look(INIT, process(7), process(8, 7))
    zombie = look(INIT, process(7), process(8, 7, state="Z", status=15))
    assert kinds(before, zombie) == ["killed"]
    assert kinds(before, look(INIT, process(7), process(8, 7, state="Z", status=256))) == ["exit"]
    assert kinds(zombie, look(INIT, process(7))) == ["wait"]
    assert kinds(before, look(INIT)) == ["wait", "exit"]
    assert kinds(before, look(INIT, process(8, 1))) == ["wait", "orphan"]


def test_waiting_begins_and_ends():
    reading = process(7, 1, descriptor(3, "pipe:[1]", "read"), syscall=(0, 3))
    idle = replace(reading, threads=(Thread(7, "a", "R"),))
    told = events([look(INIT, reading), look(INIT, reading), look(INIT, idle)])
    (block,) = [event for event in told if isinstance(event, ev.Block)]
    assert (block.call, block.on, block.fds, block.obj) == ("read", "fd", (3,), "pipe1")
    assert isinstance(told[-1], ev.Run)
    assert told[-1].block == block.seq


def test_who_forks_while_it_seems_to_wait_waits_anew_and_who_does_nothing_waits_on():
    reading = process(7, 1, descriptor(3, "pipe:[1]", "read"), syscall=(0, 3))
    child = process(8, 7, descriptor(3, "pipe:[1]", "read"), syscall=(0, 3))
    assert kinds(look(INIT, reading), look(INIT, reading, child)) == ["fork", "block", "block"]
    box = reduce(events([look(INIT, reading), look(INIT, reading, child)])).only
    assert {task.pid for task in box.waits} == {7, 8}
    assert kinds(look(INIT, reading, child), look(INIT, reading, child)) == []


def test_every_event_says_that_it_is_sampled():
    told = events([look(INIT, process(7, 1, descriptor(0, "/dev/null", key="")))])
    assert told
    assert all(event.src == "proc" and not event.exact for event in told)
    assert list(eventlog.read(eventlog.write(told))) == told


def test_kinds_of_things():
    links = ["/dev/pts/0", "/dev/null", "/work/a", "/memfd:x (deleted)", "anon_inode:[eventpoll]", "anon_inode:[x]"]
    assert [what(descriptor(0, link, key="")) for link in links] == ["tty", "device", "file", "memfd", "epoll", "other"]


# ---------------------------------------------------------------- what descriptors lead to


def inherits(told):
    return {event.fd.fd: event for event in told if isinstance(event, ev.Inherit)}


def test_both_ends_of_a_pipe_have_one_name_and_a_number_is_never_given_again():
    r, w, other = (
        descriptor(fd, f"pipe:[{ino}]", way) for fd, ino, way in ((3, 1, "read"), (4, 1, "write"), (3, 2, "read"))
    )
    told = inherits(events([look(INIT, process(7, 1, r, w))]))
    assert (told[3].obj, told[4].obj) == ("pipe1", "pipe1")
    later = events([look(INIT, process(7, 1, r, w)), look(INIT, process(7, 1)), look(INIT, process(7, 1, other))])
    assert later[-1].obj == "pipe2"


def test_files_go_by_their_path_and_fifos_too():
    table = (
        descriptor(0, "/dev/pts/0", key=""),
        descriptor(3, "/work/a", key=""),
        descriptor(4, "/work/f", key="fifo:[1:2]"),
    )
    told = inherits(events([look(INIT, process(7, 1, *table))]))
    assert [told[fd].obj for fd in (0, 3, 4)] == ["tty:/dev/pts/0", "file:/work/a", "fifo:/work/f"]


def test_what_was_there_at_the_first_look_is_no_step_and_what_comes_later_is():
    r = descriptor(3, "pipe:[1]", "read")
    first = events([look(INIT, process(7, 1, r))])
    assert not inherits(first)[3].own
    then = events([look(INIT, process(7)), look(INIT, process(7, 1, r))])
    assert inherits(then)[3].own


def test_a_pipe_is_held_outside_only_where_docker_holds_it():
    started = process(7, 0, descriptor(1, "pipe:[1]", "write"), descriptor(4, "pipe:[2]", "write"))
    told = inherits(events([look(started)]))
    assert (told[1].outside, told[4].outside) == (True, False)


def test_a_connection_of_two_containers_has_both_ends():
    told = events(sockets(11, 12))
    boxes = reduce(told).boxes
    ours, theirs = boxes["server"].objects["sock1"], boxes["client"].objects["sock2"]
    assert (ours.peer, ours.local, ours.addr) == ("sock2", "10.0.0.2:50", "10.0.0.3:60")
    assert (theirs.peer, theirs.addr) == ("sock1", "10.0.0.2:50")


def test_who_is_met_second_tells_of_both_and_nothing_is_told_twice():
    told = events(sockets(11, 12) * 2)
    assert [event.kind for event in told if event.kind in ("inherit", "connect", "accept")] == ["inherit", "inherit"]


def test_a_socket_whose_other_end_is_in_no_look_has_no_peer():
    assert reduce(events(sockets(11, 12)[:1])).only.objects["sock1"].peer == ""


def test_a_socket_that_comes_to_listen_or_to_be_connected_tells_so():
    holder = process(7, 1, descriptor(3, "socket:[11]"))
    new = replace(look(INIT, holder), inet=(Inet(11, "tcp", 7, "0.0.0.0:0", "0.0.0.0:0"),))
    listens = replace(new, inet=(Inet(11, "tcp", 10, "0.0.0.0:50", "0.0.0.0:0"),))
    connected = replace(new, inet=(Inet(11, "tcp", 1, "10.0.0.2:50", "10.0.0.3:60"),))
    assert kinds(new, new) == []
    assert kinds(new, listens) == ["bind", "listen"]
    assert reduce(events([new, listens])).only.objects["sock1"].listening
    assert kinds(new, connected) == ["connect"]
    assert kinds(connected, connected) == []


def test_a_unix_socket_is_known_by_its_path_and_its_peer():
    table = descriptor(3, "socket:[11]"), descriptor(4, "socket:[12]")
    unix = Unix(11, "/work/s", 12), Unix(12, "", 11)
    objects = reduce(events([replace(look(INIT, process(7, 1, *table)), unix=unix)])).only.objects
    assert (objects["sock1"].peer, objects["sock1"].addr, objects["sock2"].peer) == ("sock2", "/work/s", "sock1")


def test_a_zombie_runs_nothing_and_at_the_first_look_has_its_name():
    parent = process(7)
    ended = process(8, 7, state="Z", argv=(), status=0)
    assert kinds(look(INIT, parent), look(INIT, parent, ended)) == ["fork", "exit"]
    assert [event.argv for event in events([look(INIT, parent, ended)]) if isinstance(event, ev.Exec)][-1] == ("a",)


# ---------------------------------------------------------------- laws


THINGS = [descriptor(0, f"pipe:[{n}]", way) for n in (1, 2) for way in ("read", "write")]
THINGS += [descriptor(0, "socket:[3]"), descriptor(0, "/work/a", key=""), descriptor(0, "fifo:[1:2]", "both")]
TABLES = st.dictionaries(st.integers(0, 4), st.sampled_from(THINGS), max_size=4)


@st.composite
def processes(draw, pid, now, before, was, t):
    """What may have become of a process: nobody rises from the dead, and who loses a parent gets init."""
    if before is None or before.zombie or draw(st.booleans()):
        ppid, start = draw(st.sampled_from([each for each, p in now.items() if not p.zombie])), 1 + t
    else:
        kept = was[before.ppid] if before.ppid in was and before.ppid in now else INIT
        parent = now[kept.pid]
        ppid, start = (kept.pid if parent.start == kept.start and not parent.zombie else 1), before.start
    zombie = draw(st.booleans())
    fds = (replace(thing, fd=fd) for fd, thing in sorted(draw(TABLES).items()))
    return process(
        pid,
        ppid,
        *fds,
        state="Z" if zombie else "S",
        start=start,
        status=0 if zombie else None,
        tids=() if zombie else draw(st.sampled_from([(), (pid + 100,)])),
        blocked=draw(st.sampled_from([(), (10,)])),
        syscall=draw(st.sampled_from([(), (0, 0), (61, -1)])),
        argv=draw(st.sampled_from([("a",), ("b", "c")])),
    )


@st.composite
def looks(draw):
    """A container seen up to five times: pids 7 to 10 come, go, are reused, end, change their descriptors."""
    seen, was = [], {}  # pid → process
    for t in range(draw(st.integers(1, 5))):
        now = {1: INIT}
        for pid in draw(st.lists(st.integers(7, 10), unique=True)):
            now[pid] = draw(processes(pid, now, was.get(pid), was, t))
        seen.append(look(*now.values(), t=t))
        was = now
    return seen


@settings(max_examples=60, deadline=None)
@given(looks())
def test_the_state_is_what_the_last_look_shows(seen):
    told = events(seen)
    assert [event.seq for event in told] == list(range(len(told)))
    box = reduce(told).only
    last = seen[-1].processes
    assert {p.task.pid for p in box.living()} == {p.pid for p in last if not p.zombie}
    assert box.unknown == ()
    for life in box.living():
        (shown,) = [p for p in last if p.pid == life.task.pid]
        assert life.argv == shown.argv
        assert box.fds(life.task).keys() == {each.fd for each in shown.fds or ()}
        assert {task.pid for task in box.members[life.task]} == {thread.tid for thread in shown.threads}
        waits = {task.pid for task in box.members[life.task] if task in box.waits}
        assert waits == {thread.tid for thread in shown.threads if waiting_of(thread, "x86_64")}
        parent = [p for p in box.living() if p.task == life.parent]
        assert [p.task.pid for p in parent] == ([shown.ppid] if shown.ppid else [])


@settings(max_examples=60, deadline=None)
@given(looks())
def test_a_prefix_of_the_looks_tells_a_prefix_of_the_events(seen):
    assert events(seen)[: len(events(seen[:-1]))] == events(seen[:-1])
