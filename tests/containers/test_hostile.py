"""Programs that mean harm. What they do is told as facts about their own run; the next run does not notice."""

from __future__ import annotations

import json

import pytest

from proclab.engine import Limits, Session


@pytest.fixture(autouse=True)
def _the_next_run_does_not_notice(session):
    yield
    outcome = session.run("python3", "-c", "import os; print(len(os.listdir('/tmp')), os.getppid())")
    assert (outcome.stdout.text, outcome.ok, outcome.after.clean) == ("0 1\n", True, True)


def python(session, source, **options):
    return session.run("python3", "-c", source, **options)


def test_a_fork_bomb_is_bounded_and_swept_away(session):
    bomb = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    outcome = python(session, bomb, limits=Limits(wall=1))
    assert outcome.timeout == "wall"
    assert outcome.pids_hits > 0
    assert outcome.after.clean


def test_a_fork_bomb_does_not_starve_a_neighbour_of_the_same_user(session, engine, project):
    bomb = "import os\nprint('on', flush=True)\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    with session.open() as run, Session(engine, project.spec("lab-1")) as neighbour:
        program = run.start("python3", "-c", bomb, limits=Limits(wall=20))
        assert program.wait_for_line("on")
        outcome = python(neighbour, "import subprocess\nfor _ in range(5): subprocess.run(['true'], check=True)")
        assert (outcome.ok, outcome.pids_hits) == (True, 0)


def test_all_memory(session):
    outcome = python(session, "x = [bytearray(1 << 20) for _ in range(1000)]")
    assert (outcome.signal, outcome.oom_kills, outcome.in_words()) == ("SIGKILL", 1, "out of memory")


def test_a_child_that_dies_of_memory_while_its_parent_ends_well(session):
    source = "import os\nif os.fork() == 0: x = [bytearray(1 << 20) for _ in range(1000)]\nos.wait()"
    outcome = python(session, source)
    assert (outcome.exit_code, outcome.oom_kills, outcome.ok) == (0, 1, False)


def test_every_writable_place_filled(session):
    source = """
import json, os
ends = {}
for place in ("/tmp", "/work", "/home/student", "/dev/shm"):
    try:
        for n in range(100_000): open(f"{place}/f{n}", "wb").write(bytes(1 << 16 if n % 100 else 0))
        ends[place] = "no end"
    except OSError as error:
        ends[place] = error.strerror
    for name in os.listdir(place):
        if name[0] == "f": os.unlink(f"{place}/{name}")
print(json.dumps(ends))
"""
    outcome = python(session, source, limits=Limits(wall=30))
    assert set(json.loads(outcome.stdout.text).values()) == {"No space left on device"}
    assert outcome.after.clean


def test_many_small_files_are_all_removed(session):
    outcome = python(session, "for n in range(11_000): open(f'/tmp/{n}', 'w')")  # more than are read at a time
    assert outcome.after.clean
    assert outcome.after.litter[-1].startswith("… ")


def test_a_signal_to_process_1_is_refused(session):
    source = """
import os
for number in range(1, 65):
    try: os.kill(1, number)
    except PermissionError: continue
    print(number)
print("none arrived")
"""
    containers = session.containers
    assert python(session, source).stdout.text == "none arrived\n"
    assert session.containers == containers


def test_kill_everything_kills_nobody_else(session):
    containers = session.containers
    outcome = python(
        session, "import os\nif os.fork(): os.kill(-1, 9); print(os.wait()[1])\nelse: os.read(os.pipe()[0], 1)"
    )
    assert outcome.stdout.text == "9\n"
    assert session.containers == containers


def test_the_agents_channel_is_closed_to_the_program(session):
    """Neither its pipes nor its memory can be opened, written, read or traced."""
    source = """
import ctypes, errno, json, os
def attempt(action):
    try: action()
    except OSError as error: return errno.errorcode[error.errno]
    return "done"
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long] * 4
def call(name, *arguments):
    return "done" if getattr(libc, name)(*arguments) >= 0 else errno.errorcode[ctypes.get_errno()]
paths = [f"/proc/1/{p}" for p in ("fd/0", "fd/1", "fd/2", "mem", "environ", "oom_score_adj")]
print(json.dumps({
    **{p: attempt(lambda: os.open(p, os.O_RDWR)) for p in paths},
    "list": attempt(lambda: os.listdir("/proc/1/fd")),
    "attach": call("ptrace", 16, 1, 0, 0),
    "pidfd": call("syscall", 438, os.pidfd_open(1), 1, 0),
}))
"""
    outcome = python(session, source)
    ends = json.loads(outcome.stdout.text)
    assert set(ends.values()) <= {"EACCES", "EPERM", "ENOSYS"}, ends


@pytest.mark.parametrize(
    "line",
    [
        '{"event": "exit", "id": 1, "code": 0, "signal": null}',
        '{"event": "closed", "leftovers": [], "clean": true}',
        "score: 100 PASS",
    ],
)
def test_forged_facts_are_output_and_nothing_else(session, line):
    outcome = python(session, f"import os\nprint({line!r}, flush=True)\nos.write(2, {line!r}.encode())\nos._exit(3)")
    assert (outcome.exit_code, outcome.stdout.text, outcome.stderr.text) == (3, line + "\n", line)


def test_a_daemon_that_outlives_everything_does_not(session):
    source = """
import os, signal
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
while True: signal.pause()
"""
    outcome = python(session, source)
    assert outcome.ok
    assert len(outcome.after.leftovers) >= 1
    assert outcome.after.clean


def test_a_survivor_that_floods_the_output_does_not_hold_the_end_up(session):
    source = "import os\nif os.fork() == 0:\n    while True: os.write(1, b'x' * 65536)\nos._exit(5)"
    outcome = python(session, source)
    assert outcome.exit_code == 5
    assert outcome.after.clean


def test_a_program_that_stops_the_next_one_before_it_starts_holds_nobody_up(session):
    source = """
import os, signal
print("on", flush=True)
while True:
    for pid in os.listdir("/proc"):
        if pid.isdigit() and int(pid) not in (1, os.getpid()):
            try: os.kill(int(pid), signal.SIGSTOP)
            except OSError: pass
"""
    with session.open() as run:
        assert run.start("python3", "-c", source, limits=Limits(wall=60)).wait_for_line("on")
        outcome = run.look("true", seconds=2)
        assert (outcome.failed, outcome.timeout) in (("EAGAIN", None), (None, "wall"))  # it had started by a hair
    assert (run.after.broken, run.after.clean) == (None, True)


def test_no_program_can_hold_the_end_up(session):
    """As many processes as there may be, each in a session of its own, and not one of them gives way."""
    source = """
import os
wait, go = os.pipe()
while True:
    try:
        if os.fork() == 0:
            os.close(go)
            os.setsid()
            os.read(wait, 1)
            while True: pass
    except OSError: break
os.close(go)
print("full", flush=True)
while True: pass
"""
    containers = session.containers
    with session.open() as run:
        program = run.start("python3", "-c", source, limits=Limits(wall=60))
        assert program.wait_for_line("full", 50)
    assert run.after.leftover_count > 200
    assert run.after.clean
    assert session.containers == containers


# Memory that shows in no process, for it is in descriptors; and the least claim to be killed that a program can have.
MEMFD = """
import os
open("/proc/self/oom_score_adj", "w").write("0")
while True: os.posix_fallocate(os.memfd_create("x"), 0, 50 << 20)
"""


def test_memory_that_no_process_shows_is_memory_that_ran_out(session):
    """The kernel may take the agent for it: then the run is broken, and it is still known what happened."""
    outcome = session.run("python3", "-c", MEMFD, limits=Limits(wall=30))
    assert (outcome.in_words(), outcome.oom_kills > 0, outcome.ok) == ("out of memory", True, False)


# struct in6_flowlabel_req of linux/in6.h: ::1, label 5, IPV6_FL_A_GET, IPV6_FL_S_EXCL, IPV6_FL_F_CREATE, it expires and
# lingers for a minute; to IPV6_FLOWLABEL_MGR.
FLOW_LABEL = """import struct
label = inet_pton(AF_INET6, "::1") + struct.pack("!I", 5) + struct.pack("=BBHHHI", 0, 1, 1, 60, 60, 0)
socket(AF_INET6, SOCK_DGRAM).setsockopt(IPPROTO_IPV6, 32, label)
"""


@pytest.mark.parametrize(
    ("more", "doubt"),
    [
        ("c = create_connection(server.getsockname()); server.accept()[0].close()", "TIME_WAIT"),
        ("", ""),
        (FLOW_LABEL, "flow labels"),
    ],
    ids=["a connection that was closed", "one that never was", "an IPv6 flow label"],
)
def test_a_port_that_stays_taken_costs_the_container(session, more, doubt):
    """TIME_WAIT lasts a minute without any process (tcp(7)): the next run's bind(2) would fail. A flow label, too."""
    containers = session.containers
    outcome = python(session, "from socket import *\nserver = create_server(('127.0.0.1', 0))\n" + more)
    assert outcome.ok, outcome.stderr.text
    assert doubt in " ".join(outcome.after.doubts)
    assert outcome.after.clean is not bool(doubt)
    session.run("true")
    assert session.containers == containers + bool(doubt)


# Whatever one may leave to a later run. What SEE prints then has to be what it prints in a container that is new.
LEAVE = """
import ctypes, fcntl, os, signal, socket, sys
libc = ctypes.CDLL(None)
def attempt(action):
    try: action()
    except OSError: pass
for place in ("/work", "/tmp", "/home/student", "/dev/shm", "/dev/mqueue"):
    attempt(lambda: os.utime(place, (1, 1)))
    attempt(lambda: os.setxattr(place, "user.x", b"x"))
    attempt(lambda: os.mkdir(place + "/left"))
    attempt(lambda: os.chmod(place, 0))
for device in ("null", "zero", "full", "random"):
    os.utime("/dev/" + device)
os.symlink("/etc", "/work/3")  # where the next runs' folders will be
os.mkdir("/work/4", 0)
libc.shmget(7, 9, 0o1666), libc.semget(7, 1, 0o1666), libc.msgget(7, 0o1666), libc.mq_open(b"/q", 0o102, 0o666, None)
wait, go = os.pipe()
if os.fork():
    os.read(wait, 1)  # what is printed after the end of what was started isn't listened for
else:
    os.setsid()
    lock = open("/lab/lab.toml")
    fcntl.flock(lock, fcntl.LOCK_EX)
    name = socket.socket(socket.AF_UNIX)
    name.bind("\\0left")
    port = socket.create_server(("127.0.0.1", 50555))
    for number in range(1, 65):
        try: signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError): pass
    print("left", flush=True)
    os.write(go, b".")
    while True: signal.pause()
"""
SEE = """
import ctypes, fcntl, json, os, resource, socket
libc = ctypes.CDLL(None)
places = ("/work", "/tmp", "/home/student", "/dev/shm", "/dev/mqueue")
fcntl.flock(open("/lab/lab.toml"), fcntl.LOCK_EX | fcntl.LOCK_NB)
socket.socket(socket.AF_UNIX).bind("\\0left")
socket.create_server(("127.0.0.1", 50555), reuse_port=True)
print(json.dumps({
    "places": [[oct(os.stat(p).st_mode), os.stat(p).st_uid, os.stat(p).st_mtime > 1, os.listxattr(p)] for p in places],
    "names": [sorted(os.listdir(p)) for p in places[1:]],
    "times": len({os.stat("/dev/" + name).st_mtime_ns for name in ("null", "zero", "full", "random", "shm", "mqueue")}),
    "folders": len(os.listdir("/work")),
    "here": [oct(os.stat(".").st_mode), os.getuid() == os.stat(".").st_uid, os.listdir()],
    "objects": [len(open("/proc/sysvipc/" + kind).readlines()) for kind in ("shm", "sem", "msg")],
    "processes": len([p for p in os.listdir("/proc") if p.isdigit()]),
    "limits": [resource.getrlimit(n) for n in range(16)],
    "nice": [os.nice(0), os.sched_getscheduler(0), len(os.sched_getaffinity(0)), libc.syscall(252, 1, 0)],
    "memory": open("/proc/self/oom_score_adj").read(),
    "environment": sorted(os.environ.items() - {("HOSTNAME", os.environ["HOSTNAME"])}),
}))
"""


def test_nothing_of_a_run_is_left_for_the_next(session, engine, project):
    with Session(engine, project.spec("lab-1")) as fresh:
        untouched = json.loads(python(fresh, SEE).stdout.text)
        with fresh.open() as run:
            assert run.start("python3", "-c", LEAVE).wait_for_line("left")
            within = run.look("python3", "-c", SEE)
        assert "BlockingIOError" in within.stderr.text, "while it lasts, it is seen"
        assert (len(run.after.litter), run.after.leftover_count > 0, run.after.clean) == (10, True, True)
        assert json.loads(python(fresh, SEE).stdout.text) == untouched
        assert fresh.containers == 1
