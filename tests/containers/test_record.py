"""make trace-N in real containers: what the recording holds, how it ends, and that the program doesn't notice."""

import json
import os
import re
import select
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from proclab import ROOT
from proclab.engine import Session
from proclab.findings import derive
from proclab.labs import discover
from proclab.recording import raw
from proclab.strace import evidence, read_folder
from proclab.words import catalogue
from tests.composes import composes
from tests.conftest import asked_for
from tests.containers.making import Recording, dotenv, environment, make, make_at_work
from tests.containers.terminal import terminal
from tests.soaked import cases

DEMOS = [(lab.number, demo.name) for lab in discover(ROOT) for demo in lab.demos]
FIRST = [(lab.number, lab.demos[0].name) for lab in discover(ROOT) if lab.demos]
# Demos of what goes wrong, and what their processes are accused of.
ACCUSED = {"sysprog_fork": {"unreaped"}, "sysprog_deadlock": {"deadlock"}, "sysprog_apipe_duplex": {"deadlock"}}
SOME = cases(DEMOS, now=lambda one: one in FIRST or one[1] in ACCUSED, name=lambda one: one[1])
LINE = re.compile(r"\d+\.\d{9} .*")
pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("nothing_is_left")]


# ---------------------------------------------------------------- guided runs


def test_a_guided_demo_is_recorded_whole(compose, trace):
    done, recording = trace(compose, "trace-1", "DEMO=sysprog_fork_wait")
    assert done.returncode == 0, done.stderr
    start, end = recording.json("lab-1/1/start.json"), recording.json("lab-1/end.json")
    logs = recording.logs()
    assert start["argv"] == ["python", "/lab/demos/sysprog_fork_wait.py"]
    assert f"lab-1/1/t.{start['pid']}" in logs
    assert len(logs) == 4, "a parent and three children"
    assert all(text.rstrip().endswith("+++") for text in logs.values())
    assert all(LINE.fullmatch(line) for text in logs.values() for line in text.splitlines())
    assert (end["stopped"], end["incomplete"], end["lines"]) == ("", [], recording.text().count("\n"))
    started = next(fact for fact in recording.facts() if fact["fact"] == "start")
    assert started["pid"] == start["pid"]
    assert end["began"]["monotonic"] < start["monotonic"] < end["ended"]["monotonic"]


def test_the_socket_lab_is_recorded_in_both_containers(compose, trace):
    done, recording = trace(compose, "trace-4")
    assert done.returncode == 0, done.stderr
    boxes = {path.parent.name for path in recording.folder.glob("*/end.json")}
    assert boxes == {"server", "client"}
    starts = [json.loads(path.read_text()) for path in recording.folder.glob("*/*/start.json")]
    assert len({start["cpu"] for start in starts}) == 1, "one processor for all: one order of time"
    assert re.search(r"accept4?\(", recording.text("server"))
    assert re.search(r"connect\(\d+, {sa_family=AF_INET", recording.text("client"))


def test_a_recording_becomes_a_story_and_pictures(any_compose, tmp_path):
    done = make(any_compose | {"OUT": str(tmp_path / "out")}, "trace-3", "DEMO=sysprog_apipe")
    assert done.returncode == 0, done.stderr
    assert re.search(r"held the write end of pipe\d+ and wrote nothing: process \d+ saw no end of file", done.stdout)
    (page,) = (tmp_path / "out").glob("*/run.html")
    assert page.read_text().startswith("<!DOCTYPE html>") or "<html" in page.read_text()


@pytest.fixture(scope="module")
def recorded(request, tmp_path_factory):
    """What make said, and the recording, of each demo that the tests of this run ask for. Two at a time."""

    def record(wanted):
        number, demo = wanted
        out = tmp_path_factory.mktemp(demo)
        done = make(environment(max(composes())) | {"RAW": "1", "OUT": str(out)}, f"trace-{number}", f"DEMO={demo}")
        return done, Recording(out) if done.returncode == 0 else None

    wanted = [(params["number"], params["demo"]) for params in asked_for(request, "recorded")]
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(wanted, pool.map(record, wanted), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(("number", "demo"), SOME)
def test_every_demo_shows_under_the_recorder_what_it_shows_without(recorded, number, demo):
    done, recording = recorded[number, demo]
    assert done.returncode == 0, done.stderr
    assert [fact for fact in recording.facts() if fact["fact"] in ("overdue", "killed")] == []
    texts, _ = raw.texts(recording.folder)
    assert evidence(texts, read_folder(texts)).doubts == ()
    for path in recording.folder.glob("*/end.json"):
        end = json.loads(path.read_text())
        assert (end["stopped"], end["incomplete"]) == ("", [])
        files = json.loads((path.parent / "files.json").read_text())
        assert all(file["text"] == (ROOT / discover_source(number, name)).read_text() for name, file in files.items())
        assert files


@pytest.mark.slow
@pytest.mark.parametrize(("number", "demo"), SOME)
def test_a_demo_is_accused_of_what_it_shows_and_of_nothing_else(recorded, number, demo):
    _, recording = recorded[number, demo]
    texts, _ = raw.texts(recording.folder)
    said = {fact.kind: catalogue("en").finding(fact) for fact in derive(read_folder(texts)) if fact.accuses}
    assert set(said) == ACCUSED.get(demo, set()), said


def discover_source(number, name):
    (path,) = ROOT.glob(f"labs/{number}-*/demos/{name}")
    return path


# ---------------------------------------------------------------- programs of the user's

PLAIN = """
import os, sys
parent = os.getppid()
comm = open(f"/proc/{parent}/cmdline").read()
print("record.py" in comm, os.getsid(0) == os.getsid(parent), os.getpgid(0) == os.getpgid(parent))
print(sorted(m for m in sys.modules if m in ("lines", "locks", "tracer")), [p for p in sys.path if "recording" in p])
print(len(os.listdir("/proc/self/fd")), sorted(k for k in os.environ if k.startswith("PROCLAB_REC")))
print(open("/proc/self/status").read().count("SigIgn:\\t0000000001001000"))
"""


def test_a_program_finds_nothing_of_the_recorder_in_its_way(any_compose, trace, own):
    done, _ = trace(any_compose, "trace-1", f"RUN={own(PLAIN)}")
    assert done.stdout.splitlines() == ["True True True", "[] []", "4 []", "1"], done.stderr


def test_an_own_program_gets_arguments_and_a_file_as_its_input(compose, trace, own, tmp_path):
    given = tmp_path / "given"
    given.write_text("typed\n")
    path = own("import sys\nprint(sys.argv[1:], input())\nraise SystemExit(3)\n")
    done, recording = trace(compose, "trace-1", f"RUN={path} 5 'two words'", f"INPUT={given}")
    assert done.stdout == "['5', 'two words'] typed\n"
    assert done.returncode == 2
    assert "proclab: exit code 3" in done.stderr
    assert recording.json("lab-1/end.json")["code"] == 3
    assert recording.json("lab-1/files.json")["my.py"]["text"] == path.read_text()
    assert '"L 2 input my.py"' in recording.text()


def test_what_the_program_inherits_is_known(any_compose, trace, own):
    done, recording = trace(any_compose, "trace-1", f"RUN={own('pass')}", stdin=subprocess.DEVNULL)
    assert done.returncode == 0
    fds = {entry["fd"]: entry for entry in recording.json("lab-1/1/start.json")["fds"]}
    assert sorted(fds) == [0, 1, 2]
    assert {entry["what"] for entry in fds.values()} <= {"pipe", "tty", "device"}
    assert fds[1]["of"] == 1


LOCKS = """
from threading import Condition, Lock, Thread
door = Lock()
full = Condition()
def work():
    with door:
        pass
    with full:
        full.notify()
door.acquire()
thread = Thread(target=work)
thread.start()
while b"futex" not in open(f"/proc/self/task/{thread.native_id}/wchan", "rb").read():
    pass
with full:
    door.release()
    full.wait()
thread.join()
"""


def test_locks_are_told_by_name_and_line(any_compose, trace, own):
    done, recording = trace(any_compose, "trace-2", f"RUN={own(LOCKS)}")
    assert done.returncode == 0, done.stderr
    told = [
        (line.split()[0], found[1])
        for line in recording.text().splitlines()
        if (found := re.search(r'write\(-1, "K ([^"]*) my.py"', line))
    ]
    words = [text for _, text in sorted(told)]
    door = [text for text in words if "door#" in text]
    assert door == [
        "new lock door#1 3",
        "got lock door#1 10",
        "want lock door#1 6",
        "free lock door#1 16",
        "got lock door#1 6",
        "free lock door#1 6",
    ]
    full = [text for text in words if "condition" in text]
    assert full == [
        "new condition full#2 4",
        "want condition full#2 17",
        "free condition full#2 9",
        "got condition full#2 17",
    ]


def test_markers_can_be_left_out(any_compose, trace, own):
    done, recording = trace(any_compose | {"MARKERS": "no"}, "trace-2", f"RUN={own(LOCKS)}")
    assert done.returncode == 0
    assert "write(-1" not in recording.text()
    assert "traced" not in recording.text()


def test_a_reused_or_replaced_process_goes_on_in_its_log(any_compose, trace, own):
    path = own("import os, threading\nthreading.Thread(target=os.execlp, args=('echo', 'echo', 'hi')).start()\n")
    done, recording = trace(any_compose, "trace-1", f"RUN={path}")
    assert done.stdout == "hi\n"
    assert "superseded by execve" in recording.text()


# ---------------------------------------------------------------- the end

FOREVER = "import signal\nprint('ready', flush=True)\nwhile True: signal.pause()\n"
STUBBORN = """
import os, signal
signal.signal(signal.SIGINT, lambda number, frame: os.write(1, b'INT\\n'))  # print() may not be interrupted by itself
woken, wake = os.pipe()  # a signal just before pause() would be heard by its handler only after the next one
os.set_blocking(wake, False)
signal.set_wakeup_fd(wake)
os.write(1, b'ready\\n')
while True: os.read(woken, 1)
"""
PING_PONG = "import os\nr, w = os.pipe()\nwhile True:\n    os.write(w, b'x'); os.read(r, 1)\n"
DAEMON = """
import os
r, w = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.close(w)
        os.read(r, 1)
        os.write(1, b"late")
    os._exit(0)
os.wait()
"""


@pytest.mark.parametrize(
    ("text", "limit", "words"),
    [
        (FOREVER, {"SECONDS_MAX": "1"}, "limit of 1 s"),
        (PING_PONG, {"MEGABYTES_MAX": "1"}, "limit of 1 MB"),
        (PING_PONG, {"LINES_MAX": "5000"}, "limit of 5000 lines"),
    ],
    ids=["seconds", "bytes", "lines"],
)
def test_a_limit_ends_the_recording_and_says_so(any_compose, trace, own, text, limit, words):
    done, recording = trace(any_compose | limit, "trace-1", f"RUN={own(text)}")
    assert words in done.stderr
    end = recording.json("lab-1/end.json")
    assert end["stopped"] in ("seconds", "bytes", "lines")
    assert end["incomplete"] == []
    assert "+++ killed by SIGKILL +++" in recording.text()
    assert end["bytes"] < 8 << 20


def test_what_a_program_leaves_running_is_recorded_to_its_end(any_compose, trace, own):
    done, recording = trace(any_compose, "trace-1", f"RUN={own(DAEMON)}")
    assert done.returncode == 0, done.stderr
    assert 'write(1, "late", 4)' in recording.text()
    assert recording.json("lab-1/end.json")["incomplete"] == []


def test_control_c_is_the_programs_and_twice_it_ends_the_recording(compose, own, tmp_path):
    environment = compose | {"RAW": "1", "OUT": str(tmp_path / "out")}
    with terminal(f"make trace-1 RUN={own(STUBBORN)}", environment) as user:
        user.until("ready")
        user.type("\x03")
        user.until("INT")
        for _ in range(40):  # on a busy machine more than a second may lie between the first two
            user.type("\x03")
            if user.until("INT", "recording stopped").endswith("stopped"):
                break
        assert user.end() != 0
    recording = Recording(tmp_path / "out")
    assert recording.json("lab-1/end.json")["stopped"] == "user"
    assert recording.text().count("SIGINT {si_signo=SIGINT, si_code=SI_KERNEL") >= 2
    assert "Traceback" not in user.text


def test_control_c_without_a_terminal_keeps_what_there_is(any_compose, own, tmp_path):
    environment = any_compose | {"RAW": "1", "OUT": str(tmp_path / "out")}
    with make_at_work(environment, "trace-1", f"RUN={own(STUBBORN)}"):
        pass
    assert Recording(tmp_path / "out").json("lab-1/end.json")["stopped"] == "user"


def test_a_guided_run_that_is_interrupted_keeps_what_there_is(any_compose, tmp_path):
    environment = any_compose | {"RAW": "1", "OUT": str(tmp_path / "out")}
    argv = ["make", "trace-3", "DEMO=sysprog_npipe"]
    with subprocess.Popen(
        argv,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        while "recording sysprog_npipe" not in process.stderr.readline():
            pass
        first = wait_for(tmp_path / "out", "*/raw/facts.jsonl")
        assert first
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(60) != 0
    assert Recording(tmp_path / "out").json("lab-3/end.json")["stopped"] == "user"


def wait_for(folder, pattern, deadline=30):
    """The first file of this pattern that has something in it; None when there is none by the deadline."""
    until = time.monotonic() + deadline
    while time.monotonic() < until:
        for path in folder.glob(pattern):
            if path.stat().st_size:
                return path
        select.select([], [], [], 0.02)
    return None


# ---------------------------------------------------------------- refusals


def refusing(action):
    """A seccomp profile that lets everything through but ptrace(2)."""
    return json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["ptrace"], **action}]})


@pytest.mark.parametrize(
    ("action", "why"),
    [
        ({"action": "SCMP_ACT_ERRNO", "errnoRet": 1}, "Operation not permitted"),
        ({"action": "SCMP_ACT_ERRNO", "errnoRet": 38}, "ptrace(2)), "),
    ],
    ids=["forbidden", "emulated"],
)
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_a_machine_that_refuses_tracing_is_one_sentence_and_exit_status_2(tmp_path, action, why, lang):
    profile = tmp_path / "profile.json"
    profile.write_text(refusing(action))
    environment = ["-e", f"PROCLAB_LANG={lang}", "-e", "PROCLAB_LAB=3"]
    argv = [
        "docker",
        "run",
        "--rm",
        "--network",
        "none",
        "--security-opt",
        f"seccomp={profile}",
        *environment,
        dotenv("PROCLAB_IMAGE"),
        "python",
        "-Es",
        "/usr/lib/proclab/record.py",
        "probe",
    ]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert why in done.stderr
    assert "make look-3" in done.stderr
    assert done.stderr.count("\n") == 1


FILTER = """import subprocess, sys
sys.path.insert(0, "/usr/lib/proclab")
import tracer
argv = tracer.command("/tmp", ["python", "-c", "0"])
plain = argv[:1] + ["-d"] + argv[1:]
print(subprocess.run(plain, capture_output=True, text=True).stderr)
"""


def test_the_kernel_can_work_out_the_filter_beforehand(engine, project):
    """Only then calls that aren't traced run at full speed; seccomp_is_const_allow() knows no index register."""
    with Session(engine, replace(project.spec("lab-1"), home=None)) as session:  # at home no program may trace
        said = session.run("python3", "-c", FILTER).stdout.text
    assert "seccomp filter enabled" in said
    assert "BPF_RET" in said
    assert "BPF_TAX" not in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["trace-9"], "there is no lab 9"),
        (["trace-1", "DEMO=nope"], "lab 1 has no demo nope; it has: sysprog_fork"),
        (["trace-1", "RUN=nope.py"], "there is no file nope.py"),
        (["trace-1", "RUN=labs/1-processes/demos/sysprog_fork.py", "INPUT=nope"], "INPUT: there is no file nope"),
        (["trace-1", "DEMO=sysprog_fork", "RUN=x.py"], "exclude each other"),
        (["trace-1", "DEMO=sysprog_fork", "INPUT=README.md"], "INPUT= is the input of a program"),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else "",
)
def test_misuse_is_one_sentence_exit_status_2_and_no_folder(any_compose, trace, words, sentence):
    done, recording = trace(any_compose, *words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert recording is None
