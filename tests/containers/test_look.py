"""make look-N and make watch-N on real containers: what they show is what is there, and nothing is left of looking."""

import re
import subprocess
from pathlib import Path

import psutil
import pytest

from proclab.live.look import headline, picture
from proclab.live.phrases import Phrases
from proclab.live.terminal import look
from proclab.procfs.objects import Objects
from proclab.procfs.samples import events
from proclab.state import reduce
from tests.containers.making import container, leftovers, make
from tests.containers.terminal import terminal

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("nothing_is_left")]
PROGRAM = Path(__file__).parents[1] / "data" / "looked_at.py"


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


def test_the_pipe_of_a_demo_with_both_its_ends(any_compose):
    with terminal("make lab-3 DEMO=sysprog_apipe ARGS=inherit", any_compose) as user:
        user.until("message 5")
        done, russian = make(any_compose, "look-3"), make(any_compose, "look-3", "L=ru")
        assert done.returncode == 0, done.stderr
        user.type("q\n")
        assert user.end() == 0
    ends = re.search(r"fd (\d+) ← pipe1: write end: (\d+) sysprog_apipe fd (\d+)\n", done.stdout)
    assert ends, done.stdout
    reader, holder, fd = ends.groups()
    assert f"pid={holder} has write end fd={fd}" in user.text
    waiting = re.search(rf"(\d+) python .*: waits in read of fd {reader} \(pipe1\)", done.stdout)
    assert waiting, done.stdout
    parent = waiting[1]
    assert "sampled at" in done.stdout
    notice = notices(done.stdout, "What to notice")
    assert (
        f"process {parent} reads from pipe1 and sees no end of file as long as the write end is held by process "
        f"{holder} (fd {fd}); process {holder} waits for input (fd 0)"
    ) in notice
    assert f"is a zombie: its parent, process {parent}, has not waited for it" in notice
    notice = notices(russian.stdout, "На что обратить внимание")
    assert f"пока конец для записи держит процесс {holder} (fd {fd}); процесс {holder} ждёт ввода (fd 0)" in notice
    assert f"fd {reader} ← pipe1: конец для записи: {holder} sysprog_apipe fd {fd}" in russian.stdout


def notices(text, head):
    """The section of what to notice as one line."""
    return " ".join(text.partition(f"\n{head}\n")[2].split())


def test_a_reader_that_has_forgotten_its_own_write_end(any_compose):
    with terminal("make lab-3 DEMO=sysprog_apipe ARGS=hold", any_compose) as user:
        user.until("message 5")
        notice = notices(make(any_compose, "look-3").stdout, "What to notice")
        user.type("q\n")
        assert user.end() == 0
    assert re.search(r"sees no end of file as long as the write end is held by itself \(fd \d+\); thread \d+", notice)


def test_two_who_speak_at_once(any_compose):
    with terminal("make lab-3 DEMO=sysprog_apipe_duplex ARGS=naive", any_compose) as user:
        user.until("child: pid=")
        user.until("bytes to go")
        for _ in range(20):  # both say that they are about to be stuck, just before they are
            notice = notices(make(any_compose, "look-3").stdout, "What to notice")
            if "which is full" in notice:
                break
        user.type("q\n")
        assert user.end() == 0
    assert len(re.findall(r"process \d+ writes to pipe\d, which is full and whose read end is held by", notice)) == 2


def test_zombies_and_an_orphan(any_compose):
    with terminal("make lab-1 DEMO=sysprog_orphan", any_compose) as user:
        user.until("Enter: parent")
        before = notices(make(any_compose, "look-1").stdout, "What to notice")
        user.type("\n")
        user.until("Enter: child ")
        child = user.until(" ends").removesuffix(" ends")
        after = notices(make(any_compose, "look-1").stdout, "What to notice")
        user.type("\n")
        assert user.end() == 0
    assert "orphan" not in before
    assert f"process {child} is an orphan: its parent has ended, its new parent is process 1" in after


def test_a_program_that_takes_a_lock_twice_and_one_that_only_computes(any_compose, tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "twice.py").write_text(
        "from threading import Lock, Thread\nlock = Lock()\nlock.acquire()\n"
        "thread = Thread(target=lock.acquire)\nthread.start()\nprint('ready', flush=True)\nthread.join()\n"
    )
    (tmp_path / "busy.py").write_text(
        "from threading import Thread\nlock = __import__('threading').Lock()\nlock.acquire()\n"
        "Thread(target=lock.acquire, daemon=True).start()\nprint('ready', flush=True)\nwhile True:\n    pass\n"
    )
    told = {}
    for name in ("twice", "busy"):
        with terminal(f"make lab-2 RUN={tmp_path}/{name}.py", any_compose) as user:
            user.until("ready")
            told[name] = notices(make(any_compose, "look-2").stdout, "What to notice")
            user.type("\x03\x1c")
            user.end()
    assert re.search(r"^deadlock, nobody is left to wake the others: threads \d+ and \d+ of process \d+", told["twice"])
    assert told["busy"] == ""


def test_the_tree_is_psutils(any_compose):
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
    assert all(headline(process).partition(": ")[0] in text for process in sample.processes)
    assert text.count("ZOMBIE") == 1
    for words in (
        r"FIFO /work/f: write end: \d+ looked_at fd \d+",
        r"Unix socket: other end: \d+ looked_at fd \d+",
        r"TCP socket 127\.0\.0\.1:\d+ ⇄ 127\.0\.0\.1:5000, connected: other end: \d+ looked_at fd \d+",
        r"TCP socket, listens at 127\.0\.0\.1:5000",
        r"thread \d+: waits for a lock",
        r"signals: pending USR1; blocked USR1; handled INT CHLD",
        r"waits for child \d+",
    ):
        assert re.search(words, text), f"{words} is not in\n{text}"


def test_a_connection_between_two_containers(any_compose):
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


def test_a_watch_says_what_changes_and_ends_with_the_lab(any_compose):
    with terminal("make lab-1 DEMO=sysprog_fork", any_compose) as user:
        user.until("q")
        with terminal("make watch-1 | cat", any_compose) as watch:
            watch.until("sampled at")
            watch.until("sysprog_fork")
            user.type("\n")
            user.until("child=")
            watch.until("forks: child")
            watch.until("is a zombie: its parent")
            user.type("q\n")
            assert user.end() == 0
            watch.until("it has ended")
            assert watch.end() == 0


def test_a_watch_on_a_terminal_ends_with_control_c_and_leaves_no_sampler(any_compose):
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


def test_fifty_processes_are_looked_at_at_once(any_compose, tmp_path):
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
        objects = Objects()
        objects.look([sample])
        lines = picture([sample], Phrases(objects))
        user.type("\n")
        assert user.end() == 0
    assert sum("waits in read of fd 3 (pipe1)" in line for line in lines) == 50
    assert sum("fd 3 ← pipe1: write end: " in line for line in lines) == 51  # the parent has both ends


def test_nothing_runs(any_compose):
    done = make(any_compose, "look-2")
    assert done.returncode != 0
    assert "nothing runs in lab 2 now" in done.stderr
    assert leftovers() == []
