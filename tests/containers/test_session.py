"""Many runs in one container: each with its own folder, limits and end, and nothing of one left for the next."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proclab.bench.recorder import quiet_root
from proclab.engine import UIDS, Limits, Session
from proclab.errors import InfraError


def python(session, source, **options):
    return session.run("python3", "-c", source, **options)


def test_two_runs_share_nothing_but_the_container(session):
    containers = session.containers
    first = python(session, "import os; open('mark', 'w'); open('/tmp/mark', 'w'); print(os.getcwd())")
    second = python(session, "import os; print(os.getcwd(), os.listdir(), os.listdir('/tmp'))")
    assert first.stdout.text != second.stdout.text.split()[0] + "\n"
    assert second.stdout.text.endswith("[] []\n")
    assert (first.after.litter, first.after.clean) == (("/tmp/mark",), True)
    assert session.containers == containers


def test_files_are_in_the_runs_folder(session):
    files = {
        "main.py": "import lib; print(lib.x, open('data/raw', 'rb').read())",
        "lib.py": "x = 1",
        "data/raw": b"\xff",
    }
    assert session.run("python3", "main.py", files=files).stdout.text == r"1 b'\xff'" + "\n"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("print(1)", "exit code 0"),
        ("raise SystemExit(137)", "exit code 137"),  # not SIGKILL: a session is told exactly
        ("import os; os.kill(os.getpid(), 9)", "killed by SIGKILL"),
        ("import os; os.abort()", "killed by SIGABRT"),
    ],
)
def test_an_end_is_told_exactly(session, source, told):
    assert python(session, source).in_words() == told


@pytest.mark.parametrize(
    ("program", "error"),
    [
        ("no-such-program", "ENOENT"),
        ("./plain", "EACCES"),
        ("/work", "EACCES"),
        ("./plain/x", "ENOENT"),
        ("a\0zero byte", "EINVAL"),
    ],
)
def test_a_program_that_cannot_be_started(session, program, error):
    outcome = session.run(program, files={"plain": "text"})
    assert (outcome.failed, outcome.exit_code, outcome.timeout, outcome.after.clean) == (error, None, None, True)


def test_a_limit_above_the_containers_starts_nothing(session):
    outcome = session.run("true", limits=Limits(nofile=1_000_000))
    assert (outcome.failed, outcome.exit_code, outcome.after.clean) == ("EINVAL", None, True)


@pytest.mark.parametrize(
    ("source", "limits", "timeout"),
    [
        ("import signal; signal.pause()", Limits(wall=0.5), "wall"),
        ("while True: pass", Limits(cpu=1, wall=100), "cpu"),
        (
            "import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass",
            Limits(cpu=1, wall=100),
            "cpu",
        ),
        ("while True: print('x' * 1000)", Limits(output=1 << 20), "output"),
    ],
    ids=["wall", "cpu", "cpu whatever is ignored", "output"],
)
def test_a_limit_ends_a_program_and_is_named(session, source, limits, timeout):
    outcome = python(session, source, limits=limits)
    assert (outcome.timeout, outcome.exit_code) == (timeout, None)
    assert outcome.after.clean


def test_a_program_within_its_limits_is_left_alone(session):
    outcome = python(session, "print('x' * 1000)", limits=Limits(wall=10, cpu=5, output=1 << 20, fsize=1000, nofile=50))
    assert outcome.ok


def test_a_limit_of_processes_counts_those_of_the_container_only(session, engine, project):
    """RLIMIT_NPROC counts a user's processes on the whole machine, and this user is one container's."""
    fork = "import os, signal\ntry:\n    while True:\n        if os.fork() == 0: signal.pause()\nexcept OSError: pass\n"
    count = "print(len([p for p in os.listdir('/proc') if p.isdigit()]), flush=True)\n"
    with Session(engine, project.spec("lab-1")) as other, other.open() as run:
        beside = run.start("python3", "-c", fork + count + "signal.pause()", limits=Limits(nproc=50))
        assert beside.wait_for_line("^51$"), "50 and the agent"
        outcome = python(session, fork + count, limits=Limits(nproc=20))
    assert (outcome.stdout.text, outcome.after.leftover_count) == ("21\n", 19)


def test_a_file_beyond_its_limit(session):
    source = "open('f', 'wb').write(b'x' * 2000)"
    assert "File too large" in python(session, source, limits=Limits(fsize=1000)).stderr.text
    assert python(session, source, limits=Limits(fsize=3000)).ok


def test_head_and_tail_of_a_flood_are_kept(session):
    outcome = python(
        session, "print('first'); print('x' * 10_000_000); print('last')", limits=Limits(head=1000, tail=1000)
    )
    assert outcome.stdout.total == 10_000_012
    assert outcome.stdout.text.startswith("first\nxxx")
    assert outcome.stdout.text.endswith("x\nlast\n")
    assert len(outcome.stdout.text) < 2100


def test_a_conversation_with_two_programs_at_once(session):
    """One run, two programs and a look at both: a FIFO between them."""
    with session.open() as run:
        reader = run.start(
            "python3", "-c", "import os; os.mkfifo('f'); print('made', flush=True); print(open('f').read())"
        )
        assert reader.wait_for_line("made")
        writer = run.start(
            "python3", "-c", "f = open('f', 'w'); print('open', flush=True); f.write(input()); f.close()"
        )
        assert writer.wait_for_line("open")
        assert str(reader.pid) in run.look("ps", "-o", "pid", "-p", f"{reader.pid},{writer.pid}").stdout.text
        writer.send_line("through the pipe")
        assert (writer.wait().ok, reader.wait().stdout.text) == (True, "made\nthrough the pipe\n")
    assert run.after.clean
    assert run.after.leftovers == ()


# The parent sleeps in a read from its child, which computes for as long as its own processor time is below the limit.
BUSY_CHILD = """
import os, time
read, write = os.pipe()
if os.fork() == 0:
    while time.process_time() < 0.5:
        pass
    os._exit(0)
os.close(write)
os.read(read, 1)
"""


def test_a_program_is_quiet_when_all_of_it_sleeps(session):
    with session.open() as run:
        program = run.start("python3", "-c", "input()")
        assert program.wait_until_quiet(0.2, 60)
        program.send_line()
        assert program.wait().exit_code == 0


def test_a_program_one_process_of_which_computes_is_not_quiet(session):
    with session.open() as run:
        program = run.start("python3", "-c", BUSY_CHILD)
        assert not program.wait_until_quiet(0.2, 60)  # it has ended before
        assert program.wait().exit_code == 0


def test_signals_by_name_to_one_program_or_its_group(session):
    source = "import os, signal\npid = os.fork()\nprint('up', flush=True)\nsignal.pause()"
    with session.open() as run:
        for group, left in ((True, 0), (False, 1)):
            program = run.start("python3", "-c", source)
            assert program.wait_for_line("up")
            assert program.wait_for_line("up")
            program.signal("TERM", group=group)
            assert program.wait().signal == "SIGTERM"
            pids = run.look("pgrep", "-c", "-f", "os.fork").stdout.text
            assert int(pids) == left
    assert run.after.leftover_count == 1


def test_a_terminal_with_its_signals(session):
    source = "import sys, signal; print(sys.stdin.isatty(), flush=True); signal.pause()"
    with session.open() as run:
        program = run.start("python3", "-c", source, tty=True)
        assert program.wait_for_line("True")
        program.send(b"\x03")
        assert program.wait().signal == "SIGINT"


def test_end_of_input_on_a_terminal(session):
    assert python(session, "import sys; print(repr(sys.stdin.read()))", tty=True).stdout.lines[-1].endswith("''")


def test_unread_input_is_counted(session):
    assert session.run("true", stdin=b"x" * 1_000_000).unread_input > 900_000  # the pipe itself takes 64 KiB
    outcome = session.run("cat", stdin=b"x" * 100_000)
    assert (outcome.stdout.total, outcome.unread_input) == (100_000, 0)


def test_what_a_program_used_is_told(session):
    outcome = python(session, "x = bytearray(50 << 20); [0 for _ in range(3_000_000)]")
    assert outcome.max_rss > 50 << 20
    assert 0 < outcome.user < outcome.wall + 1


def test_an_orphans_parent_is_process_1(session):
    source = (
        "import os, time\nr, w = os.pipe()\nif os.fork():\n    os._exit(0)\n"
        "while os.getppid() != 1: time.sleep(0.01)\nprint('parent', os.getppid(), flush=True)"
    )
    with session.open() as run:
        program = run.start("python3", "-c", source)
        assert program.wait().ok
        assert program.transcript.output().text in ("", "parent 1\n")  # it may speak after its parent's end
        assert run.look("true").ok
    outcome = python(session, source, grace=5)
    assert outcome.after.leftovers == ()


def test_a_run_in_which_nothing_is_started_leaves_nothing(session):
    with session.open() as run:
        pass
    assert (run.after.leftovers, run.after.litter, run.after.clean) == ((), (), True)
    assert session.run("true").ok


def test_a_survivor_is_listed_and_gone(session):
    source = "import os, signal\nif os.fork() == 0:\n    os.setsid()\n    signal.pause()"
    outcome = python(session, source)
    (left,) = outcome.after.leftovers
    assert (left.ppid, left.state) == (1, "S")
    assert outcome.after.clean
    assert python(session, "import os; print([p for p in os.listdir('/proc') if p.isdigit()])").after.leftovers == ()


def test_a_child_that_ends_within_the_grace_is_no_leftover(session):
    source = "import os, time\nif os.fork() == 0: time.sleep(0.3)"
    assert python(session, source, grace=5).after.leftovers == ()
    assert len(python(session, source).after.leftovers) == 1


def test_system_v_objects_are_found_and_removed(session):
    make = (
        "import ctypes; c = ctypes.CDLL(None); f = 0o1600; print(c.shmget(7, 9, f), c.semget(7, 1, f), c.msgget(7, f))"
    )
    first, second = (python(session, make) for _ in range(2))
    assert sorted(each.split()[0] for each in first.after.litter) == ["msg", "sem", "shm"]
    assert first.after.clean
    assert "-1" not in second.stdout.text


def test_litter_that_resists_is_removed(session):
    source = (
        "import os; os.makedirs('/tmp/a/b'); open('/tmp/a/b/c', 'w'); os.symlink('/usr', '/tmp/a/link');"
        "os.mkfifo('/dev/shm/f'); os.chmod('/tmp/a/b', 0); os.chmod('/tmp/a', 0)"
    )
    outcome = python(session, source)
    assert sorted(outcome.after.litter) == ["/dev/shm/f", "/tmp/a"]
    assert outcome.after.clean


def test_litter_that_cannot_be_removed_costs_the_session(session):
    source = "import os\nos.chdir('/tmp')\nfor _ in range(300): os.mkdir('d'); os.chdir('d')"
    containers = session.containers
    assert not python(session, source).after.clean
    assert python(session, "print(1)").after.clean
    assert session.containers == containers + 1


def test_an_agent_that_is_not_there_is_our_fault(engine, project):
    spec = project.spec("lab-1").at_home()
    hidden = replace(spec, tmpfs=(*spec.tmpfs, ("/usr/lib/proclab", "size=1m")))
    with Session(engine, hidden) as broken, pytest.raises(InfraError, match="no agent ever answered"):
        broken.run("true")


@pytest.mark.parametrize(
    ("do", "why"),
    [
        (lambda client, container: client.kill(container), "the container ended (137)"),
        (lambda client, container: client.pause(container), "the container is paused"),
        (lambda client, container: client.remove_container(container, force=True), "the container was removed"),
    ],
    ids=["kill", "pause", "remove"],
)
def test_what_is_done_to_the_container_from_outside_says_nothing_of_the_program(engine, project, monkeypatch, do, why):
    monkeypatch.setattr("proclab.engine.program.GRACE", 0.5)
    with Session(engine, project.spec("lab-1")) as one:
        with one.open() as run:
            program = run.start("sh", "-c", "echo on; sleep 60", limits=Limits(wall=1))
            assert program.wait_for_line("on")
            engine.call("lay a hand on it", lambda client: do(client, one._sandbox.id))
            outcome = program.wait()
            assert (outcome.broken, outcome.timeout, outcome.ok) == (why, None, False)
            assert outcome.in_words() == f"not known: {why}"
        assert (run.after.broken, run.after.clean) == (why, False)
        assert (one.run("true").ok, one.containers) == (True, 2)


def test_a_service_without_a_home_is_taken_as_it_stands_and_vouches_for_nothing(engine, project):
    with Session(engine, replace(project.spec("lab-1"), home=None)) as plain:
        outcome = python(plain, "import os; print(os.getuid())")
        assert (outcome.stdout.text, outcome.after.clean) == ("1000\n", False)
        assert outcome.after.doubts == ("the agent has the programs' uid",)
        assert (plain.run("true").ok, plain.containers) == (True, 2)


def test_two_containers_never_have_one_user(engine, project, session):
    ask = "import os; print(os.getuid())"
    with Session(engine, project.spec("lab-1")) as other:
        uids = {int(python(one, ask).stdout.text) for one in (session, other)}
    assert len(uids) == 2
    assert all(uid in UIDS for uid in uids)


def test_sixty_runs_in_one_session(session):
    containers = session.containers
    assert [python(session, f"print({n})").stdout.text for n in range(60)] == [f"{n}\n" for n in range(60)]
    assert session.containers == containers


def test_the_bench_can_ask_for_a_root_directory_without_group_bits(session, project, owner):
    mode = "import os; print(oct(os.stat('/').st_mode & 0o777))"
    with quiet_root(project, owner) as quiet:
        assert python(quiet, mode).stdout.text == "0o705\n"
    assert python(session, mode).stdout.text == "0o755\n"
