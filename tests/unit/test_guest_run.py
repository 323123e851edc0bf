"""guest/run.py: a program's end in words, and its signals, terminal and exit status left as they are."""

import os
import pty
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.unit.guest import FOLDER, module

run_module = module("launch")
child = module("child")


@pytest.fixture
def program(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable) + ":" + os.environ["PATH"])
    path = tmp_path / "program.py"

    def write(text):
        path.write_text(text)
        return [sys.executable, str(FOLDER / "run.py"), str(path)]

    return write


def ended(argv, *args, **more):
    return subprocess.run([*argv, *args], capture_output=True, text=True, timeout=20, check=False, **more)


def test_exit_code_0_is_not_worth_a_word(program):
    done = ended(program("import sys; print(sys.argv[1:], sys.stdin.read())"), "5", "a b", input="hello")
    assert (done.returncode, done.stdout, done.stderr) == (0, "['5', 'a b'] hello\n", "")


def test_another_exit_code_is_told(program):
    done = ended(program("raise SystemExit(3)"))
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "proclab: exit code 3\n")


def test_death_by_a_signal_is_told_by_name_and_an_exit_code_that_looks_like_it_is_not(program):
    killed = ended(program("import os; os.kill(os.getpid(), 15)"))
    assert (killed.returncode, killed.stderr) == (143, "proclab: killed by SIGTERM\n")
    pretender = ended(program("raise SystemExit(143)"))
    assert (pretender.returncode, pretender.stderr) == (143, "proclab: exit code 143\n")


def test_it_is_told_in_russian(program):
    done = ended(program("raise SystemExit(3)"), env=os.environ | {"PROCLAB_LANG": "ru"})
    assert "код завершения 3" in done.stderr


HANDLER = """
import signal, os
seen = []
signal.signal(signal.SIG{name}, lambda number, frame: (print('got', number, flush=True), os._exit(0)))
print('ready', flush=True)
while True: signal.pause()
"""


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP", "USR1", "USR2", "QUIT"])
def test_a_signal_sent_to_us_reaches_the_program(program, name):
    argv = program(HANDLER.replace("{name}", name))
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.Signals["SIG" + name])
        assert process.stdout.readline() == f"got {int(signal.Signals['SIG' + name])}\n"
        assert process.wait(20) == 0


def test_control_c_on_a_terminal_reaches_the_program_exactly_once(program):
    argv = program(
        "import signal, sys\ncount = [0]\n"
        "def handler(number, frame): count[0] += 1; print('INT', count[0], flush=True)\n"
        "signal.signal(signal.SIGINT, handler)\nprint('ready', flush=True)\n"
        "for line in sys.stdin:\n    print('line', line.strip(), flush=True)\n    break\n"
    )
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(argv[0], argv)
    text = _until(terminal, "ready")
    os.write(terminal, b"\x03")
    text += _until(terminal, "INT 1")
    os.write(terminal, b"end\n")
    text += _until(terminal, "line end")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(terminal)
    assert "INT 2" not in text


def test_a_stop_is_told_and_continued(program):
    # Its own group, but not an orphaned one: there the kernel would discard the stop signal (setpgid(2)).
    argv = program("print('ready', flush=True)\ninput()\nprint('went on', flush=True)\n")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(argv, text=True, process_group=0, **pipes) as process:
        process.stdout.readline()
        (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(child), signal.SIGTTIN)
        assert process.stderr.readline().startswith("proclab: stopped by SIGTTIN")
        out, _ = process.communicate("\n", 20)
    assert (out, process.returncode) == ("went on\n", 0)


@contextmanager
def group(argv):
    """A program with a process group of its own, which is gone afterwards, stopped or not."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(argv, text=True, process_group=0, **pipes) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def test_a_stop_of_the_whole_group_is_continued_for_the_whole_group(program):
    """The program's child, which it waits for, is stopped by the same ^Z; alone it would stay so for ever."""
    argv = program(
        "import os\nr, w = os.pipe()\nif os.fork() == 0:\n    os.read(r, 1)\n    print('child went on', flush=True)\n"
        "    os._exit(0)\nprint('ready', flush=True)\ninput()\nos.write(w, b'x')\nos.wait()\nprint('end')\n"
    )
    with group(argv) as process:
        process.stdout.readline()
        os.killpg(process.pid, signal.SIGTSTP)
        assert process.stderr.readline().startswith("proclab: stopped by SIGTSTP")
        out, _ = process.communicate("\n", 20)
    assert (out, process.returncode) == ("child went on\nend\n", 0)


@pytest.mark.parametrize(("sender", "passed_on"), [("another", True), ("we", False)])
def test_what_we_send_to_the_group_is_not_passed_on_to_the_program_once_more(monkeypatch, sender, passed_on):
    sent = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    pid = os.getpid() if sender == "we" else 4711
    info = SimpleNamespace(si_signo=signal.SIGCONT, si_code=0, si_pid=pid)
    assert run_module.take(99, info) is None
    assert sent == ([(99, signal.SIGCONT)] if passed_on else [])


def test_a_terminal_knows_that_it_is_in_utf_8(program):
    argv = program("import termios; print('IUTF8', bool(termios.tcgetattr(0)[0] & 0o40000))")
    for command, words in ((argv, "IUTF8 True"), ([sys.executable, argv[-1]], "IUTF8 False")):
        pid, terminal = pty.fork()
        if pid == 0:
            import termios

            settings = termios.tcgetattr(0)
            settings[0] &= ~0o40000
            termios.tcsetattr(0, termios.TCSANOW, settings)
            os.execv(command[0], command)
        assert words in _until(terminal, "\n")
        os.waitpid(pid, 0)
        os.close(terminal)


def _until(terminal, words):
    text = ""
    while words not in text:
        text += os.read(terminal, 4096).decode()
    return text


def test_the_programs_signal_mask_and_dispositions_are_plain(program):
    done = ended(program("print(*[l for l in open('/proc/self/status') if l.startswith('SigBlk')])\n"))
    assert done.stdout.split() == ["SigBlk:", "0000000000000000"]


def test_no_signal_is_ignored_that_a_shell_would_not_ignore(program):
    argv = program("print(*[l.split()[1] for l in open('/proc/self/status') if l.startswith('SigIgn')])\n")
    pythons_own = (1 << (signal.SIGPIPE - 1)) | (1 << (signal.SIGXFSZ - 1))  # set by the program itself, it is Python
    inherited = int(ended([sys.executable, argv[-1]]).stdout, 16)  # what our own caller had ignored stays so
    assert int(ended(argv).stdout, 16) == pythons_own | inherited


def test_a_real_time_signal_has_a_name_too(program):
    done = ended(program("import os, signal; os.kill(os.getpid(), signal.SIGRTMIN + 3)"))
    assert done.stderr == "proclab: killed by SIGRTMIN+3\n"


def test_a_program_that_is_no_python_ends_on_a_broken_pipe_as_usual(tmp_path):
    script = tmp_path / "yes"
    script.write_text("#!/bin/sh\nexec yes\n")
    script.chmod(0o755)
    done = subprocess.run(
        f"{sys.executable} {FOLDER / 'run.py'} {script} | head -n 1",
        shell=True,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert "killed by SIGPIPE" in done.stderr


@pytest.mark.parametrize(("argv", "status"), [(["/no/such/program"], 127), (["/etc/passwd"], 126), ([], 2)])
def test_what_can_not_be_run_is_a_sentence(argv, status):
    done = ended([sys.executable, str(FOLDER / "run.py"), *argv])
    assert done.returncode == status
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_out_of_memory_is_told_from_a_kill(monkeypatch, capsys, tmp_path):
    (tmp_path / "memory.events").write_text("low 0\noom 1\noom_kill 2\n")
    monkeypatch.setattr(run_module.cgroup, "ROOT", f"{tmp_path}/")
    assert run_module.tell(signal.SIGKILL, 1) == 137
    assert "out of memory" in capsys.readouterr().err
    assert run_module.tell(signal.SIGKILL, 2) == 137
    assert "out of memory" not in capsys.readouterr().err


# ---------------------------------------------------------------- which file a name stands for


@pytest.fixture
def execs(monkeypatch):
    """execve(2) that answers from a table, and what was tried."""
    tried, answers = [], {}

    def execve(path, argv, environment):
        tried.append(path)
        raise answers.get(path, FileNotFoundError(2, "No such file or directory"))

    monkeypatch.setattr(os, "execve", execve)
    return tried, answers


def test_a_name_is_looked_for_in_every_folder_of_the_path(execs):
    tried, answers = execs
    answers["/b/tool"] = NotADirectoryError(20, "Not a directory")
    with pytest.raises(FileNotFoundError):
        child.exec_by_path(["tool"], {"PATH": "/a:/b:/c"})
    assert tried == ["/a/tool", "/b/tool", "/c/tool"]


def test_a_file_that_may_not_be_run_is_told_rather_than_one_that_is_not_there(execs):
    _, answers = execs
    answers["/a/tool"] = PermissionError(13, "Permission denied")
    with pytest.raises(PermissionError):
        child.exec_by_path(["tool"], {"PATH": "/a:/b"})


def test_a_name_with_a_slash_is_looked_for_nowhere_else(execs):
    tried, _ = execs
    with pytest.raises(FileNotFoundError):
        child.exec_by_path(["./tool"], {"PATH": "/a:/b"})
    assert tried == ["./tool"]


def test_without_a_path_the_systems_own_is_taken(execs):
    tried, _ = execs
    with pytest.raises(FileNotFoundError):
        child.exec_by_path(["tool"], {})
    assert tried == [f"{folder}/tool" for folder in os.defpath.split(":")]


def test_the_door_imports_little(program):
    """What a start costs: `signal`, `warnings` and the codec of ASCII took as long as the interpreter itself."""
    argv = program("")
    said = ended([argv[0], "-EsS", "-X", "importtime", *argv[1:-1], "true"]).stderr
    loaded = {line.rpartition("|")[2].strip() for line in said.splitlines()}
    assert "launch" in loaded
    assert not loaded & {"signal", "enum", "warnings", "re", "encodings.ascii", "collections", "__future__"}
