"""Programs that mean harm. What they do is told as facts about their own run; the next run does not notice."""

from __future__ import annotations

import json

import pytest

from proclab.session import Limits, Session


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
    assert (outcome.signal, outcome.oom_kills, outcome.told()) == ("SIGKILL", 1, "out of memory")


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
    outcome = python(session, "for n in range(5000): open(f'/tmp/{n}', 'w')")
    assert outcome.after.clean
    assert outcome.after.litter[-1].startswith("… ")


@pytest.mark.parametrize("number", [1, 2, 9, 13, 15, 17, 19, 20, 24, 31])
def test_a_signal_to_process_1_does_nothing(session, number):
    containers = session.containers
    source = f"import os; os.kill(1, {number}); print('sent')"
    assert python(session, source).stdout.text == "sent\n"
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


@pytest.mark.parametrize(
    "source",
    [
        "import resource; resource.prlimit(1, resource.RLIMIT_NOFILE, (20, 20))",
        "import resource; resource.prlimit(1, resource.RLIMIT_NPROC, (0, 0))",
        "import os; os.setpriority(os.PRIO_PROCESS, 1, 19)",
        "import os; os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0))",
        "import os; os.sched_setaffinity(1, {min(os.sched_getaffinity(1))})",
    ],
    ids=["files", "processes", "nice", "idle", "processors"],
)
def test_a_hand_laid_on_the_agent_costs_the_session(session, source):
    """The kernel lets a process of the same uid do that much to process 1. The aftermath tells, the next run is new."""
    containers = session.containers
    touched = (
        int(session.run("nproc").stdout.text) > 1 or "affinity" not in source
    )  # one processor: nothing to take away
    assert python(session, source).after.clean is not touched
    session.run("true")
    assert session.containers == containers + touched


def test_a_killed_agent_is_a_fact_about_the_run(session):
    """The one way to kill process 1 from inside: the kernel itself does it when its CPU time is up."""
    containers = session.containers
    source = "import resource, signal; resource.prlimit(1, resource.RLIMIT_CPU, (0, 0)); signal.pause()"
    outcome = python(session, source, limits=Limits(wall=3))
    assert outcome.after.broken or not outcome.after.clean
    session.run("true")
    assert session.containers == containers + 1
