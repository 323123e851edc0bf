"""proclab trace: from a folder with a recording to the files beside it."""

import json
import re

import pytest

from proclab import cli, trace
from proclab.errors import UsageError
from proclab.words import catalogue
from tests.unit.archives import END, GOOD, HOSTILE

LOG = """\
1.000000001 execve("/bin/true", ["true"], 0x7ffd /* 3 vars */) = 0 <0.000100000>
1.000300000 write(1, "hello\\n", 6) = 6 <0.000010000>
1.000400000 exit_group(0)      = ?
1.000500000 +++ exited with 0 +++
"""


@pytest.fixture
def folder(tmp_path):
    program = tmp_path / "run" / "raw" / "lab-1" / "1"
    program.mkdir(parents=True)
    (program / "t.7").write_text(LOG)
    (program / "start.json").write_text(json.dumps({"v": 1, "pid": 7, "ppid": 1, "argv": ["true"], "fds": []}))
    (program.parent / "end.json").write_text(json.dumps({"v": 1, "stopped": "seconds"}))
    return tmp_path / "run"


MET = '{"t": 1795432941000305000, "tid": 7, "call": "write", "kind": "KIND", "what": "EIO"}\n'


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((), "the plan has met no call: look at its words and numbers (docs/faults.md)"),
        (("delay", "error"), "calls that the plan has met: 2"),
        (("undone",), "writes that could not be cut short: 1 (into a socket only a grader's container can)"),
    ],
)
def test_how_often_a_plan_of_faults_has_met_a_call_is_told(folder, capsys, lines, said):
    text = "".join(MET.replace("KIND", kind) for kind in lines) + json.dumps({"end": len(lines)}) + "\n"
    (folder / "raw" / "lab-1" / "1" / "faults.jsonl").write_text(text)
    (folder / "raw" / "lab-1" / "1" / "t.7").write_text(re.sub("^1", "1795432941", LOG, flags=re.MULTILINE))
    assert cli.main(["trace", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert f"proclab: {said}\n" in err
    assert ("(by the plan)" in out) == ("error" in lines)


def test_without_a_plan_nothing_is_told_of_one(folder, capsys):
    assert cli.main(["trace", str(folder)]) == 0
    assert "the plan" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_every_file_is_written_and_the_story_told(folder, capsys, lang):
    assert cli.main(["trace", str(folder), "--lang", lang]) == 0
    out, err = capsys.readouterr()
    written = {path.name for path in folder.iterdir() if path.is_file()}
    assert written == {"events.jsonl", "story.txt", "tree.txt", "run.html", "run.svg", "run.mmd", "run.trace.json"}
    assert out.strip() == (folder / "story.txt").read_text().strip()
    assert "hello" in out
    assert "run.html" in err
    assert '"code":"seconds"' in (folder / "events.jsonl").read_text()


def test_bytes_that_are_no_utf8_and_strange_files_do_no_harm(folder):
    (folder / "raw" / "lab-1" / "1" / "t.8").write_bytes(b'1.0 write(1, "\xff\r\n')
    (folder / "raw" / "facts.jsonl").write_text("{")
    assert cli.main(["trace", str(folder)]) == 0


def test_a_folder_without_a_recording_is_misuse(tmp_path):
    with pytest.raises(UsageError, match="holds no recording"):
        trace.trace(tmp_path, "en", only_raw=False)


def test_a_long_story_is_cut_on_the_terminal_only(folder):
    assert trace.shown("a\nb\nc\nd", folder, "en", 1, 1) == f"a\n… 2 lines more in {folder}/story.txt …\nd"
    assert trace.shown("a\nb", folder, "ru", 1, 1) == "a\nb"


# ---------------------------------------------------------------- archives of containers


@pytest.fixture
def packed(tmp_path):
    """Puts the archive that a container gave into raw/."""
    raw = tmp_path / "run" / "raw"
    raw.mkdir(parents=True)

    def pack(data):
        (raw / "lab-1.tar").write_bytes(data)
        return tmp_path / "run"

    return pack


def test_archives_of_containers_become_files_before_pictures(packed, capsys):
    folder = packed(GOOD + END)
    assert cli.main(["trace", str(folder)]) == 0
    assert (folder / "raw/lab-1/1/t.7").is_file()
    assert not (folder / "raw/lab-1.tar").exists()
    assert "refused" not in capsys.readouterr().err
    assert (folder / "run.html").is_file()


def test_raw_makes_no_pictures(packed, capsys):
    folder = packed(GOOD + END)
    assert cli.main(["trace", str(folder), "--raw"]) == 0
    assert [path.name for path in folder.iterdir()] == ["raw"]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("lang", "word"), [("en", "refused"), ("ru", "не принято")])
def test_what_was_refused_is_told_in_one_sentence(packed, capsys, lang, word):
    folder = packed(b"".join(data for data, _ in HOSTILE.values()) + GOOD + END)
    assert cli.main(["trace", str(folder), "--raw", "--lang", lang]) == 0
    err = capsys.readouterr().err
    assert err.startswith(f"proclab: lab-1: {catalogue(lang).say('trace.refused', kinds='')}")
    assert word in err
    assert err.count("\n") == 1
    assert f"{catalogue(lang).say('trace.refused.device')}: 2" in err


def test_an_archive_that_breaks_off_is_told_and_makes_pictures(packed, capsys):
    assert cli.main(["trace", str(packed(GOOD))]) == 0
    assert "lab-1: the recording is not whole" in capsys.readouterr().err


def test_a_link_in_a_recording_is_not_followed_and_told(folder, capsys):
    (folder / "raw" / "lab-1" / "1" / "t.8").symlink_to("/etc/passwd")
    assert cli.main(["trace", str(folder)]) == 0
    assert "was left alone (1)" in capsys.readouterr().err
    assert all("root:" not in path.read_text() for path in folder.iterdir() if path.is_file())


@pytest.mark.parametrize("argv", [[], ["--raw"]])
def test_a_folder_that_cannot_be_written_is_a_sentence_and_keeps_the_recording(packed, capsys, monkeypatch, argv):
    folder = packed(GOOD + END)

    def full(*_, **__):
        raise OSError(28, "No space left on device", str(folder))

    monkeypatch.setattr("os.mkdir" if argv else "proclab.recording.raw.write", full)
    assert cli.main(["trace", str(folder), *argv]) == 2
    err = capsys.readouterr().err
    assert err == f"proclab trace: {folder}: No space left on device; the recording is kept in {folder}/raw\n"
    assert (folder / "raw/lab-1.tar").exists() == bool(argv)
