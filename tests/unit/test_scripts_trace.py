"""scripts/trace with stand-ins for Docker, Compose and Python: what it does when one is amiss, and with ^C."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from proclab import ROOT
from tests.unit import plans
from tests.unit.archives import END, GOOD

DEADLINE = 60
pytestmark = pytest.mark.slow
# A docker that hands over the file `archive` (and ends with what the file `status` says), and does all else at once.
DOCKER = """\
case "$*" in
    *"record.py pack"*) cat archive; exit $(cat status 2> /dev/null || echo 0) ;;
esac
"""
# A Python whose pictures take until somebody says so.
PYTHON = """\
case "$*" in
    "-c "*) exit 0 ;;
    *--raw*) ;;
    *) echo drawing >&2; read -r _ < go; echo drawn >&2 ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one lab, where make image has been run, and a recording that a container could give."""
    for folder in ("scripts", "bin", "labs/1-one", ".venv/bin", ".cache", "docker/guest"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("scripts/trace", "scripts/common", "scripts/containers", "compose.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "labs/1-one/lab.toml").write_text(plans.LAB)
    plans.keep(tmp_path, "1-one")
    (tmp_path / "my.py").write_text("pass\n")
    (tmp_path / "archive").write_bytes(GOOD + END)
    (tmp_path / ".env").write_text("PROCLAB_IMAGE=proclab:x\nCOMPOSE_PROJECT_NAME=proclab-x\n")
    stand_in(tmp_path / "bin/docker", DOCKER)
    stand_in(tmp_path / "bin/compose", "")
    tmp_path.chmod(0o755)
    return tmp_path


def stand_in(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}")
    path.chmod(0o755)


def environment(checkout: Path, **more: str) -> dict[str, str]:
    path = f"{checkout}/bin:{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(checkout), "COMPOSE": "compose", "RUN": "my.py", "AS": "it", **more}


def trace(checkout: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "scripts/trace", "1"],
        env=environment(checkout, **more),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def said(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The sentences after the one that says that it records."""
    return [line.removeprefix("proclab: ") for line in done.stderr.splitlines() if "recording my.py" not in line]


def test_without_python_the_recording_stays_packed_and_one_sentence_says_how_to_go_on(checkout: Path) -> None:
    done = trace(checkout, RAW="1", PYTHON="no-such-python")
    assert done.returncode == 0
    assert said(done)[0] == (
        "the recording lies packed in out/it/raw; with Python 3.11 or newer: python3 -m proclab trace --raw out/it"
    )
    assert (checkout / "out/it/raw/lab-1.tar").read_bytes() == GOOD + END


def test_nothing_of_a_run_is_left_in_the_cache(checkout: Path) -> None:
    for name in ("noise.99999999", "never.99999999", f"noise.{os.getpid()}"):  # two were killed, one runs
        (checkout / ".cache" / name).touch()
    trace(checkout, RAW="1", PYTHON="no-such-python")
    left = {path.name for path in (checkout / ".cache").iterdir()}
    assert left == {"all.yaml", "alone.yaml", "plan-1", f"noise.{os.getpid()}"}


def test_a_folder_that_cannot_be_made_is_one_sentence(checkout: Path) -> None:
    (checkout / "out").touch()
    done = trace(checkout)
    assert done.returncode == 2
    assert said(done) == ["the folder out/it can't be made. Another place: OUT=folder"]


def test_two_runs_of_one_second_have_a_folder_each_and_two_of_one_name_are_refused(checkout: Path) -> None:
    stand_in(checkout / "bin/date", "echo 20990101-000000\n")
    # Another run makes its folder when this one has looked already: as its container is probed.
    other = 'case "$*" in *probe*) mkdir -p "out/$TAKEN"; touch "out/$TAKEN/other" ;; esac\n'
    stand_in(checkout / "bin/docker", other + DOCKER)
    name = "lab-1-my-20990101-000000"
    assert trace(checkout, RAW="1", PYTHON="no-such-python", AS="", TAKEN=name).returncode == 0
    assert (checkout / f"out/{name}-2/raw/lab-1.tar").exists()
    done = trace(checkout, RAW="1", PYTHON="no-such-python", AS="it", TAKEN="it")
    assert (done.returncode, said(done)) == (2, ["there is a out/it already"])
    for taken in (name, "it"):
        assert [path.name for path in (checkout / "out" / taken).iterdir()] == ["other"]


def test_a_full_disk_is_one_sentence(checkout: Path) -> None:
    stand_in(checkout / "bin/head", "echo no room >&2; exit 1\n")  # as writing to a full disk makes it
    done = trace(checkout, RAW="1")
    assert done.returncode == 2
    assert said(done) == ["there is no room for the recording in out/it"]


@pytest.mark.parametrize(
    ("file", "status", "sentence"),
    [
        ("status", 3, "lab-1: something that the program started runs still and may have altered the recording"),
        ("status", 1, "lab-1: the container didn't hand over its recording, or not all of it"),
    ],
)
def test_what_was_amiss_in_the_container_is_told(checkout: Path, file: str, status: int, sentence: str) -> None:
    (checkout / file).write_text(str(status))
    done = trace(checkout, RAW="1", PYTHON="no-such-python")
    assert sentence in done.stderr
    assert (checkout / "out/it/raw/lab-1.tar").read_bytes() == GOOD + END


def test_a_recording_without_a_doubt_is_told_of_without_one(checkout: Path) -> None:
    assert len(said(trace(checkout, RAW="1", PYTHON="no-such-python"))) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MEGABYTES_MAX", "a[$(touch pwned)]"),
        ("SECONDS_MAX", "x[$(touch pwned)]"),
        ("LINES_MAX", "-1"),
        ("MEGABYTES_MAX", "08"),
    ],
)
def test_limits_are_numbers_and_nothing_is_worked_out_from_others(checkout: Path, name: str, value: str) -> None:
    done = trace(checkout, **{name: value})
    assert done.returncode == 2
    assert name in done.stderr
    assert not (checkout / "pwned").exists()


@pytest.mark.parametrize("demo", ["a/b", "../..", "a b"])
def test_a_demo_that_is_not_there_is_said_to_be_none(checkout: Path, demo: str) -> None:
    done = trace(checkout, RUN="", DEMO=demo)
    assert done.returncode == 2
    assert said(done)[0].startswith(f"lab 1 has no demo {demo}; it has:")


NAME = "\x1b]0;own\x07\x9b31m\u202ered\u2066 \n Ж.py"


@pytest.mark.parametrize("there", [True, False])
def test_what_a_terminal_would_obey_in_a_files_name_does_not_reach_it(checkout: Path, there: bool) -> None:
    if there:
        (checkout / NAME).write_text("pass\n")
    done = trace(checkout, RUN=f"./{NAME}" if there else f"'{NAME}'", AS="", RAW="1", PYTHON="no-such-python")
    assert [line for line in done.stderr.splitlines() if not line.isprintable()] == []
    assert "]0;own??31m?red? ? Ж" in done.stderr  # all else of it is shown
    assert all(path.name.isprintable() for path in checkout.glob("out/*"))


@pytest.mark.parametrize("damaged", ["", "x", "MINE=1\nPROCLAB_IMAGE=a:1\n", "COMPOSE_PROJECT_NAME=\nPROCLAB_IMAGE=\n"])
def test_a_dotenv_without_our_lines_is_written_anew(checkout: Path, damaged: str) -> None:
    good = (checkout / ".env").read_text()
    (checkout / "good").write_text(good.rstrip("\n"))  # an editor may leave out the last line's end
    stand_in(checkout / "scripts/image", "cp good .env\n")
    stand_in(checkout / "bin/compose", 'echo "$PROCLAB_IMAGE" "$@" >> asked\n')
    (checkout / ".env").write_text(damaged)
    assert trace(checkout, RAW="1", PYTHON="no-such-python").returncode == 0
    assert (checkout / "asked").read_text().startswith("proclab:x -p proclab-x ")


# ---------------------------------------------------------------- the end

# A docker whose recorder says when it runs, doesn't end, and ends like docker's own client at SIGTERM: with 0.
ENDLESS = f"""\
case "$*" in
    *"record.py run"*) exec {sys.executable} -c '
import os, signal
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
os.write(2, b"running\\n")
signal.pause()' ;;
    *"record.py pack"*) cat archive ;;
esac
"""


def test_a_recorder_that_is_ended_from_outside_is_no_success(checkout: Path) -> None:
    stand_in(checkout / "bin/docker", ENDLESS)
    script = checkout / "scripts/trace"
    script.write_text(script.read_text().replace("LATE=25 ", "LATE=1 "))
    done = trace(checkout, RAW="1", PYTHON="no-such-python", SECONDS_MAX="0")
    assert "it is ended from outside" in done.stderr
    assert done.returncode == 137


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_script_alone_leaves_nothing_of_it(checkout: Path, number: int) -> None:
    stand_in(checkout / "bin/docker", ENDLESS)
    with subprocess.Popen(
        ["env", "--default-signal=HUP", checkout / "scripts/trace", "1"],  # a suite under nohup would have it ignored
        env=environment(checkout),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            until(process, "running")
            beside = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(number)
            assert process.wait(DEADLINE) == 128 + number
            assert len(beside) > 1  # the client, and a watch
            assert psutil.wait_procs(beside, DEADLINE)[1] == []
        finally:
            end_all(process.pid)
            for left in psutil.process_iter():
                with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
                    if os.getsid(left.pid) == process.pid:
                        left.kill()


@pytest.mark.parametrize(
    ("processes", "why"),
    [
        ("7 6 Ss 01:00 docker-init\n8 7 S 01:00 python\n9 8 T 01:00 python", ""),  # the program's own affair
        ("7 6 Ss 01:00 docker-init\n8 7 T 01:00 python", "stopped"),
        ("7 6 Ss 01:00 docker-init\n8 7 t 01:00 python", "stopped"),
        ("7 6 Ss 01:00:00 docker-init\n8 7 S 01:00:00 python\n4 7 T 59:59 python", ""),  # pids begin again
        ("7 6 Ss 01:00 tini\n8 7 S 01:00 python\n12 7 T 01:00 python", ""),
        ("7 6 Ts 01:00 docker-init\n8 7 S 01:00 python", "held"),
        ("7 6 Ss 01:00 docker-init\n8 7 S 01:00 python\n9 7 Z 00:01 python", "9"),
        ("", ""),
    ],
)
def test_a_container_is_stuck_when_nobody_is_left_who_hears_of_an_end(checkout: Path, processes: str, why: str) -> None:
    stand_in(checkout / "bin/docker", f"echo '  PID  PPID STAT ELAPSED COMMAND\n{processes}'\n")
    script = "set -euo pipefail; . scripts/common; . scripts/containers; clean_at_exit; stuck one"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=checkout,
        env=environment(checkout),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, why, "")


# ---------------------------------------------------------------- ^C


@pytest.fixture
def drawing(checkout: Path):
    """scripts/trace, in a process group of its own, as its pictures are being made."""
    (checkout / ".venv/made-from").touch()
    stand_in(checkout / ".venv/bin/python", PYTHON)
    os.mkfifo(checkout / "go")
    with subprocess.Popen(
        [checkout / "scripts/trace", "1"],
        env=environment(checkout),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        late = threading.Timer(DEADLINE, end_all, [process.pid])
        late.start()
        try:
            until(process, "drawing")
            yield process
        finally:
            late.cancel()
            end_all(process.pid)


def end_all(pid: int) -> None:
    """A script and what it started, in whatever process groups."""
    with contextlib.suppress(psutil.NoSuchProcess):
        script = psutil.Process(pid)
        for process in [*script.children(recursive=True), script]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def until(process: subprocess.Popen[str], words: str) -> str:
    assert process.stderr
    for line in process.stderr:
        if words in line:
            return line
    raise AssertionError(f"{words!r} did not come")


def test_one_more_control_c_than_the_program_needed_loses_no_pictures(drawing, checkout: Path) -> None:
    os.killpg(drawing.pid, signal.SIGINT)
    until(drawing, "the recording becomes pictures; ^C again leaves them out")
    (checkout / "go").write_text("go\n")
    until(drawing, "drawn")
    assert drawing.wait(DEADLINE) == 130


def test_two_leave_the_pictures_out_and_say_how_to_make_them(drawing, checkout: Path) -> None:
    os.killpg(drawing.pid, signal.SIGINT)
    until(drawing, "^C again")
    os.killpg(drawing.pid, signal.SIGINT)
    assert until(drawing, "its pictures") == (
        "proclab: the recording is in out/it/raw; its pictures: .venv/bin/python -m proclab trace out/it\n"
    )
    assert drawing.wait(DEADLINE) == 130
