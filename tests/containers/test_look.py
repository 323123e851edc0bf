"""make look-N and make watch-N on real containers: what they show is what is there, and nothing is left of looking."""

import re
import subprocess
from pathlib import Path

import psutil
import pytest

from proclab.look import headline, picture
from proclab.looking import look
from proclab.sampled import events
from proclab.state import reduce
from tests.containers.terminal import terminal
from tests.containers.test_make import (  # noqa: F401  (fixtures)
    any_compose,
    dotenv,
    leftovers,
    make,
    nothing_is_left,
)

pytestmark = pytest.mark.docker
PROGRAM = Path(__file__).parents[1] / "data" / "looked_at.py"


def container(service):
    """The id of the one container of this checkout that runs a service."""
    project = f"label=com.docker.compose.service={service}"
    words = ["docker", "ps", "-q", "--filter", project, "--filter", f"name={dotenv('COMPOSE_PROJECT_NAME')}"]
    (one,) = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    return one


def processes_by_psutil(container_id):
    """pid and parent (as the container numbers them), zombie or not, threads, of all that runs in a container."""
    words = ["docker", "inspect", "-f", "{{.State.Pid}}", container_id]
    first = psutil.Process(int(subprocess.run(words, capture_output=True, text=True, check=True).stdout))
    found = [first, *first.children(recursive=True)]
    inner = {each.pid: int(_nspid(each.pid).split()[-1]) for each in found}
    return {
        (inner[each.pid], inner.get(each.ppid(), 0), each.status() == psutil.STATUS_ZOMBIE, each.num_threads())
        for each in found
    }


def _nspid(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line for line in lines if line.startswith("NSpid:"))


def test_the_pipe_of_a_demo_with_both_its_ends(any_compose):  # noqa: F811
    with terminal("make lab-3 DEMO=sysprog_apipe ARGS=inherit", any_compose) as user:
        user.until("message 5")
        done = make(any_compose, "look-3")
        assert done.returncode == 0, done.stderr
        user.type("q\n")
        assert user.end() == 0
    ends = re.search(r"fd (\d+) ← pipe \d+: written by (\d+) sysprog_apipe fd (\d+)", done.stdout)
    assert ends, done.stdout
    reader, parent, holder = ends.groups()
    holders = re.findall(r"written by (.*)", done.stdout)
    assert f"pid={parent} has write end fd={holder}" in user.text
    assert all(words.endswith(f"{parent} sysprog_apipe fd {holder}") for words in holders)
    assert re.search(rf"in read of fd {reader}: pipe \d+, written by {parent}", done.stdout)
    assert "sampled at" in done.stdout


def test_the_tree_is_psutils(any_compose):  # noqa: F811
    with terminal(f"make lab-1 RUN={PROGRAM}", any_compose) as user:
        user.until("ready")
        one = container("lab-1")
        (sample,), troubles = look([("lab-1", one)])
        expected = processes_by_psutil(one)
        text = make(any_compose, "look-1").stdout
        user.type("\n")
        assert user.end() == 0
    found = {(p.pid, p.ppid, p.zombie, len(p.threads)) for p in sample.processes}
    assert (found, troubles) == (expected, [])
    box = reduce(events([sample])).only
    assert {(p.task.pid, p.parent.pid if p.parent else 0) for p in (*box.living(), *box.zombies())} == {
        (pid, parent) for pid, parent, *_ in expected
    }
    assert all(headline(process) in text for process in sample.processes)
    assert text.count("ZOMBIE") == 1
    for words in (
        r"FIFO /work/f: written by \d+ looked_at fd \d+",
        r"Unix socket: other end: \d+ looked_at fd \d+",
        r"TCP socket 127\.0\.0\.1:\d+ ⇄ 127\.0\.0\.1:5000, connected: other end: \d+ looked_at fd \d+",
        r"TCP socket, listens at 127\.0\.0\.1:5000",
        r"thread \d+ \S+: waits for a lock",
        r"signals: pending USR1; blocked USR1; handled INT CHLD",
        r"waits for child \d+",
    ):
        assert re.search(words, text), f"{words} is not in\n{text}"


def test_a_connection_between_two_containers(any_compose):  # noqa: F811
    with terminal("make lab-4 DEMO=sysprog_socket_ ARGS=1", any_compose) as server:
        server.until("listens")
        with terminal("make lab-4 AT=client DEMO=sysprog_socket_ ARGS=2", any_compose) as client:
            client.until("reply")
            text = make(any_compose, "look-4").stdout
            client.type("q\n")
            assert client.end() == 0
        server.type("q\n")
        assert server.end() == 0
    assert re.search(r"container client\n(.*\n)*.*connected: other end: server/\d+ sysprog_socket_ fd \d+", text)
    assert re.search(r"container server\n(.*\n)*.*connected: other end: client/\d+ sysprog_socket_ fd \d+", text)


def test_a_watch_says_what_changes_and_ends_with_the_lab(any_compose):  # noqa: F811
    with terminal("make lab-1 DEMO=sysprog_fork", any_compose) as user:
        user.until("q")
        with terminal("make watch-1 | cat", any_compose) as watch:
            watch.until("sampled at")
            watch.until("sysprog_fork")
            user.type("\n")
            user.until("child=")
            watch.until("is new, a child of")
            user.type("q\n")
            assert user.end() == 0
            watch.until("it has ended")
            assert watch.end() == 0


def test_a_watch_on_a_terminal_ends_with_control_c_and_leaves_no_sampler(any_compose):  # noqa: F811
    with terminal("make lab-1 DEMO=sysprog_fork", any_compose) as user:
        user.until("q")
        with terminal("make watch-1", any_compose) as watch:
            watch.until("sysprog_fork")
            watch.type("\x03")
            watch.end()
        assert "Traceback" not in watch.text
        names = subprocess.run(["docker", "top", container("lab-1")], capture_output=True, text=True, check=True)
        assert "look.py" not in names.stdout
        user.type("q\n")
        assert user.end() == 0


def test_fifty_processes_are_looked_at_at_once(any_compose, tmp_path):  # noqa: F811
    tmp_path.chmod(0o755)
    (tmp_path / "fifty.py").write_text(
        "import os\nr, w = os.pipe()\nfor _ in range(50):\n    if os.fork() == 0:\n        os.close(w)\n"
        "        os.read(r, 1)\n        os._exit(0)\nprint('ready', flush=True)\ninput()\nos.close(w)\n"
        "for _ in range(50):\n    os.wait()\n"
    )
    with terminal(f"make lab-1 RUN={tmp_path}/fifty.py", any_compose) as user:
        user.until("ready")
        one = container("lab-1")
        (sample,), _ = look([("lab-1", one)])
        lines = picture([sample])
        user.type("\n")
        assert user.end() == 0
    assert sum("in read of fd" in line and "written by" in line for line in lines) == 50


def test_nothing_runs(any_compose):  # noqa: F811
    done = make(any_compose, "look-2")
    assert done.returncode != 0
    assert "nothing runs in lab 2 now" in done.stderr
    assert leftovers() == []
