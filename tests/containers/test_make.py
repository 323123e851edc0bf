"""The front doors of a student: make lab-N, DEMO=, RUN=, shell-N and plain compose, with each Compose that is here."""

import os
import re
import signal
import subprocess
import time

import psutil
import pytest

from proclab import ROOT
from proclab.labs import discover
from tests.composes import composes
from tests.containers.making import DEADLINE, environment, make
from tests.containers.terminal import terminal

LABS = [lab.number for lab in discover(ROOT)]
pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("nothing_is_left")]


# tests/labs plays every demo and test_record.py records every one. Here make's own way is tried, by the lab with the
# fewest demos and both its containers; the other labs go that way in the soak.


def assert_played(number, done):
    assert done.returncode == 0, done.stdout + done.stderr
    for demo in next(lab for lab in discover(ROOT) if lab.number == number).demos:
        assert f"{demo.name}: {demo.title['en']}" in done.stdout
    assert "NOT SEEN" not in done.stdout
    assert "still running" not in done.stdout


@pytest.mark.slow
def test_a_guided_run_plays_every_demo_and_ends_with_0():
    assert_played(4, make(environment(min(composes())), "lab-4"))


@pytest.mark.soak
@pytest.mark.parametrize("number", LABS)
def test_the_guided_run_of_each_lab_plays_every_demo_with_each_compose(compose, number):
    assert_played(number, make(compose, f"lab-{number}"))


def test_a_guided_run_is_told_in_russian(any_compose):
    out = make(any_compose, "lab-4", "L=ru").stdout
    assert out.startswith("Лабораторная 4: ")
    assert "запуск" in out


def test_a_demo_on_the_users_terminal_forks_at_enter_and_ends_at_q(compose):
    with terminal("make lab-1 DEMO=sysprog_fork", compose) as user:
        user.until("q")
        user.type("\n")
        user.until("child=")
        user.type("\n")
        user.until("child=")
        user.type("q\n")
        assert user.end() == 0
    assert len(set(re.findall(r"child=(\d+)", user.text))) == 2


def test_control_c_ends_a_demo_without_a_traceback(compose):
    with terminal("make lab-1 DEMO=sysprog_fork", compose) as user:
        user.until("q")
        user.type("\n")
        user.until("child=")
        until_asleep("/lab/demos/sysprog_fork.py")
        user.type("\x03")
        user.end()
    assert "Traceback" not in user.text


def until_asleep(script):
    """Waits until the one process that runs a script sleeps.

    A signal just before its read(2) is noticed by Python only after the next line: a user would press ^C once more.
    """
    deadline = time.monotonic() + DEADLINE
    while (states := list(states_of(script))) != [psutil.STATUS_SLEEPING]:
        assert time.monotonic() < deadline, states


def states_of(script):
    for process in psutil.process_iter(["cmdline", "status"]):
        if (process.info["cmdline"] or [])[1:2] == [script]:
            yield process.info["status"]


def test_control_c_ends_a_guided_run(compose):
    with terminal("make lab-1", compose) as user:
        user.until("fork")
        user.type("\x03")
        assert user.end() != 0
    assert "Traceback" not in user.text


def test_an_own_program_gets_arguments_input_and_a_writable_working_directory(compose, own):
    path = own("import sys\nopen('new', 'w').write('x')\nprint(sys.argv[1:], input(), open('new').read())\n")
    done = make(compose, "lab-1", f"RUN={path} 5 'two words'", stdin=None, input="typed\n")
    assert (done.returncode, done.stdout) == (0, "['5', 'two words'] typed x\n"), done.stderr


NEIGHBOURS = """
import os, sys, subprocess
import sibling
print(sys.argv, open('data.txt').read(), sibling.VALUE, flush=True)
pid = os.fork()
if pid == 0:
    os.execlp('python', 'python', 'child.py', '1')
os.waitpid(pid, 0)
subprocess.run(['./test.sh'], check=True)
open('data.txt', 'a').write('more')
open('new', 'w').write('x')
os.rename('sibling.py', 'gone.py')
open('/lab/run/new', 'w')
"""


def test_an_own_program_finds_its_neighbours_and_what_it_writes_beside_itself_is_gone_afterwards(any_compose, own):
    own("VALUE = 7", "sibling.py")
    own("data", "data.txt")
    own("import sys; print('child', sys.argv[1:], open('data.txt').read())", "child.py")
    own("#!/bin/sh\necho script $(pwd)\n", "test.sh").chmod(0o755)
    path = own(NEIGHBOURS)
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    done = make(any_compose, "lab-2", f"RUN={path} 5")
    assert done.stdout.splitlines() == ["['my.py', '5'] data 7", "child ['1'] data", "script /work"], done.stderr
    assert "Read-only file system: '/lab/run/new'" in done.stderr
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


def test_a_recorded_program_finds_its_neighbours_and_its_lines_are_told(any_compose, own, tmp_path):
    own("def look():\n    print(open('data.txt').read())\n", "sibling.py")
    own("data", "data.txt")
    done = make(any_compose, "trace-1", f"RUN={own('import sibling; sibling.look()')}", f"OUT={tmp_path}", "AS=it")
    assert done.returncode == 0, done.stderr
    story = (tmp_path / "it/story.txt").read_text()
    assert re.search(r"opens data.txt as fd \d +sibling.py:2 ", story), story


# The child goes on when its parent has ended and process 1 has taken it over: then, and not after a while.
ORPHAN = """
import os, select, sys
if os.fork() == 0:
    parent = os.pidfd_open(os.getppid())
    ended = select.poll()
    ended.register(parent, select.POLLIN)
    print('child', os.getppid() > 1, flush=True)
    ended.poll()
    print('child of', os.getppid(), flush=True)
    {then}
sys.exit(3)
"""
DAEMON = "import signal; os.setsid(); signal.signal(2, signal.SIG_IGN); print('up', flush=True); signal.pause()"


def test_what_a_program_has_started_outlives_it(any_compose, own):
    done = make(any_compose, "lab-1", f"RUN={own(ORPHAN.format(then='os._exit(0)'))}")
    assert done.stdout == "child True\nchild of 1\n"
    assert done.stderr.startswith("proclab: exit code 3\n")
    assert "still run" not in done.stderr


def test_what_never_ends_is_told_and_ends_at_control_c_with_the_programs_status(any_compose, own):
    path = own(ORPHAN.format(then=DAEMON))
    with terminal("scripts/lab run 1; echo status $?", any_compose | {"RUN": str(path)}) as user:
        user.until("up")
        user.until("the program has ended; of what it started, 1 still run; ^C ends that")
        user.type("\x03")
        user.until("status 3")


def test_what_never_ends_is_ended_by_a_signal_where_there_is_no_terminal(any_compose, own):
    argv = ["make", "lab-1", f"RUN={own(ORPHAN.format(then=DAEMON))}"]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, cwd=ROOT, env=any_compose, stderr=pipe, text=True, start_new_session=True) as process:
        assert any("1 still run" in line for line in process.stderr)
        os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(DEADLINE) != 0


ON_A_TERMINAL = """
import os
r, w = os.pipe()
if os.fork() == 0:
    print('child is there', flush=True)
    os.read(r, 1)
    print('child goes on', flush=True)
    os._exit(0)
print(ascii(input()), flush=True)
input()
os.write(w, b'x')
print('status', os.wait()[1], flush=True)
"""


def test_on_a_terminal_backspace_takes_a_letter_and_control_z_leaves_nobody_stopped(compose, own):
    with terminal(f"make lab-1 RUN={own(ON_A_TERMINAL)}", compose) as user:
        user.until("child is there")
        user.type("Жó\x7fя\n")
        user.until(ascii("Жя"))
        user.type("\x1a")
        user.until("stopped by SIGTSTP")
        user.type("\n")
        user.until("child goes on")
        user.until("status 0")
        assert user.end() == 0


LOCALHOST = """
import socket
try:
    socket.create_connection(('localhost', 8080))
except ConnectionRefusedError:
    print('refused')
with socket.create_server(('::1', 8081), family=socket.AF_INET6) as server:
    with socket.create_connection(('localhost', 8081)) as client:
        print(client.getpeername()[0])
print([line.split()[-1] for line in open('/proc/net/if_inet6')])
with socket.create_server(('127.0.0.1', 0)) as server:
    one, sent = socket.create_connection(server.getsockname()), 0
    one.setblocking(False)
    try:
        while True:
            sent += one.send(bytes(65536))
    except BlockingIOError:
        print('unread', 1 << 16 < sent < 1 << 19)
"""


@pytest.mark.parametrize("number", [1, 4])
def test_localhost_is_as_on_a_plain_linux_no_other_interface_has_ipv6_and_little_waits_unread(compose, own, number):
    done = make(compose, f"lab-{number}", f"RUN={own(LOCALHOST)}")
    assert done.stdout.split("\n") == ["refused", "::1", "['lo']", "unread True", ""], done.stderr


@pytest.mark.parametrize("status", [0, 3])
def test_without_a_terminal_standard_error_is_the_programs_and_ours(compose, own, status):
    path = own(f"import os\nos.write(1, b'out')\nos.write(2, b'\\xff half a line')\nos._exit({status})\n")
    done = make(compose, "lab-1", f"RUN={path}", text=False)
    assert done.stdout == b"out"
    ours = b"proclab: exit code 3\n" if status else b""
    assert done.stderr.partition(b"make: ")[0] == b"\xff half a line" + ours


def test_a_program_behind_a_link_is_run_in_its_own_folder(any_compose, own, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "links").mkdir()
    own("data", "real/data.txt")
    own("import sys; print(sys.argv[0], open('data.txt').read())", "real/x.py")
    (tmp_path / "links/link.py").symlink_to("../real/x.py")
    assert make(any_compose, "lab-1", f"RUN={tmp_path}/links/link.py").stdout == "x.py data\n"


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        ("x.py don't", "has a quote (') that nothing closes"),
        ("python3 x.py", "name the program only, without python3"),
        ("~/no such", "there is no file {home}/no"),
        ("x.sh", "may not be executed: chmod +x"),
        ("co:lon/x.py", "a folder with a colon in its name"),
        ("co:lon", "is a folder"),
        ("''", "names no program"),
    ],
)
def test_a_program_that_can_not_be_run_so_is_a_sentence(any_compose, own, tmp_path, run, sentence):
    (tmp_path / "co:lon").mkdir()
    for name in ("x.py", "x.sh", "co:lon/x.py"):
        own("print('ran')", name)
    here = run if run[0] in "~'p" else f"{tmp_path}/{run}"
    done = make(any_compose | {"HOME": "/home/student"}, "lab-1", f"RUN={here}")
    assert sentence.format(home="/home/student") in done.stderr
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 2), done.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("raise SystemExit(3)", "exit code 3"),
        ("import os; os.kill(os.getpid(), 15)", "killed by SIGTERM"),
        (
            "x = bytearray(1 << 30)\nfor i in range(0, 1 << 30, 4096): x[i] = 1",
            "killed by SIGKILL (out of memory",
        ),
    ],
    ids=["exit", "signal", "memory"],
)
def test_the_end_of_an_own_program_is_told_in_words_and_make_fails(any_compose, own, text, words):
    done = make(any_compose, "lab-1", f"RUN={own(text)}")
    assert done.returncode == 2
    assert f"proclab: {words}" in done.stderr


def test_an_own_program_that_ends_well_makes_make_succeed_in_silence(any_compose, own):
    done = make(any_compose, "lab-1", f"RUN={own('pass')}")
    assert (done.returncode, done.stdout) == (0, "")
    assert "proclab:" not in done.stderr


def test_a_signal_to_make_ends_the_container_too(any_compose, own):
    path = own("print('ready', flush=True)\nimport signal\nsignal.pause()\n")
    argv = ["make", "lab-1", f"RUN={path}"]
    with subprocess.Popen(argv, cwd=ROOT, env=any_compose, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout.readline() == b"ready\n"
        os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(DEADLINE) != 0


def test_a_shell_looks_at_what_runs_in_the_lab(compose):
    with terminal("make lab-3 DEMO=sysprog_npipe", compose) as demo:  # a reader: open blocks until a writer comes
        demo.until("pid=")
        with terminal("make shell-3", compose) as shell:
            shell.until("$ ")
            shell.type("ps -eo user,args | cat; lsof -v 2>&1 | head -n 1; strace -V | head -n 1; echo EN''D\n")
            seen = shell.until("END")
            shell.type("exit\n")
            assert shell.end() == 0
        demo.type("\x03")
        demo.end()
    assert "student" in seen
    assert "sysprog_npipe" in seen
    assert "strace -- version" in seen


def test_a_shell_starts_a_container_when_none_runs(any_compose):
    done = make(any_compose, "shell-2", stdin=None, input="id -un; touch here && echo written\n")
    assert done.stdout.split() == ["student", "written"]
    assert "a new container of its own" in done.stderr


@pytest.mark.parametrize("what", ["file", "folder"])
def test_an_own_program_that_the_container_may_not_read_is_a_sentence_with_the_fix(any_compose, own, what):
    path = own("pass")
    (path if what == "file" else path.parent).chmod(0o700)
    done = make(any_compose, "lab-1", f"RUN={path}")
    assert done.returncode == 2
    assert "chmod o+r" in done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["lab-9"], f"there is no lab 9; there are: {' '.join(map(str, LABS))}"),
        (["shell-9"], "there is no lab 9"),
        (["lab-1", "DEMO=nope"], "lab 1 has no demo nope; it has: sysprog_exec"),
        (["lab-1", "RUN=nope.py"], "there is no file nope.py"),
        (["lab-1", "DEMO=sysprog_fork", "RUN=x.py"], "exclude each other"),
        (["lab-1", "AT=moon"], "has no service moon"),
        (["lab-1", "DOCKER_HOST=unix:///nowhere/docker.sock"], "does not answer"),
        (["lab-1", "COMPOSE=no-such-compose"], "no-such-compose"),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else "",
)
def test_misuse_is_one_sentence_and_exit_status_2(any_compose, words, sentence):
    done = make(any_compose, *words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len([line for line in done.stderr.splitlines() if not line.startswith("make")]) == 1, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("clients", [5, 12])
def test_plain_up_is_the_socket_lab_and_ends_by_itself(compose, clients):
    scale = [] if clients == 5 else ["--scale", f"client={clients}"]
    command = [*compose["COMPOSE"].split(), "up", *scale]
    try:
        done = subprocess.run(command, cwd=ROOT, env=compose, capture_output=True, text=True, timeout=DEADLINE)
    finally:
        subprocess.run([*command[: -1 - len(scale)], "down"], cwd=ROOT, env=compose, capture_output=True, check=True)
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r'client: got "reply to', done.stdout)) == clients
