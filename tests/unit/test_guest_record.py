"""The recorder's parts without a container: what it counts and packs, and what markers say."""

import contextlib
import io
import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from proclab.recording.archive import members
from tests.unit.guest import FOLDER, module

record = module("record")
meter = module("meter")
archive = module("archive")
stage_module = module("stage")

# ---------------------------------------------------------------- limits, files, tar


def test_what_a_program_puts_into_its_recording_ends_no_recorder(recording):
    (recording / "2").write_text("no folder")
    (recording / "3").mkdir()
    (recording / "3/t.5").symlink_to(recording / "1/t.7")
    (recording / "3/t.6").mkdir()
    os.mkfifo(recording / "3/t.8")
    (recording / "3/t.9").write_text("1.000000001 +++ exited with 0 +++\n")
    counted = meter.Meter(str(recording), PLENTY)
    assert counted.reached() == ""
    assert counted.lines == 3  # of t.7 and t.9: what lies there as a file is counted
    shutil.rmtree(recording)
    counted.count()
    assert meter.Meter(str(recording), PLENTY).reached() == ""
    assert archive.incomplete(str(recording)) == []
    assert archive.sources(str(recording)) == {}


def test_a_container_is_held_for_longer_than_its_recording_may_take(monkeypatch):
    waited = []
    monkeypatch.setattr(record.signal, "sigtimedwait", lambda signals, seconds: waited.append(seconds))
    monkeypatch.setattr(record.signal, "pthread_sigmask", lambda how, signals: None)
    assert record.main(["hold", "--seconds", "5000"]) == 0
    assert waited[0] > 5000


@pytest.fixture
def recording(tmp_path):
    folder = tmp_path / "recording" / "1"
    folder.mkdir(parents=True)
    (folder / "t.7").write_text("1.000000001 getpid() = 7\n1.000000002 +++ exited with 0 +++\n")
    (folder / "t.8").write_text("1.000000001 read(3,")
    (folder / "start.json").write_text("{}")
    return folder.parent


PLENTY = {"lines": 100, "bytes": 10_000, "seconds": 100.0, "logs": 10}


@pytest.mark.parametrize(("limit", "value"), [("lines", 2), ("bytes", 60), ("seconds", 0), ("logs", 2)])
def test_each_limit_is_noticed(recording, limit, value):
    assert meter.Meter(str(recording), PLENTY).reached() == ""
    assert meter.Meter(str(recording), PLENTY | {limit: value}).reached() == limit


def test_the_meter_counts_what_comes_later_too_after_a_rest(recording, monkeypatch):
    clock = itertools.count(1_000)  # each look at it is a second later: looking at the logs takes one
    monkeypatch.setattr(meter.time, "monotonic", lambda: next(clock))
    found = meter.Meter(str(recording), PLENTY | {"lines": 3})
    assert (found.reached(), found.lines) == ("", 2)
    with (recording / "1" / "t.8").open("a") as log:
        log.write(' "x", 1) = 1\n')
    assert (found.reached(), found.lines) == ("", 2), "it rests"
    assert [found.reached() for _ in range(meter.REST)][-1] == "lines"


def test_a_folder_without_room_is_a_limit_too(recording, monkeypatch):
    room = os.statvfs(recording)
    assert meter.Meter(str(recording), PLENTY).reached() == ""
    monkeypatch.setattr(record.guard, "ROOM", room.f_bavail * room.f_frsize + (1 << 40))
    assert meter.Meter(str(recording), PLENTY).reached() == "full"


@pytest.fixture
def above(tmp_path):
    tmp_path.chmod(0o1777)
    return tmp_path


def test_a_folder_is_made_for_its_owner_only_and_taken_again(above):
    os.umask(os.umask(0))
    for _ in range(2):
        record.guard.make(f"{above}/new")
        assert (above / "new").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("trap", ["open", "link", "file", "fifo", "above"])
def test_a_folder_that_others_can_use_is_none(above, trap):
    path = above / "new"
    (above / "elsewhere").mkdir(mode=0o700)
    makes = {
        "open": lambda: path.mkdir(),
        "link": lambda: path.symlink_to("elsewhere"),
        "file": path.touch,
        "fifo": lambda: os.mkfifo(path),
        "above": lambda: above.chmod(0o777),
    }
    makes[trap]()
    if trap == "open":
        path.chmod(0o770)
    with pytest.raises(record.guard.Foreign):
        record.guard.make(str(path))
    assert list((above / "elsewhere").iterdir()) == []


def test_a_folder_that_is_not_there_is_no_recorders(above):
    assert not record.guard.is_ours(f"{above}/new")
    assert not (above / "new").exists()
    record.guard.make(f"{above}/new")
    assert record.guard.is_ours(f"{above}/new")


def test_a_foreign_folder_is_one_sentence_and_exit_status_2(above, monkeypatch, capsys):
    (above / "new").symlink_to("elsewhere")
    monkeypatch.setattr(record, "FOLDER", f"{above}/new")
    assert record.main(["run", "--", "true"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_an_end_is_written_whole_or_not_at_all(recording, monkeypatch):
    one = record.Recording(str(recording), PLENTY, guided=False)
    one._finish(0)
    assert json.loads((recording / "end.json").read_text())["doubts"] == []
    (recording / "end.json").unlink()

    def no_room(self, text):
        self.write_bytes(text.encode()[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(record.Path, "write_text", no_room)
    one._finish(0)
    assert not (recording / "end.json").exists()


def test_a_log_without_an_end_is_named(recording):
    assert archive.incomplete(str(recording)) == ["1/t.8"]


def test_the_files_that_markers_name_are_kept_with_their_text(recording, tmp_path):
    program = tmp_path / "my program.py"
    program.write_text("print(1)\n")
    (recording / "1" / "t.9").write_text(
        f'1.0 write(-1, "L 1 print {program}", 9) = -1 EBADF (Bad file descriptor)\n'
        f'1.0 write(-1, "K got lock a#1 1 {program}", 9) = -1 EBADF (Bad file descriptor)\n'
        '1.0 write(-1, "L 1 print /gone.py", 9)  = -1 EBADF (Bad file descriptor)\n'
        '1.0 write(1, "L 1 print /etc/passwd", 9)  = 9\n'
    )
    assert archive.sources(str(recording)) == {str(program): {"path": str(program), "text": "print(1)\n"}}


@pytest.fixture
def packed(recording, monkeypatch):
    """Packs the recording; the exit status and the members by name."""

    def pack(**options):
        stream = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", type("Out", (), {"buffer": stream}))
        status = archive.pack(str(recording), "lab-1", **options)
        if not stream.getvalue():
            return status, {}
        return status, {each.name: each.data for each in members(io.BytesIO(stream.getvalue()), "lab-1")}

    return pack


def test_only_our_files_are_packed(recording, packed, tmp_path):
    (recording / "end.json").write_text("{}")
    (recording / "stop").touch()
    (recording / "1" / "evil").write_text("x")
    (recording / "1" / "t.99").symlink_to("/etc/passwd")
    (recording / "1" / "t.98").mkdir()
    os.mkfifo(recording / "1" / "t.97")
    (recording / "2").symlink_to(tmp_path)
    (tmp_path / "t.1").write_text("of another folder")
    status, names = packed()
    assert status == 0
    assert names.keys() == {"end.json", "1/start.json", "1/t.7", "1/t.8", "packed.json"}
    assert sorted(json.loads(names["packed.json"])["left_out"]) == ["1/t.97", "1/t.98", "1/t.99"]


def test_a_recording_with_strange_files_in_it_keeps_nobody(recording):
    os.mkfifo(recording / "1" / "t.97")
    (recording / "1" / "t.99").symlink_to(recording / "1" / "t.7")
    assert sorted(archive.incomplete(str(recording))) == ["1/t.8", "1/t.97", "1/t.99"]
    assert archive.sources(str(recording)) == {}


def test_what_has_no_room_in_the_archive_is_left_out_and_named(recording, packed, monkeypatch):
    monkeypatch.setattr(archive, "ARCHIVE_BYTES", 2048)
    (recording / "1" / "t.9").write_text("x" * 2048)
    _, names = packed()
    assert json.loads(names["packed.json"])["left_out"] == ["1/t.8", "1/t.9"]


def test_nothing_is_packed_while_anything_of_the_program_runs(packed, monkeypatch, capsys):
    monkeypatch.setattr(archive.processes, "strangers", lambda: {os.getpid(): "python"})
    monkeypatch.setattr(archive, "REST_S", 0.01)
    assert packed(rest=True) == (3, {})
    assert f"still running: {os.getpid()} python" in capsys.readouterr().err
    status, names = packed()
    assert (status, json.loads(names["packed.json"])["running"]) == (0, [f"{os.getpid()} python"])
    monkeypatch.setattr(archive.processes, "strangers", dict)
    status, names = packed(rest=True)
    assert (status, json.loads(names["packed.json"])["running"]) == (0, [])


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

    def run(text, imports=False, kinds="LKXE"):
        program.write_text(text)
        done = subprocess.run(
            [PYTHON, "-c", OBSERVE, str(program)],
            capture_output=True,
            text=True,
            timeout=30,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        name = str(program)[-36:]
        said = [line.removesuffix(name).rstrip() for line in done.stderr.splitlines()]
        return [line for line in said if imports or line[0] in kinds]

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


CALLED_BACK = """
import os
def key(line):
    os.write(2, b"")
    return line
file = open("/etc/passwd")
sorted(file, key=key)
file.close()
sorted("ab", key=key)
"""


@needs_monitoring
def test_a_call_that_calls_back_has_its_line_again_and_one_that_reads_nothing_needs_none(markers):
    said = [" ".join(line.split()[:3]) for line in markers(CALLED_BACK)]
    assert said[:4] == ["L 6 _io.open", "L 7 sorted", "L 4 os.write", "L 7 sorted"]
    assert said[-2:] == ["L 8 close", "L 4 os.write"]


@needs_monitoring
@pytest.mark.parametrize(("end", "markers_after"), [("pass", ["N"]), ("1 / 0", ["N"])])
def test_a_thread_that_leaves_the_programs_code_has_no_line(markers, end, markers_after):
    text = f"import os, threading\nthreading.excepthook = id\ndef f():\n    os.write(2, b'')\n    {end}\n"
    said = markers(text + "t = threading.Thread(target=f)\nt.start()\nt.join()\n", kinds="LN")
    place = said.index("L 4 os.write")
    assert said[place + 1 : place + 2] == markers_after


@needs_monitoring
def test_a_loop_over_a_file_is_announced_however_long_it_is_and_others_are_not(markers):
    loop = "for i in {}:\n    if i == 'x': pass\n    os.write(2, b'')\n"
    text = "import os\nopen('/tmp/long.txt', 'w').write(500 * 'a\\n')\n"
    assert markers(text + loop.format("open('/tmp/long.txt')")).count("L 3 for") == 501
    assert markers(text + "some = ['a'] * 500\n" + loop.format("some")).count("L 4 for") < 250


EXCEPTIONS = """
import sys
def f():
    raise ValueError
for i in range({}):
    try:
        f()
    except ValueError:
        pass
print(sys.monitoring.get_events(4) == sys.monitoring.events.PY_START, file=sys.stderr)
"""


@needs_monitoring
def test_exceptions_cost_nothing_after_twenty_thousand(markers):
    assert markers(EXCEPTIONS.format(30_000), kinds="TF") == ["True"]
    assert markers(EXCEPTIONS.format(100), kinds="TF") == ["False"]


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
        "K new lock door#1 4",
        "K got lock door#1 6",
        "K free lock door#1 6",
        "K got lock door#1 8",
        "K fail lock door#1 9",
        "K free lock door#1 10",
    ]


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
    subprocess.run(
        [PYTHON, "-c", LOCK_API.replace("assert isinstance(threading.Lock(), threading.Lock)", "")], check=True
    )
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
    assert {"record.py", "tracer.py", "archive.py"} <= {path.name for path in Path(FOLDER).iterdir()}
    traced = {path.stem for path in (FOLDER / "traced").glob("*.py")}
    assert traced == {"callees", "lines", "locks", "sitecustomize"}


# ---------------------------------------------------------------- company


@pytest.fixture
def alone(monkeypatch):
    """A guard over a world in which `living` are the uid's untraced processes; killed ones are gone."""
    guard = record.guard.Guard.__new__(record.guard.Guard)
    guard.uid, guard.doubts = 4711, set()
    living = {}
    monkeypatch.setattr(record.processes, "untraced", lambda uid: set(living))
    monkeypatch.setattr(record.guard.proc, "command", lambda pid: living.get(pid, [b"python3", b"agent.py"]))
    monkeypatch.setattr(record.guard.os, "kill", lambda pid, number: living.pop(pid))
    monkeypatch.setattr(record.guard.confine, "kill_all", lambda uid: living.clear())
    return guard, living


@pytest.mark.parametrize("over", [False, True])
def test_the_agents_waiting_child_is_no_company(alone, over):
    guard, living = alone
    living[9] = [b"python3", b"agent.py"]
    guard._alone(over)
    assert (living, guard.doubts) == ({}, set())


@pytest.mark.parametrize(("over", "left"), [(False, {9}), (True, set())])
def test_company_is_a_doubt_and_ends_with_the_recording(alone, over, left):
    guard, living = alone
    living[9] = [b"sleep", b"600"]
    guard._alone(over)
    assert (set(living), guard.doubts) == (left, {"untraced"})
