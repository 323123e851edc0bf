"""The front doors of a student: make lab-N, DEMO=, RUN=, shell-N and plain compose, with each Compose that is here."""

import os
import re
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from proclab.labs import discover
from tests.composes import composes
from tests.conftest import asked_for
from tests.containers.terminal import terminal

ROOT = Path(__file__).parents[2]
LABS = [lab.number for lab in discover(ROOT)]
DEADLINE = 120
pytestmark = pytest.mark.docker


def environment(version):
    """Makes `make` use this Compose. What an outer make has set is not for the inner one."""
    own = {
        name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "ARGS")
    }
    return own | {"LANG": "C.UTF-8", "COMPOSE": " ".join(composes()[version])}


@pytest.fixture(scope="module", params=["1.29", "2.x"])
def compose(request):
    """Each Compose in turn."""
    if request.param not in composes():
        pytest.skip(f"no Compose {request.param} here")
    return environment(request.param)


@pytest.fixture
def any_compose():
    """One Compose, for what doesn't depend on which."""
    return environment(max(composes()))


def dotenv(name):
    lines = (ROOT / ".env").read_text().splitlines()
    return next(line.partition("=")[2] for line in lines if line.startswith(name))


def leftovers():
    """Containers and networks of this checkout."""
    project = dotenv("COMPOSE_PROJECT_NAME")
    out = []
    for command in (["ps", "-a", "--format", "{{.Names}}"], ["network", "ls", "--format", "{{.Name}}"]):
        names = subprocess.run(["docker", *command], capture_output=True, text=True, check=True).stdout.split()
        out += [name for name in names if name.startswith(project)]
    return out


@pytest.fixture(autouse=True)
def nothing_is_left():
    assert leftovers() == []
    yield
    assert leftovers() == []


def make(environment, *words, **more):
    return subprocess.run(
        ["make", "--no-print-directory", *words],
        cwd=ROOT, env=environment, text=True, timeout=DEADLINE, check=False,
        **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def guided(request):
    """What make lab-N said, of each lab that the tests of this run ask for. Two at a time."""
    wanted = [params["number"] for params in asked_for(request, "guided")]
    with ThreadPoolExecutor(2) as pool:
        done = pool.map(lambda number: make(environment(max(composes())), f"lab-{number}"), wanted)
        return dict(zip(wanted, done, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("number", LABS)
def test_a_guided_run_plays_every_demo_and_ends_with_0(guided, number):
    done = guided[number]
    assert done.returncode == 0, done.stdout + done.stderr
    for demo in next(lab for lab in discover(ROOT) if lab.number == number).demos:
        assert f"{demo.name}: {demo.title['en']}" in done.stdout
    assert "NOT SEEN" not in done.stdout
    assert "still running" not in done.stdout


@pytest.mark.slow
def test_a_guided_run_works_with_each_compose(compose):
    assert make(compose, "lab-1").returncode == 0


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


@pytest.fixture
def own(tmp_path):
    tmp_path.chmod(0o755)  # the container's user is neither us nor of our group

    def write(text, name="my.py"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_an_own_program_gets_arguments_input_and_a_writable_working_directory(compose, own):
    path = own("import sys\nopen('new', 'w').write('x')\nprint(sys.argv[1:], input(), open('new').read())\n")
    done = make(compose, "lab-1", f"RUN={path} 5 'two words'", stdin=None, input="typed\n")
    assert (done.returncode, done.stdout) == (0, "['5', 'two words'] typed x\n"), done.stderr


def test_an_own_programs_folder_is_there_read_only(any_compose, own):
    own("VALUE = 7\n", "sibling.py")
    path = own("import sibling\nprint(sibling.VALUE)\nopen('/lab/run/new', 'w')\n")
    done = make(any_compose, "lab-2", f"RUN={path}")
    assert done.stdout == "7\n"
    assert "Read-only file system" in done.stderr
    assert not (path.parent / "new").exists()


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
