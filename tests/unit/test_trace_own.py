"""proclab trace FILE: from a log that somebody's own strace has written to the files in out/NAME."""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path

import pytest

from proclab import cli, trace
from proclab.errors import UsageError
from proclab.events import Exit, Fork, Gap, Note, Other, Pipe
from proclab.events import log as eventlog
from proclab.recording import own
from proclab.strace import read
from proclab.views import files
from tests.unit import recordings

ROOT = Path(__file__).resolve().parents[2]
LOG = ROOT / "tests/data/strace/pipeline.log"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to be in; logs lie in another."""
    (tmp_path / "here").mkdir()
    (tmp_path / "logs").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def made(log, out=None):
    return trace.trace(Path(log), "en", False, Path(out) if out else None)


def events(folder):
    return list(eventlog.read((folder / "events.jsonl").read_text()))


def test_the_command_in_the_readme_makes_what_it_says(here, capsys):
    (named,) = re.findall(r"`proclab trace (tests/\S+)`", (ROOT / "README.md").read_text())
    before = sorted((ROOT / named).parent.iterdir())
    assert cli.main(["trace", str(ROOT / named)]) == 0
    out, err = capsys.readouterr()
    assert {path.name for path in (here / "out/pipeline").iterdir()} == {*files([]), trace.EVENTS}
    assert "makes pipe1: read end fd 3, write end fd 4" in out
    assert "this recording is not whole" not in out
    assert err.startswith("\nout/pipeline: ")
    found = events(here / "out/pipeline")
    assert [event.code for event in found if isinstance(event, Exit)] == [0, 0, 3]
    assert [event.own for event in found if isinstance(event, Pipe)] == [True]
    assert sorted((ROOT / named).parent.iterdir()) == before


def test_a_log_of_each_thread_is_read_as_strace_ff_has_written_them(here, tmp_path):
    (program,) = recordings.programs("yy-fork")
    for tid, text in program.logs.items():
        (tmp_path / f"logs/my.log.{tid}").write_text(text)
    (tmp_path / "logs/my.log.old").write_text("another matter")
    assert made(tmp_path / "logs/my.log") == 0
    assert len(program.logs) > 1
    assert events(here / "out/my") == read([trace.Program(program.logs)])


def test_a_lone_log_is_of_the_thread_in_its_name_unless_its_lines_say_whose_they_are(here, tmp_path):
    (tmp_path / "logs/a.77").write_text("getpid() = 77\n+++ exited with 0 +++\n")
    (tmp_path / "logs/b.2026").write_text("12 getpid() = 12\n12 +++ exited with 0 +++\n")
    for name in ("a.77", "b.2026"):
        assert made(tmp_path / "logs" / name) == 0
    assert {event.task.pid for event in events(here / "out/a")} == {77}
    assert {event.task.pid for event in events(here / "out/b")} == {12}


def test_a_packed_log_is_unpacked_and_the_folder_can_be_named(here, tmp_path):
    (tmp_path / "logs/p.log.gz").write_bytes(gzip.compress(LOG.read_bytes()))
    assert made(tmp_path / "logs/p.log.gz", out="pictures") == 0
    assert made(LOG) == 0
    assert events(here / "pictures") == events(here / "out/pipeline")


def test_a_log_without_times_says_so_and_one_with_times_does_not(here, tmp_path):
    (tmp_path / "logs/bare.log").write_text(re.sub(r"(?m)^(\d+) +\d+\.\d+ ", r"\1 ", LOG.read_text()))
    assert made(tmp_path / "logs/bare.log") == 0
    assert made(LOG) == 0
    notes = {
        name: [e.code for e in events(here / "out" / name) if isinstance(e, Note)] for name in ("bare", "pipeline")
    }
    assert notes == {"bare": ["untimed"], "pipeline": []}


@pytest.mark.parametrize(
    ("damage", "code"),
    [(lambda text: text[: len(text) // 2], "incomplete"), (lambda text: f"Memory fault\n{text}", "lost")],
    ids=["broken off", "a stranger's line"],
)
def test_of_a_log_that_is_not_whole_nothing_is_concluded(here, tmp_path, capsys, damage, code):
    (tmp_path / "logs/half.log").write_text(damage(LOG.read_text()))
    assert made(tmp_path / "logs/half.log") == 0
    assert code in [event.code for event in events(here / "out/half") if isinstance(event, Gap)]
    assert "nothing is concluded from it" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "hello\nworld\n", "\0\1\2"])
def test_what_is_no_log_of_strace_is_refused_with_the_way_to_make_one(here, tmp_path, capsys, text):
    (tmp_path / "logs/x.log").write_text(text)
    assert cli.main(["trace", str(tmp_path / "logs/x.log")]) == 2
    err = capsys.readouterr().err
    assert "is no log of strace" in err
    assert "strace -f -ttt -T -o my.log PROGRAM" in err
    assert list(here.iterdir()) == []


def test_no_link_is_followed_and_no_fifo_waited_for(here, tmp_path, capsys):
    (tmp_path / "logs/link.log").symlink_to(LOG)
    os.mkfifo(tmp_path / "logs/fifo.log")
    for name in ("link.log", "fifo.log"):
        assert cli.main(["trace", str(tmp_path / "logs" / name)]) == 2
        assert f"{name}: is no regular file; copy it into one: cat" in capsys.readouterr().err
    assert list(here.iterdir()) == []


def test_a_log_that_is_not_there_is_misuse(here):
    with pytest.raises(UsageError, match=r"there is no gone\.log, and no gone\.log\.PID"):
        made("gone.log")


@pytest.mark.parametrize("packed", [False, True])
def test_a_log_that_is_too_large_is_refused_however_small_it_is_packed(here, tmp_path, monkeypatch, packed):
    monkeypatch.setattr(own, "LOG_BYTES", 1 << 20)
    for size, refused in ((1 << 20, False), ((1 << 20) + 1, True)):
        data = LOG.read_bytes().ljust(size)
        (tmp_path / "logs/big.log").write_bytes(gzip.compress(data) if packed else data)
        if refused:
            with pytest.raises(UsageError, match="more than 1 MB"):
                own.texts(tmp_path / "logs/big.log")
        else:
            assert len(own.texts(tmp_path / "logs/big.log")["big.log"]) == size


def test_too_many_logs_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(own, "LOGS", 2)
    for tid in (1, 2, 3):
        (tmp_path / f"t.{tid}").write_text("")
        if tid < 3:
            assert len(own.texts(tmp_path / "t")) == tid
    with pytest.raises(UsageError, match="are 3 files"):
        own.texts(tmp_path / "t")


@pytest.mark.parametrize(
    ("limit", "line", "why"),
    [
        ("LINES", "7 1795434806.000000 getpid() = 7\n", "more than 3 lines"),
        ("LOGS", "{n} 1795434806.000000 getpid() = {n}\n", "tells of 4 processes"),
        ("LOGS", "{n}<sh> getpid() = {n}\n", "tells of 4 processes"),
        ("LOGS", "[pid    {n}] getpid() = {n}\n", "tells of 4 processes"),
    ],
)
def test_a_log_of_too_many_lines_or_processes_is_refused(tmp_path, monkeypatch, limit, line, why):
    monkeypatch.setattr(own, limit, 3)
    path = tmp_path / "my.log"
    path.write_text("".join(line.format(n=n) for n in range(3)))
    assert own.texts(path) == {"my.log": path.read_text()}
    path.write_text("".join(line.format(n=n) for n in range(4)))
    with pytest.raises(UsageError, match=why):
        own.texts(path)


@pytest.mark.parametrize("stamp", ["1795434{n}.000001", "12:00:0{n}", "0.00000{n}"])
def test_a_time_is_no_process(tmp_path, monkeypatch, stamp):
    monkeypatch.setattr(own, "LOGS", 1)
    (tmp_path / "my.log").write_text("".join(f"{stamp.format(n=n)} getpid() = 7\n" for n in range(4)))
    assert list(own.texts(tmp_path / "my.log")) == ["my.log"]


def test_what_lies_in_the_place_of_a_picture_is_replaced_and_not_followed(here, tmp_path):
    folder, victim = here / "out/pipeline", tmp_path / "victim"
    folder.mkdir(parents=True)
    victim.write_text("precious")
    (folder / "events.jsonl").symlink_to(victim)
    (folder / "run.html").symlink_to(tmp_path / "dangling")
    (folder / "run.svg").hardlink_to(victim)
    os.mkfifo(folder / "story.txt")
    assert made(LOG) == 0
    assert victim.read_text() == "precious"
    assert not (tmp_path / "dangling").exists()
    assert all(path.is_file() and not path.is_symlink() for path in folder.iterdir())
    assert made(LOG) == 0  # over its own


@pytest.mark.parametrize("name", ["...gz", ".gz", "..log", ".."])
def test_a_name_of_dots_leads_nowhere_but_into_out(name):
    assert trace._default_out(Path("logs", name)) == Path("out/log")
    assert trace._default_out(Path("logs", f"a{name}")).parent == Path("out")


def test_a_name_that_leads_nowhere_is_a_sentence(here, capsys):
    (here / "loop").symlink_to("loop")
    for argv in (["a" * 5000], ["loop"], ["loop/x"], [str(LOG), "-o", "loop"], [str(LOG), "-o", "loop/x"]):
        assert cli.main(["trace", *argv]) == 2
        assert capsys.readouterr().err.startswith("proclab trace: ")


def test_a_packed_log_that_breaks_off_is_refused(tmp_path):
    (tmp_path / "x.gz").write_bytes(gzip.compress(LOG.read_bytes())[:-20])
    with pytest.raises(UsageError, match="can't be unpacked"):
        own.texts(tmp_path / "x.gz")


def test_nothing_is_written_beside_the_log_nor_into_a_recording(here, tmp_path):
    log = tmp_path / "logs/my.log"
    log.write_bytes(LOG.read_bytes())
    with pytest.raises(UsageError, match="-o FOLDER"):
        made(log, out=tmp_path / "logs/../logs")
    (here / "out/my/raw").mkdir(parents=True)
    with pytest.raises(UsageError, match="holds a recording"):
        made(log)
    assert list((tmp_path / "logs").iterdir()) == [log]
    assert [path.name for path in (here / "out/my").iterdir()] == ["raw"]


@pytest.mark.parametrize("argv", [[str(LOG), "--raw"], [".", "-o", "x"]])
def test_options_of_the_other_kind_are_misuse(here, capsys, argv):
    assert cli.main(["trace", *argv]) == 2
    assert "--raw is for a recording" in capsys.readouterr().err


def test_the_last_line_of_a_log_that_was_cut_in_it_is_not_believed(here, tmp_path):
    whole = "7 pipe2([3, 4], 0) = 0\n7 fork() = 204"
    for text, children in ((whole[:-2], []), (whole + "\n", [204])):
        (tmp_path / "logs/my.log").write_text(text)
        made(tmp_path / "logs/my.log")
        assert [event.child.pid for event in events(here / "out/my") if isinstance(event, Fork)] == children


def test_of_a_log_by_thread_the_same(here, tmp_path):
    (tmp_path / "logs/my.log.7").write_text("pipe2([3, 4], 0) = 0\nfork() = 2")
    made(tmp_path / "logs/my.log")
    assert [event for event in events(here / "out/my") if isinstance(event, Fork)] == []


def test_what_a_recorder_leaves_out_is_no_step_of_a_log_of_ones_own(here, tmp_path):
    asks = ("stat", "lstat", "fstat", "newfstatat", "statx", "lseek")
    lines = [*(f'7 {name}("/etc/hosts", 0) = 0' for name in asks), '7 chdir("/etc") = 0', ""]
    (tmp_path / "logs/my.log").write_text("\n".join(lines))
    made(tmp_path / "logs/my.log")
    own = {event.call: event.own for event in events(here / "out/my") if isinstance(event, Other)}
    assert own == {**dict.fromkeys(asks, False), "chdir": True}
