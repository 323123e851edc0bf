"""How far a program in a session reaches: not to the agent, not to a mount point, not to another container's quotas."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from proclab.engine import UIDS, Limits, Session
from tests.judge import holes_inside

DATA = Path(__file__).parents[1] / "data"
PROBE, REACH, QUOTAS = ((DATA / f"{name}.py").read_text() for name in ("probe", "reach", "quotas"))
PLACES = ("/work", "/tmp", "/home/student", "/dev/shm", "/dev/mqueue", "/run/proclab", "/proc", "/dev")
REFUSED = {"EPERM", "EACCES", "EBUSY", "EXDEV", "EROFS", "ENOTSUP"}


def told(outcome):
    assert outcome.stderr.text == ""
    return json.loads(outcome.stdout.text)


def test_a_program_is_confined_like_grading_and_has_none_of_the_agents_powers(session, project):
    found = told(session.run("python3", "-c", PROBE, limits=Limits(wall=60)))
    assert holes_inside(found, project.spec("lab-1").at_home()) == []
    status = found["status"]
    (uid,) = set(status["Uid"] + status["Gid"])
    assert int(uid) in UIDS
    assert status["Groups"] == []


def test_nothing_of_the_agent_or_of_a_mount_point_can_be_changed(session):
    containers = session.containers
    found = told(session.run("python3", "-c", REACH, "1", *PLACES))
    reached = {attempt: end for attempt, end in found.items() if end not in REFUSED}
    assert reached == {}
    assert len(found) == 14 + 6 * len(PLACES) + 4
    assert session.run("true").ok
    assert session.containers == containers


def test_the_same_attempts_at_what_is_its_own_succeed(session):
    with session.open() as run:
        outcome = run.start("sh", "-c", 'mkdir own; exec python3 -c "$0" self own', REACH).wait()
    found = told(outcome)
    refused = {attempt: end for attempt, end in found.items() if end != "done"}
    assert refused == dict.fromkeys(("ptrace", "read its memory", "unshare", "a filter of its own"), "EPERM")


def test_a_recordings_place_is_there_and_out_of_sight(session):
    source = "import os; print(os.path.ismount('/run/proclab'), flush=True); os.listdir('/run/proclab')"
    outcome = session.run("python3", "-c", source)
    assert outcome.stdout.text == "True\n"
    assert "PermissionError" in outcome.stderr.text


@pytest.mark.slow
def test_what_one_container_uses_up_is_there_in_another(session, engine, project):
    """Pipes, descriptors on their way, queued signals, message queues: the kernel counts them by user."""
    with Session(engine, project.spec("lab-1")) as neighbour, session.open() as run:
        hog = run.start("python3", "-c", QUOTAS, "use", limits=Limits(wall=90))
        used_up = hog.wait_for_line("{.*}", 80)
        assert used_up
        assert len(json.loads(used_up.string)) == 4
        assert "done" not in json.loads(used_up.string).values(), "its own user has nothing left"
        assert set(told(neighbour.run("python3", "-c", QUOTAS)).values()) == {"done"}
        # Not even a second program of the run can be started: its streams would be descriptors on their way.
        assert run.look("true").failed == "ETOOMANYREFS"
    assert run.after.clean
    assert set(told(session.run("python3", "-c", QUOTAS)).values()) == {"done"}


def test_a_program_can_open_its_own_streams_by_name(session):
    source = "open('/dev/stdout', 'w').write(open('/dev/stdin').read()); open('/dev/stderr', 'w').write('e')"
    outcome = session.run("python3", "-c", source, stdin="through")
    assert (outcome.stdout.text, outcome.stderr.text) == ("through", "e")
    outcome = session.run("python3", "-c", "import os; print(open(os.ttyname(0), 'w').write('t'))", tty=True)
    assert outcome.stdout.text == "t1\r\n"


LOOKED_AT = """
import ctypes, fcntl, os, signal
libc = ctypes.CDLL(None, use_errno=True)
for attempt in (lambda: libc.inotify_init1(0), lambda: libc.fanotify_init(0x200, 0)):
    print(attempt(), ctypes.get_errno(), end=" ")
signal.signal(signal.SIGIO, signal.SIG_IGN)
try: print(fcntl.fcntl(os.open("/proc/self/task", os.O_RDONLY), fcntl.F_NOTIFY, fcntl.DN_ACCESS))
except OSError as error: print(error.errno)
"""


def test_no_program_is_told_when_it_is_looked_at(session):
    """Else it would run whenever the agent looks whether it waits, and at no other time."""
    assert session.run("python3", "-c", LOOKED_AT).stdout.text.split() == ["-1", "38", "-1", "38", "1"]


@pytest.mark.parametrize("tty", [False, True])
def test_what_the_whole_machine_shares_is_not_to_be_had(session, tty):
    """A new terminal (EACCES), a socket that leads out of the network's namespace (EAFNOSUPPORT: vsock, alg)."""
    source = """
import os, socket
for attempt in (lambda: os.open("/dev/ptmx", os.O_RDWR), lambda: os.open("/dev/pts/ptmx", os.O_RDWR),
                lambda: socket.socket(40, 1), lambda: socket.socket(38, 5)):
    try: print(attempt())
    except OSError as error: print(error.errno, end=" ")
print(os.isatty(0), *(os.stat(f"/dev/pts/{n}").st_uid == os.getuid() for n in os.listdir("/dev/pts") if n != "ptmx"))
"""
    outcome = session.run("python3", "-c", source, tty=tty)
    assert outcome.stdout.text.split() == ["13", "13", "97", "97", str(tty), *["True"] * tty]


def test_a_program_knows_its_home_and_its_name(session):
    source = "import getpass, os; print(getpass.getuser(), os.path.expanduser('~'), 'PROCLAB_UID' in os.environ)"
    assert session.run("python3", "-c", source).stdout.text == "student /home/student False\n"
