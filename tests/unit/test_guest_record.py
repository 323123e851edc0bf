"""The recorder's parts without a container: what it asks strace for, what it counts, packs, and what markers say."""

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
tracer = module("tracer")
stage_module = module("stage")

# ---------------------------------------------------------------- tracer


def test_the_command_is_one_that_keeps_out_of_the_programs_way():
    argv = tracer.command("/rec/1", ["python", "a.py", "-f"])
    assert argv[-4:] == ["--", "python", "a.py", "-f"]
    assert {"-DDD", "-A", "-ff", "--seccomp-bpf"} <= set(argv)
    assert "-yy" not in argv
    assert "-yy" in tracer.command("/rec/1", ["ls"], names=True)


@pytest.mark.parametrize(
    ("program", "python"),
    [("python", True), ("/usr/bin/python3.13", True), ("ls", False), ("/lab/run/x.sh", False), ("pythonic", False)],
)
def test_futex_is_traced_where_nothing_else_tells_of_locks(program, python):
    assert tracer.is_python([program]) is python
    calls = next(word for word in tracer.command("/rec/1", [program]) if word.startswith("--trace="))
    assert ("futex" in calls) is not python


def test_on_x86_64_calls_are_named_for_the_machines_own_way_and_by_the_others_all_are_traced():
    assert tracer.traced_calls(["read", "?pause"], "x86_64") == "read@64,?pause@64,all@32,all@x32"


@pytest.mark.parametrize("machine", ["aarch64", "riscv64"])
def test_elsewhere_calls_are_named_plainly(machine):
    assert tracer.traced_calls(["read", "?pause"], machine) == "read,?pause"


def test_every_program_has_a_folder_of_its_own(tmp_path):
    assert [tracer._new_folder(str(tmp_path)) for _ in range(3)] == [f"{tmp_path}/{n}" for n in (1, 2, 3)]


@pytest.fixture
def descriptors(tmp_path):
    """A file opened twice, one of the two duplicated: a, another, dup of a. A pipe."""
    path = tmp_path / "file"
    path.write_text("x")
    one, other = os.open(path, os.O_RDWR), os.open(path, os.O_RDWR)
    fds = [one, other, os.dup(one), *os.pipe()]
    for fd in fds:
        os.set_inheritable(fd, True)
    yield fds
    for fd in fds:
        os.close(fd)


def test_an_open_file_description_is_told_from_a_second_one_of_the_same_file(descriptors):
    one, other, copy, r, w = descriptors
    assert tracer.same_description(one, copy)
    assert not tracer.same_description(one, other)
    assert not tracer.same_description(r, w)
    assert [fd for fd in descriptors if tracer.fcntl.fcntl(fd, tracer.fcntl.F_GETSIG)] == [], "nothing has changed"


def test_inherited_descriptors_are_listed_with_what_they_are(descriptors):
    one, other, copy, r, w = descriptors
    found = {entry["fd"]: entry for entry in tracer.open_files()}
    assert (found[one]["of"], found[copy]["of"], found[other]["of"]) == (one, one, other)
    assert [found[fd]["what"] for fd in (one, r, w)] == ["file", "pipe", "pipe"]
    assert [found[fd]["flags"] for fd in (one, r, w)] == ["O_RDWR", "O_RDONLY", "O_WRONLY"]
    assert found[r]["ino"] == found[w]["ino"]


def test_a_descriptor_that_exec_closes_is_not_inherited():
    r, w = os.pipe()
    try:
        assert not {r, w} & {entry["fd"] for entry in tracer.open_files()}
    finally:
        os.close(r)
        os.close(w)


def test_flags_are_written_as_strace_does():
    assert tracer.flags_text(os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK) == "O_WRONLY|O_APPEND|O_NONBLOCK"


def test_what_can_not_be_started_is_a_sentence(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tracer, "_pin", lambda recording: None)
    assert tracer.main([str(tmp_path), "plain", "--", "nothing"]) == 127
    assert "No such file" in capsys.readouterr().err
    assert tracer.main(["x"]) == 2


# ---------------------------------------------------------------- one processor


@pytest.fixture
def pinned(monkeypatch):
    """Where the process was put; it isn't really moved. The machine has the processors 2, 5 and 7."""
    places = []
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {7, 2, 5})
    monkeypatch.setattr(os, "sched_setaffinity", lambda pid, cpus: places.append(cpus))
    return places


def test_the_programs_of_a_recording_share_the_processor_on_which_the_first_one_started(tmp_path, monkeypatch, pinned):
    monkeypatch.delenv("PROCLAB_RUN", raising=False)
    for present in (5, 2):
        monkeypatch.setattr(tracer, "_present_processor", lambda present=present: present)
        assert tracer._pin(str(tmp_path)) == 5
    (tmp_path / "5").mkdir()
    assert not (tmp_path / "cpu").exists(), "the choice is no second name of a program's folder"
    (tmp_path / "another").mkdir()
    assert tracer._pin(str(tmp_path / "another")) == 2
    assert pinned == [{5}, {5}, {2}]


def test_containers_that_record_together_choose_alike_whatever_their_processor(tmp_path, monkeypatch, pinned):
    chosen = set()
    for run in map(str, range(30)):
        monkeypatch.setenv("PROCLAB_RUN", run)
        both = {tracer._pin(str(tmp_path / box)) for box in ("server", "client")}
        assert len(both) == 1
        chosen |= both
    assert chosen == {2, 5, 7}, "different runs spread over the processors"


def test_a_recording_goes_on_where_no_processor_can_be_chosen(tmp_path, monkeypatch, pinned):
    monkeypatch.delenv("PROCLAB_RUN", raising=False)
    (tmp_path / "cpu").symlink_to("nonsense")
    assert tracer._pin(str(tmp_path)) is None
    assert pinned == []


def test_the_present_processor_is_one_that_this_process_may_use():
    assert tracer._present_processor() in os.sched_getaffinity(0)


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
