"""The picture of a look, from made-up samples: who holds which end, who waits for what, what has changed."""

import signal

import pytest

from proclab.look import changes, heading, picture
from proclab.looking import Watch
from proclab.procfs import Descriptor, Inet, Process, Sample, Signals, Thread, Unix
from proclab.wiring import short


def pipe(fd, way, number=12):
    return Descriptor(fd, f"pipe:[{number}]", way, f"pipe:[{number}]")


def socket(fd, number):
    return Descriptor(fd, f"socket:[{number}]", "both", f"socket:[{number}]")


def process(pid, ppid=1, *fds, state="S", argv=("python", "/lab/demos/a.py"), threads=None, start=1):
    threads = (Thread(pid, "python", state),) if threads is None else threads
    return Process(pid, ppid, "python", state, start, argv, threads, None if state == "Z" else fds)


def sample(*processes, box="lab-3", **more):
    return Sample(box, 10**18, "x86_64", processes, **more)


def text(*samples):
    return "\n".join(picture(samples))


def test_the_tree():
    lines = picture([sample(process(1, 0), process(7), process(8, 7), process(9, 7, state="Z"), process(10))])
    assert [line for line in lines[1:] if "python" in line] == [
        "1 python /lab/demos/a.py: sleeps",
        "├─7 python /lab/demos/a.py: sleeps",
        "│ ├─8 python /lab/demos/a.py: sleeps",
        "│ └─9 python: ZOMBIE (ended; its parent 7 has not waited for it)",
        "└─10 python /lab/demos/a.py: sleeps",
    ]


@pytest.mark.parametrize(("status", "words"), [(256, "exit code 1"), (15, "killed by SIGTERM"), (None, "ended")])
def test_a_zombie_says_how_it_ended(status, words):
    said = text(sample(Process(9, 7, "python", "Z", 1, status=status)))
    assert f"9 python: ZOMBIE ({words}; its parent 7 has not waited for it)" in said


def test_both_ends_of_a_pipe():
    writers = [process(pid, 7, pipe(4, "write")) for pid in (8, 9)]
    said = text(sample(process(7, 1, pipe(3, "read")), *writers))
    assert "fd 3 ← pipe 1: written by 8 a fd 4, 9 a fd 4" in said
    assert said.count("fd 4 → pipe 1: read by 7 a fd 3") == 2


@pytest.mark.parametrize(
    ("fds", "words"),
    [
        ([pipe(3, "read")], "written by nobody: end of file, once it is empty"),
        ([pipe(4, "write")], "read by nobody: a write brings SIGPIPE"),
        ([pipe(3, "read"), pipe(4, "write")], "written by 7 a fd 4 (only itself: it will never see the end of file)"),
        ([socket(3, 5)], "no other end"),
    ],
)
def test_a_missing_end_is_told_with_what_follows(fds, words):
    assert words in text(sample(process(7, 1, *fds)))


def test_docker_holds_the_other_end_of_a_containers_own_descriptors():
    said = text(sample(process(1, 0, pipe(0, "read")), process(7, 1, pipe(0, "read"))))
    assert said.count("other end: outside the container") == 2


def test_a_fifo_is_told_by_its_path():
    def fifo(fd, way):
        return Descriptor(fd, "/work/f", way, "fifo:[1:2]")

    said = text(sample(process(7, 1, fifo(3, "read")), process(8, 1, fifo(5, "write"))))
    assert "fd 3 ← FIFO /work/f: written by 8 a fd 5" in said


def test_a_tcp_connection_between_two_containers():
    server = sample(
        process(7, 1, socket(3, 1), socket(4, 2)), box="server",
        inet=(Inet(1, "tcp", 10, "0.0.0.0:5000", "0.0.0.0:0"), Inet(2, "tcp", 1, "10.0.0.2:5000", "10.0.0.3:4000")),
    )  # fmt: skip
    inet = (Inet(3, "tcp", 1, "10.0.0.3:4000", "10.0.0.2:5000"),)
    client = sample(process(7, 1, socket(3, 3)), box="client", inet=inet)
    said = text(server, client)
    assert "fd 3 ↔ TCP socket, listens at 0.0.0.0:5000" in said.splitlines()[2]
    assert "connected: other end: client/7 a fd 3" in said
    assert "connected: other end: server/7 a fd 4" in said
    assert "other end: not in this look" in text(client)


def test_the_loopbacks_of_two_containers_are_not_one():
    def one(box, inode, local, remote):
        return sample(process(7, 1, socket(3, inode)), box=box, inet=(Inet(inode, "tcp", 1, local, remote),))

    said = text(one("a", 1, "127.0.0.1:1", "127.0.0.1:2"), one("b", 2, "127.0.0.1:2", "127.0.0.1:1"))
    assert said.count("other end: not in this look") == 2


def test_unix_sockets():
    unix = (Unix(1, "", 2), Unix(2, "/work/s", 1), Unix(3, "/work/s", 0, True))
    said = text(sample(process(7, 1, socket(3, 1)), process(8, 1, socket(4, 2), socket(5, 3)), unix=unix))
    assert "fd 3 ↔ Unix socket: other end: 8 a fd 4" in said
    assert "fd 4 ↔ Unix socket /work/s: other end: 7 a fd 3" in said
    assert said.endswith("fd 5 ↔ Unix socket, listens at /work/s")


def test_what_a_process_waits_for():
    waits = (Thread(7, "python", "S", syscall=(0, 3)),)
    said = text(sample(process(7, 1, pipe(3, "read"), threads=waits), process(8, 7, pipe(4, "write"))))
    assert "in read of fd 3: pipe 1, written by 8 a fd 4" in said


def test_threads_and_their_locks_and_masks():
    usr1 = Signals(blocked=frozenset({signal.SIGUSR1}))
    threads = (
        Thread(7, "main", "S", syscall=(202, 0x10)),
        Thread(8, "other", "S", usr1, syscall=(202, 0x10)),
        Thread(9, "busy", "R"),
    )
    said = text(sample(process(7, 1, threads=threads)))
    assert "7 python /lab/demos/a.py: sleeps, 3 threads" in said
    assert "thread 7 main: waits for a lock or a thread (futex), at the same one as 8" in said
    assert "thread 8 other: waits for a lock or a thread (futex), at the same one as 7; blocks USR1" in said
    assert "thread 9 busy: runs" in said


def test_signal_masks():
    everything = frozenset(range(1, 32)) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGINT}
    signals = Signals(frozenset({10}), everything, frozenset({signal.SIGPIPE, signal.SIGINT}), frozenset({36}))
    said = text(sample(process(7, 1, threads=(Thread(7, "a", "S", signals),))))
    assert "signals: pending USR1; blocked all but INT; handled RTMIN+2; ignored INT" in said


def test_proclabs_own_processes_are_named_without_details():
    own = process(7, 1, pipe(3, "read"), argv=("python", "-Es", "/usr/lib/proclab/play.py"))
    assert len(picture([sample(own)])) == 2


def test_descriptors_that_may_not_be_read():
    assert "descriptors: may not be read" in text(sample(Process(7, 1, "sudo", "S", 1)))


def test_sampled_is_called_sampled():
    said = heading("lab 3", [sample(process(7), process(8, 7, state="Z"))])
    assert "sampled at" in said
    assert "2 processes, 1 zombie (" in said
    assert heading("lab 3", []) == "lab 3: nothing runs"


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (("python", "/lab/demos/a.py", "x"), "a"),
        (("python3.13", "-u", "b.py"), "b"),
        (("/bin/cat", "-n"), "cat"),
        ((), "python"),
    ],
)
def test_short_names(argv, name):
    assert short(process(7, argv=argv)) == name


# ---------------------------------------------------------------- changes


def said_of(before, after):
    return changes([sample(*before)], [sample(*after)])


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ([], [process(7, 3)], "lab-3: 7 a is new, a child of 3"),
        ([process(7)], [], "lab-3: 7 a is gone"),
        ([process(7)], [process(7, state="Z", argv=())], "lab-3: 7 python has ended: a zombie"),
        ([process(7, 3)], [process(7, 1)], "lab-3: 7 a is an orphan: its parent is 1 now"),
        ([process(7)], [process(7, argv=("ls", "-l"))], "lab-3: 7 ls runs another program: ls -l"),
        ([process(7)], [process(7, 1, pipe(3, "read"))], "lab-3: 7 a opened fd 3 (pipe:[12])"),
        ([process(7, 1, pipe(3, "read"))], [process(7)], "lab-3: 7 a closed fd 3 (pipe:[12])"),
        ([process(7)], [process(7, state="T")], "lab-3: 7 a stopped by a signal"),
        ([process(7)], [process(7, threads=(Thread(7, "a", "S", syscall=(34,)),))], "lab-3: 7 a waits for a signal"),
    ],
)
def test_what_has_changed(before, after, words):
    assert said_of(before, after) == [words]


def test_a_reused_pid_is_another_process():
    assert said_of([process(7, start=1)], [process(7, start=2)]) == [
        "lab-3: 7 a is new, a child of 1",
        "lab-3: 7 a is gone",
    ]


def test_nothing_changes_by_itself():
    assert said_of([process(7, 1, pipe(3, "read"))], [process(7, 1, pipe(3, "read"))]) == []


def test_a_watch_shows_the_present_and_the_changes_within_the_screen():
    watch = Watch([("lab-3", "id")])
    watch.take("lab-3", sample(process(7)))
    watch.take("lab-3", sample(process(7), *(process(n, 7) for n in range(8, 60))))
    lines = watch.lines("lab 3", 40)
    assert len(lines) <= 40
    assert any("lines more" in line for line in lines)
    assert lines[-1].endswith("lab-3: 59 a is new, a child of 7")
    assert not watch.over
    watch.take("lab-3", "it has ended")
    assert watch.over
    assert "nothing runs" in watch.lines("lab 3", 40)[0]
