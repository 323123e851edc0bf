"""proclab trace: from a folder with a recording to the files beside it."""

import json

import pytest

from proclab import trace
from proclab.errors import UsageError

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


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_every_file_is_written_and_the_story_told(folder, capsys, lang):
    assert trace.main([str(folder), "--lang", lang]) == 0
    out, err = capsys.readouterr()
    written = {path.name for path in folder.iterdir() if path.is_file()}
    assert written == {"events.jsonl", "story.txt", "tree.txt", "run.html", "run.svg", "run.mmd", "run.trace.json"}
    assert out.strip() == (folder / "story.txt").read_text().strip()
    assert "hello" in out
    assert "run.html" in err
    assert "limit of time" in (folder / "events.jsonl").read_text()


def test_bytes_that_are_no_utf8_and_strange_files_do_no_harm(folder):
    (folder / "raw" / "lab-1" / "1" / "t.8").write_bytes(b'1.0 write(1, "\xff\r\n')
    (folder / "raw" / "facts.jsonl").write_text("{")
    assert trace.main([str(folder)]) == 0


def test_a_folder_without_a_recording_is_misuse(tmp_path):
    with pytest.raises(UsageError, match="holds no recording"):
        trace.main([str(tmp_path)])


def test_a_long_story_is_cut_on_the_terminal_only(folder):
    assert trace.shown("a\nb\nc\nd", folder, 1, 1) == f"a\n… 2 lines more in {folder}/story.txt …\nd"
    assert trace.shown("a\nb", folder, 1, 1) == "a\nb"
