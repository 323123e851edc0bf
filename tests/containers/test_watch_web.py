"""make watch-N WEB=1: the page follows containers that come and go, starts a recording, and leaves nothing."""

import contextlib
import http.client
import json
import re
import signal
import subprocess
import time
from urllib.parse import urlsplit

import psutil
import pytest

from tests.containers.making import container, leftovers, make
from tests.containers.terminal import terminal

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.usefixtures("nothing_is_left")]
DEADLINE = 60.0


class Page:
    """What a browser does with the address: gets the changes, and puts them together."""

    def __init__(self, address):
        self.where = urlsplit(address)
        self.data = {}
        self.connection, self.changes = self._ask("GET", "live")

    def _ask(self, method, path, body=None):
        connection = http.client.HTTPConnection(self.where.netloc, timeout=DEADLINE)
        origin = f"{self.where.scheme}://{self.where.netloc}"
        connection.request(method, self.where.path + path, body, {"Origin": origin})
        return connection, connection.getresponse()

    def ask(self, method, path, body=None):
        """Status and body of one answer."""
        connection, answer = self._ask(method, path, body)
        with contextlib.closing(connection):
            return answer.status, answer.read().decode()

    def until(self, holds):
        """Takes changes in until that holds of the data."""
        deadline = time.monotonic() + DEADLINE
        while not holds(self.data):
            line = self.changes.readline()
            assert line, "the stream has ended"
            assert time.monotonic() < deadline, self.data.get("boxes_now")
            if line.startswith(b"data: "):
                change = json.loads(line[6:])
                self.data |= change["values"]
                for name, (kept, rest) in change["lists"].items():
                    self.data[name] = [*self.data.get(name, [])[:kept], *rest]
        return self.data

    def ended(self):
        """Reads to the end of the stream."""
        while self.changes.readline():
            pass
        self.connection.close()


@contextlib.contextmanager
def watched(lab, environment, **more):
    """The page of `make watch-N WEB=1`, ended with ^C."""
    words = " ".join(f"{name}={value}" for name, value in more.items())
    with terminal(f"make watch-{lab} WEB=1 {words}", environment) as watch:
        watch.until("^C ends it.")
        page = Page(re.search(r"http://\S+", watch.text)[0])
        yield page
        watch.type("\x03")
        watch.end()
        page.ended()
        assert "Traceback" not in watch.text


def kinds(data):
    return [step["kind"] for step in data.get("steps", ())]


def test_the_page_follows_what_comes_after_it_and_goes(any_compose):
    with watched(1, any_compose) as page:
        page.until(lambda data: data.get("boxes_now") == [] and data["choices"])
        with terminal("make lab-1 DEMO=sysprog_fork", any_compose) as user:
            user.until("q")
            data = page.until(lambda data: data["boxes_now"] == ["lab-1"] and "exec" in kinds(data))
            assert [key for key, _, now in data["choices"] if now] == ["sysprog_fork"]
            user.type("\n")
            user.until("child=")
            page.until(lambda data: "fork" in kinds(data))
            user.type("q\n")
            assert user.end() == 0
        page.until(lambda data: data["boxes_now"] == [])
        assert not any(name.startswith("P") and value for name, value in state(page.data).items())


def state(data):
    """The state after the last step, as the page has it."""
    found = {}
    for step in data["changes"]:
        found |= step
    return {name: value for name, value in found.items() if value is not None}


def test_two_containers_and_the_connection_between_them(any_compose):
    with watched(4, any_compose) as page, terminal("make lab-4 DEMO=sysprog_socket_ ARGS=1", any_compose) as server:
        server.until("listens")
        with terminal("make lab-4 AT=client DEMO=sysprog_socket_ ARGS=2", any_compose) as client:
            client.until("reply")
            page.until(lambda data: connected(state(data)) if data.get("changes") else False)
            client.type("q\n")
            assert client.end() == 0
        server.type("q\n")
        assert server.end() == 0


def connected(now):
    """Is a socket of one container the peer of one of the other, on both sides?"""
    peers = {}
    for name, value in now.items():
        kind, box, obj = [*name.split("\t"), "", ""][:3]
        if kind == "O" and value[0] == "socket" and value[1]:
            peers[obj] = value[1], box
    return any(
        peers.get(peer, ("", ""))[0] == obj and {box, peers[peer][1]} == {"server", "client"}
        for obj, (peer, box) in peers.items()
    )


def test_a_recording_is_started_from_the_page_and_opened(any_compose, tmp_path):
    with watched(1, any_compose, OUT=tmp_path) as page:
        assert page.ask("POST", "record", '{"what": "no such demo"}')[0] == 409
        assert page.ask("POST", "record", '{"what": "sysprog_fork_wait"}')[0] == 202
        assert page.ask("POST", "record", '{"what": "sysprog_fork"}')[0] == 409
        data = page.until(lambda data: data.get("recording", {}).get("state") in ("kept", "failed"))
        assert data["recording"]["state"] == "kept", data["recording"]
        status, body = page.ask("GET", data["recording"]["page"])
        assert (status, "reaps" in body) == (200, True)
        assert [path.name for path in tmp_path.glob("*/run.html")] == ["run.html"]


def test_a_program_of_the_users_is_recorded_from_the_page(any_compose, tmp_path):
    folder = tmp_path / "my programs"
    folder.mkdir()
    for each in (tmp_path, folder):
        each.chmod(0o755)
    (folder / "wait.py").write_text("import sys\nprint('ready', *sys.argv[1:], flush=True)\nsys.stdin.read()\n")
    with (
        watched(2, any_compose, OUT=tmp_path / "out") as page,
        terminal(f"make lab-2 RUN=\"'{folder}/wait.py' 5\"", any_compose) as user,
    ):
        user.until("ready 5")
        data = page.until(lambda data: any(choice[2] for choice in data.get("choices", ())))
        (key,) = [key for key, _, now in data["choices"] if now]
        assert page.ask("POST", "record", json.dumps({"what": key}))[0] == 202
        page.until(lambda data: data["recording"].get("state") in ("kept", "failed"))
        user.type("\x04")
        assert user.end() == 0
    assert page.data["recording"]["state"] == "kept", page.data["recording"]
    (story,) = (tmp_path / "out").glob("lab-2-wait-*/story.txt")
    assert "ready 5" in story.read_text()


def test_the_end_of_the_watch_ends_its_recording_and_its_samplers(any_compose, tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "wait.py").write_text("print('ready', flush=True)\ninput()\n")
    with terminal(f"make lab-1 RUN={tmp_path}/wait.py", any_compose) as user:
        user.until("ready")
        with watched(1, any_compose, OUT=tmp_path / "out") as page:
            page.until(lambda data: data.get("boxes_now") == ["lab-1"])
            assert page.ask("POST", "record", '{"what": "sysprog_fork"}')[0] == 202
            page.until(lambda data: "recording" in data["recording"].get("said", ""))
        top = subprocess.run(["docker", "top", container("lab-1")], capture_output=True, text=True, check=True)
        assert "look.py" not in top.stdout
        user.type("\n")
        assert user.end() == 0
    assert leftovers() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_watch_whose_terminal_is_closed_leaves_nothing_running(any_compose, number):
    with terminal("make watch-1 WEB=1", any_compose) as watch:
        watch.until("^C ends it.")
        family = [psutil.Process(watch.pid), *psutil.Process(watch.pid).children(recursive=True)]
        (server,) = [each for each in family if command_of(each)[1:4] == ["-m", "proclab", "watch"]]
        children = server.children(recursive=True)
        assert any("events" in command_of(each) for each in children)
        server.send_signal(number)
        gone, left = psutil.wait_procs([server, *children], timeout=DEADLINE)
        assert (len(gone), left) == (1 + len(children), [])
        assert watch.end() != 0


def command_of(process):
    """A process's command line; nothing of one that has just ended."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:  # psutil's ZombieProcess is one
        return []


def test_a_lab_that_does_not_exist_and_a_port_that_is_taken(any_compose):
    done = make(any_compose, "watch-9", "WEB=1")
    assert (done.returncode != 0, "there is no lab 9" in done.stderr) == (True, True)
    with watched(1, any_compose) as page:
        done = make(any_compose, "watch-1", "WEB=1", f"PORT={page.where.port}")
        assert done.returncode != 0
        assert "can't be had" in done.stderr
