"""The recorder's parts without a container: what it counts and packs, and what markers say."""

import contextlib
import io
import itertools
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.unit.guest import FOLDER, module

record = module("record")
parcel = module("parcel")
stage_module = module("stage")

# ---------------------------------------------------------------- limits, files, tar


@pytest.fixture
def recording(tmp_path):
    folder = tmp_path / "recording" / "1"
    folder.mkdir(parents=True)
    (folder / "t.7").write_text("1.000000001 getpid() = 7\n1.000000002 +++ exited with 0 +++\n")
    (folder / "t.8").write_text("1.000000001 read(3,")
    (folder / "start.json").write_text("{}")
    return folder.parent


@pytest.mark.parametrize(("limit", "value"), [("lines", 2), ("bytes", 60), ("seconds", 0)])
def test_each_limit_is_noticed(recording, limit, value):
    plenty = {"lines": 100, "bytes": 10_000, "seconds": 100.0}
    assert record.Meter(str(recording), plenty).reached() == ""
    assert record.Meter(str(recording), plenty | {limit: value}).reached() == limit


def test_the_meter_counts_what_comes_later_too(recording):
    meter = record.Meter(str(recording), {"lines": 3, "bytes": 10_000, "seconds": 100.0})
    assert meter.reached() == ""
    with (recording / "1" / "t.8").open("a") as log:
        log.write(' "x", 1) = 1\n')
    assert (meter.reached(), meter.lines) == ("lines", 3)


def test_a_log_without_an_end_is_named(recording):
    assert parcel.incomplete(str(recording)) == ["1/t.8"]


def test_the_files_that_markers_name_are_kept_with_their_text(recording, tmp_path):
    program = tmp_path / "my program.py"
    program.write_text("print(1)\n")
    (recording / "1" / "t.9").write_text(
        f'1.0 write(-1, "L 1 print {program}", 9) = -1 EBADF (Bad file descriptor)\n'
        f'1.0 write(-1, "K got lock a#1 1 {program}", 9) = -1 EBADF (Bad file descriptor)\n'
        '1.0 write(-1, "L 1 print /gone.py", 9)  = -1 EBADF (Bad file descriptor)\n'
        '1.0 write(1, "L 1 print /etc/passwd", 9)  = 9\n'
    )
    assert parcel.sources(str(recording)) == {str(program): {"path": str(program), "text": "print(1)\n"}}


def test_only_our_files_are_packed(recording, monkeypatch):
    (recording / "end.json").write_text("{}")
    (recording / "stop").touch()
    (recording / "1" / "t.99").symlink_to("/etc/passwd")
    (recording / "1" / "evil").write_text("x")
    stream = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", type("Out", (), {"buffer": stream}))
    parcel.pack(str(recording), "lab-1")
    stream.seek(0)
    with tarfile.open(fileobj=stream) as archive:
        names = {member.name for member in archive if member.isreg()}
    assert names == {"lab-1/end.json", "lab-1/1/start.json", "lab-1/1/t.7", "lab-1/1/t.8"}


@pytest.mark.parametrize("argv", [["run"], ["run", "--"], ["dance"], []])
def test_misuse_of_the_recorder_is_exit_status_2(argv, capsys):
    with pytest.raises(SystemExit) as stopped:
        record.main(argv)
    assert stopped.value.code == 2


def test_a_machine_without_strace_is_told(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PROCLAB_LANG", "ru")
    assert record.probe() == 2
    assert "не разрешает трассировку" in capsys.readouterr().err


# ---------------------------------------------------------------- the stage's launcher


def test_a_stage_starts_programs_by_the_launcher_and_tells_of_the_program(tmp_path, monkeypatch):
    (tmp_path / "says.py").write_text("import os\nprint(os.environ['WITH'], flush=True)\n")
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable) + ":" + os.environ["PATH"])
    monkeypatch.setenv("PROCLAB_RECORD", json.dumps(["env", "WITH=launcher"]))
    facts = []
    stage = stage_module.Stage(facts.append, str(tmp_path))
    for step in ({"do": "start", "program": "says"}, {"do": "wait", "line": "launcher"}, {"do": "expect"}):
        stage.play(step, {})
    stage.clear()
    assert facts[0]["argv"] == ["python", f"{tmp_path}/says.py"]


def test_the_launcher_comes_from_the_recorder(monkeypatch):
    monkeypatch.delenv("PROCLAB_RECORD", raising=False)
    assert stage_module.launcher() == []
    monkeypatch.setenv("PROCLAB_RECORD", json.dumps(["strace", "--"]))
    assert stage_module.launcher() == ["strace", "--"]


@pytest.mark.parametrize(
    ("traced", "plain"),
    [
        ("   27 t    ", "   27 T    "),
        ("27 tsl+ x", "27 Tsl+ x"),
        ("State:\tt (tracing stop)", "State:\tT (stopped)"),
        ("27 S  test t.py", "27 S  test t.py"),
    ],
)
def test_a_stopped_process_is_seen_as_stopped_under_a_tracer(traced, plain):
    assert stage_module._untraced(traced) == plain


# ---------------------------------------------------------------- markers

OBSERVE = f"""
import sys
sys.path.insert(0, {str(FOLDER / "traced")!r})
import lines, locks
said = []
lines.write = lambda fd, data, size: said.append(data.decode())
import os, _thread
program = sys.argv[1]
with open(program) as file:
    code = compile(file.read(), program, "exec")
locks.begin()
lines.begin()
try:
    exec(code, {{"__name__": "__main__"}})
finally:
    sys.monitoring.set_events(lines.TOOL, 0)
    kept = list(said)
    sys.stderr.write("\\n".join(kept))
"""
HAS_MONITORING = "import sys; sys.exit(sys.version_info < (3, 12))"


def interpreter():
    """A Python with sys.monitoring (3.12): ours, or another that works; "" when there is none."""
    for name in (sys.executable, "python3.13", "python3.14", "python3.12"):
        with contextlib.suppress(OSError):
            if subprocess.run([name, "-c", HAS_MONITORING], capture_output=True, check=False).returncode == 0:
                return name
    return ""


PYTHON = interpreter()
needs_monitoring = pytest.mark.skipif(not PYTHON, reason="no Python 3.12 here; the container tests have one")


@pytest.fixture
def markers(tmp_path):
    """Runs a program with markers; returns them without the file's name and those of imports."""
    program = tmp_path / "p.py"

    def run(text, imports=False):
        program.write_text(text)
        done = subprocess.run([PYTHON, "-c", OBSERVE, str(program)], capture_output=True, text=True, timeout=30,
                              stdin=subprocess.DEVNULL, check=False)  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        name = str(program)[-36:]
        said = [line.removesuffix(name).rstrip() for line in done.stderr.splitlines()]
        return [line for line in said if imports or line[0] in "LKXE"]

    return run


@needs_monitoring
def test_a_call_that_may_enter_the_kernel_is_announced_and_others_are_not(markers):
    text = "import os\nr, w = os.pipe()\nos.write(w, b'x' * len('ab'))\nos.getpid(); sum([1]); 'a'.join('b')\n"
    assert markers(text) == ["L 2 os.pipe", "L 3 os.write"]


@needs_monitoring
def test_calls_in_functions_and_threads_are_announced(markers):
    text = "import os\ndef f():\n    os.write(2, b'')\ndef g():\n    f()\ng()\n"
    assert markers(text) == ["L 3 os.write"]


@needs_monitoring
def test_a_marker_that_holds_is_not_repeated(markers):
    assert markers("import os\nfor i in range(5):\n    os.write(2, b'')\n") == ["L 3 os.write"]


@needs_monitoring
def test_with_and_for_over_a_file_are_announced(markers):
    said = markers("with open('/dev/null') as f:\n    for line in f:\n        pass\n")
    assert [word for word in said if "with" not in word] == ["L 1 _io.open", "L 2 for", "L 1 __exit__"]


@needs_monitoring
def test_imports_are_framed_and_nested_ones_are_one(markers):
    said = markers("import smtplib\n", imports=True)
    frames = [line for line in said if line.startswith("I ") or line == "i"]
    assert frames[-2:] == ["I smtplib", "i"]
    assert all(a.startswith("I ") != b.startswith("I ") for a, b in itertools.pairwise(frames))


@needs_monitoring
def test_an_import_error_looks_as_ever(tmp_path):
    program = tmp_path / "p.py"
    program.write_text("import no_such_module\n")
    done = subprocess.run([PYTHON, "-c", OBSERVE, str(program)], capture_output=True, text=True, check=False)
    trace = done.stderr[done.stderr.index("Traceback") :]
    assert "_find_and_load" not in trace
    assert "No module named 'no_such_module'" in trace


@needs_monitoring
def test_a_lock_is_told_with_its_variable_and_line(markers):
    text = "from threading import Lock\nclass A:\n    def __init__(self):\n        self.door = Lock()\n"
    text += "a = A()\nwith a.door:\n    pass\na.door.acquire()\na.door.acquire(False)\na.door.release()\n"
    said = markers(text)
    assert [line for line in said if line[0] == "K"] == [
        "K new lock door#1 4", "K got lock door#1 6", "K free lock door#1 6", "K got lock door#1 8",
        "K fail lock door#1 9", "K free lock door#1 10"]  # fmt: skip


@needs_monitoring
def test_a_reentrant_lock_is_told_once(markers):
    said = markers("from threading import RLock\nr = RLock()\nwith r:\n    with r:\n        pass\n")
    assert [line for line in said if line[0] == "K"] == ["K new rlock r#1 2", "K got rlock r#1 3", "K free rlock r#1 3"]


@needs_monitoring
def test_the_librarys_own_locks_are_silent(markers):
    text = "import logging, threading, concurrent.futures as c\nlogging.getLogger('x').debug('y')\n"
    text += "with c.ThreadPoolExecutor(1) as pool:\n    pool.submit(int).result()\n"
    assert [line for line in markers(text) if line[0] == "K"] == []


@needs_monitoring
def test_every_kind_of_lock_is_told(markers):
    text = "import queue\nfrom threading import *\ne = Event()\ne.set()\ne.wait()\ns = Semaphore()\nwith s:\n    pass\n"
    text += "q = queue.Queue()\nq.put(1)\nq.get()\nb = Barrier(1)\nb.wait()\nc = Condition()\nwith c:\n    c.notify()\n"
    text += "t = Thread(target=e.wait)\nt.start()\nt.join()\n"
    said = markers(text)
    told = [line.split()[1:3] for line in said if line[0] == "K"]
    assert told[:2] == [["new", "event"], ["free", "event"]]
    assert {kind for _, kind in told} >= {"event", "semaphore", "queue", "barrier", "condition", "rlock"}
    assert {verb for verb, _ in told} <= {"new", "got", "free", "want"}


LOCK_API = """
import threading, _thread
for lock in (threading.Lock(), _thread.allocate_lock(), threading.RLock()):
    assert lock.acquire() is True
    assert lock.acquire(timeout=0.01) is (type(lock).__name__ == "RLock")
    lock.release()
    assert lock.__enter__() is True
    lock.__exit__(None, None, None)
    condition = threading.Condition(lock)
    with condition:
        assert condition.wait(0.01) is False
        condition.notify_all()
for wrong in (lambda: threading.Lock().release(), lambda: threading.RLock().release()):
    try:
        wrong()
    except RuntimeError:
        continue
    raise AssertionError
try:
    threading.Lock().acquire(False, 1)
except ValueError:
    pass
else:
    raise AssertionError
assert not threading.Lock().locked()
assert "unlocked" in repr(threading.Lock())
assert isinstance(threading.Lock(), threading.Lock)
"""


@needs_monitoring
def test_a_telling_lock_behaves_as_the_real_one(markers):
    subprocess.run([PYTHON, "-c", LOCK_API.replace("assert isinstance(threading.Lock(), threading.Lock)", "")],
                   check=True)  # fmt: skip
    assert markers(LOCK_API)


STRANGE = """
import functools, os
class Strange:
    def __getattr__(self, name):
        raise ZeroDivisionError
    def __call__(self):
        return 1
assert Strange()() == 1
functools.partial(os.write, 2)(b"")
Any = type("Any", (), {"__module__": 7, "__call__": lambda self: os.write(2, b"")})
Any()()
"""


@needs_monitoring
def test_objects_of_any_kind_may_be_called(markers):
    assert markers(STRANGE)[0] == "L 9 partial"


@needs_monitoring
def test_there_is_an_end_of_markers(markers):
    text = "import os\nfor i in range(9000):\n    os.write(2, b''); os.close(os.dup(2))\n"
    said = markers(text)
    assert len(said) < 6000
    assert said.count("X") == 1


def test_the_guest_programs_of_the_recorder_are_there():
    assert {"record.py", "tracer.py", "parcel.py"} <= {path.name for path in Path(FOLDER).iterdir()}
    assert {path.name for path in (FOLDER / "traced").glob("*.py")} == {"lines.py", "locks.py", "sitecustomize.py"}
