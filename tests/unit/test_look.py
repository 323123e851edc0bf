"""The picture of a look, from made-up samples: who holds which end, who waits for what, what has changed."""

import signal

import pytest

from proclab.live import look
from proclab.live.live import Live
from proclab.live.look import heading
from proclab.live.phrases import Phrases
from proclab.procfs.objects import Objects
from proclab.procfs.sample import OURS, Descriptor, Inet, Process, Sample, Signals, Thread, Unix


def pipe(fd, way, number=12):
    return Descriptor(fd, f"pipe:[{number}]", way, f"pipe:[{number}]")


def socket(fd, number):
    return Descriptor(fd, f"socket:[{number}]", "both", f"socket:[{number}]")


def process(pid, ppid=1, *fds, state="S", argv=("python", "/lab/demos/a.py"), threads=None, start=1):
    threads = (Thread(pid, "python", state),) if threads is None else threads
    return Process(pid, ppid, "python", state, start, argv, threads, None if state == "Z" else fds)


def sample(*processes, box="lab-3", **more):
    return Sample(box, 10**18, "x86_64", processes, **more)


def picture(samples, objects=None, **more):
    objects = objects or Objects()
    objects.look(samples)
    return look.picture(samples, Phrases(objects), **more)


def text(*samples):
    return "\n".join(picture(samples))


def test_the_tree():
    lines = picture([sample(process(1, 0), process(7), process(8, 7), process(9, 7, state="Z"), process(10))])
    assert [line for line in lines if "python" in line] == [
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
    assert "fd 3 ← pipe1: write end: 8 a fd 4, 9 a fd 4" in said
    assert said.count("fd 4 → pipe1: read end: 7 a fd 3") == 2


@pytest.mark.parametrize(
    ("fds", "words"),
    [
        ([pipe(3, "read")], "write end: nobody, so end of file once it is empty"),
        ([pipe(4, "write")], "read end: nobody, so a write brings SIGPIPE"),
        ([pipe(3, "read"), pipe(4, "write")], "write end: 7 a fd 4 (only itself)"),
        ([socket(3, 5)], "no other end"),
    ],
)
def test_a_missing_end_is_told_with_what_follows(fds, words):
    assert words in text(sample(process(7, 1, *fds)))


def test_docker_holds_the_other_end_of_a_containers_own_descriptors():
    said = text(sample(process(1, 0, pipe(0, "read")), process(7, 1, pipe(0, "read"))))
    assert said.count("fd 0: Docker's pipe, out of the container") == 2


def test_three_pipes_of_dockers_take_one_line():
    ends = [pipe(0, "read", 1), pipe(1, "write", 2), pipe(2, "write", 3)]
    said = text(sample(process(1, 0, *ends), process(7, 1, *ends, pipe(3, "read", 4))))
    assert "fd 0 1 2: Docker's pipes, out of the container" in said
    assert "fd 3 ← pipe1" in said


def test_a_fifo_is_told_by_its_path():
    def fifo(fd, way):
        return Descriptor(fd, "/work/f", way, "fifo:[1:2]")

    said = text(sample(process(7, 1, fifo(3, "read")), process(8, 1, fifo(5, "write"))))
    assert "fd 3 ← FIFO /work/f: write end: 8 a fd 5" in said


def test_a_tcp_connection_between_two_containers():
    server = sample(
        process(7, 1, socket(3, 1), socket(4, 2)),
        box="server",
        inet=(Inet(1, "tcp", 10, "0.0.0.0:5000", "0.0.0.0:0"), Inet(2, "tcp", 1, "10.0.0.2:5000", "10.0.0.3:4000")),
    )
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
    assert "7 python /lab/demos/a.py: waits in read of fd 3 (pipe1)" in said
    assert "fd 3 ← pipe1: write end: 8 a fd 4" in said


def test_a_brief_picture_has_the_other_end_of_what_somebody_waits_at_and_no_table():
    waits = (Thread(7, "python", "S", syscall=(0, 3)),)
    shown = [sample(process(7, 1, pipe(3, "read"), threads=waits), process(8, 7, pipe(4, "write")))]
    assert picture(shown, brief=True) == [
        "7 a.py: waits in read of fd 3 (pipe1, write end: 8 fd 4)",
        "└─8 a.py: sleeps",
    ]


def test_descriptors_of_the_same_take_one_line_and_stand_in_their_order():
    null, file = (Descriptor(fd, link, "both") for fd, link in ((0, "/dev/null"), (5, "/work/a")))
    fds = (null, pipe(3, "read"), pipe(4, "read"), file, Descriptor(6, "/dev/null", "both"), pipe(7, "write", 13))
    assert [line.strip()[:14] for line in picture([sample(process(7, 1, *fds))])[1:]] == [
        "fd 0 6 ↔ /dev/",
        "fd 3 4 ← pipe1",
        "fd 5 ↔ /work/a",
        "fd 7 → pipe2: ",
    ]


def test_many_ends_are_counted():
    writers = [process(pid, 7, pipe(4, "write")) for pid in range(8, 18)]
    said = text(sample(process(7, 1, pipe(3, "read")), *writers))
    assert "write end: 8 a fd 4, 9 a fd 4, 10 a fd 4, 11 a fd 4, 6 more" in said


def test_zombies_that_are_alike_take_one_line_and_others_do_not():
    def brothers(*codes):
        ended = (Process(9 + n, 7, "python", "Z", 1, status=code << 8) for n, code in enumerate(codes))
        return text(sample(process(7), *ended))

    assert "└─9 10 … 13 python: 5 ZOMBIES (exit code 0; their parent 7 has not waited for them)" in brothers(*[0] * 5)
    assert brothers(0, 1, 0, 1, 0).count("ZOMBIE (") == 5
    assert brothers(0, 0).count("ZOMBIE (") == 2


def test_threads_and_their_locks_and_masks():
    usr1 = Signals(blocked=frozenset({signal.SIGUSR1}))
    threads = (
        Thread(7, "main", "S", syscall=(202, 0x10)),
        Thread(8, "other", "S", usr1, syscall=(202, 0x10)),
        Thread(9, "busy", "R"),
    )
    said = text(sample(process(7, 1, threads=threads)))
    assert "7 python /lab/demos/a.py: 3 threads" in said
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
    assert picture([sample(own)]) == ["7 play.py: proclab's own"]
    assert heading("lab 3", [sample(own)]).endswith(": 0 processes")


def test_a_handler_of_sigint_is_every_python_programs():
    def said(*caught):
        threads = (Thread(7, "a", "S", Signals(caught=frozenset(caught))),)
        return text(sample(process(7, threads=threads)))

    assert "signals" not in said(signal.SIGINT)
    assert "signals: handled INT TERM" in said(signal.SIGINT, signal.SIGTERM)


def test_what_is_called_pipe1_stays_pipe1_while_others_come_and_go():
    objects = Objects()
    picture([sample(process(7, 1, pipe(3, "read", 5), pipe(4, "read", 6)))], objects)
    assert "fd 4 ← pipe2" in "\n".join(picture([sample(process(7, 1, pipe(4, "read", 6)))], objects))
    objects.forget()
    assert objects.names == {"pipe:[6]": "pipe2"}
    assert "fd 5 ← pipe3" in "\n".join(picture([sample(process(7, 1, pipe(5, "read", 7)))], objects))


def test_the_picture_and_the_live_page_number_alike():
    docker = [pipe(fd, way, 20 + fd) for fd, way in ((0, "read"), (1, "write"))]
    init = process(1, 0, *docker, argv=("/sbin/docker-init",))
    conductor = process(6, 1, *docker, pipe(5, "read", 30), argv=("python", "-Es", OURS + "play.py"))
    shown = sample(
        init, conductor, process(7, 6, *docker, pipe(3, "read", 31), pipe(4, "write", 31), pipe(6, "read", 32))
    )
    live, objects = Live("lab 3"), Objects()
    live.take(shown)
    drawn = "\n".join(picture([shown], objects))
    assert "fd 3 ← pipe1" in drawn
    assert "fd 6 ← pipe2" in drawn
    numbers = {key: name for key, name in live.looks.objects.names.items() if key in objects.names}
    assert numbers == {"pipe:[31]": "pipe1", "pipe:[32]": "pipe2"} == objects.names


def test_descriptors_that_may_not_be_read():
    assert "descriptors: may not be read" in text(sample(Process(7, 1, "sudo", "S", 1)))


def test_sampled_is_called_sampled():
    said = heading("lab 3", [sample(process(7), process(8, 7, state="Z"))])
    assert "sampled at" in said
    assert said.endswith("2 processes, 1 zombie")
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
    assert process(7, argv=argv).short == name
