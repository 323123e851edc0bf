"""Recordings that somebody forged, by the door that a user takes: all the files come, or one sentence and 2."""

from __future__ import annotations

import json

import pytest

from proclab.cli import main
from proclab.live import terminal
from proclab.strace import evidence, processes, read_folder
from proclab.views.tree import DEEP
from tests.unit.drawn import tree
from tests.unit.readers import files

NAME = "yy-fifo"
OUTPUTS = ["events.jsonl", "run.html", "run.mmd", "run.svg", "run.trace.json", "story.txt", "tree.txt"]
DEEPER = "[" * 100_000
PAPERS = [
    ("lab/1/start.json", text) for text in (
        "", "null", "[]", '"x"', "{", DEEPER, '{"pid": Infinity}', '{"pid": 1e999}', '{"pid": true}', '{"pid": -1}',
        '{"pid": ' + "9" * 5000 + "}", '{"fds": 7}', '{"fds": [7]}', '{"fds": [{"fd": 0}]}', '{"blocked": [[]]}',
        '{"fds": [{"fd": 0, "what": "lion"}]}', '{"fds": [{"fd": NaN, "what": "file"}]}', '{"realtime": "now"}',
    )
] + [
    ("lab/files.json", text) for text in ("7", '{"a.py": 7}', '{"a.py": {"text": 7}}', DEEPER, '{"a.py": Infinity}')
]  # fmt: skip


def recorded(folder, **forged):
    """The folder of a real recording in which some files, by their paths, are forged."""
    for path, text in {**files(NAME), **forged}.items():
        place = folder / "raw" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode("utf-8", "surrogateescape"))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("path", "text"), PAPERS, ids=range(len(PAPERS)))
def test_a_forged_paper_costs_what_it_says_and_is_said(tmp_path, capsys, path, text):
    assert main(["trace", "-l", "en", str(recorded(tmp_path, **{path: text}))]) == 0
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_file()) == OUTPUTS
    said = capsys.readouterr()
    assert "makes no sense" in said.out
    assert f"{path} is not the recorder's" in said.out
    assert all(line.isprintable() for line in (said.out + said.err).split("\n"))


def test_papers_as_they_should_be_raise_no_doubt():
    assert "garbled" not in [doubt.code for doubt in evidence(files(NAME)).doubts]


@pytest.mark.parametrize(
    "text", ['{"stopped": Infinity}', "{", DEEPER, '{"stopped": ["\\u001b"]}', '{"stopped": "\\u202e"}']
)
def test_a_forged_end_is_told_without_acting(tmp_path, capsys, text):
    assert main(["trace", "-l", "en", str(recorded(tmp_path, **{"lab/end.json": text}))]) == 0
    assert all(line.isprintable() for line in capsys.readouterr().out.split("\n"))


@pytest.mark.parametrize("texts", [{}, {"lab/end.json": "{}"}, {"lab/1/t.7": ""}, {"lab/1/t.7": "\0\n" * 9}])
def test_a_recording_of_nothing_is_told_too(tmp_path, capsys, texts):
    (tmp_path / "raw").mkdir()
    for path, text in texts.items():
        place = tmp_path / "raw" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    assert main(["trace", str(tmp_path)]) in (0, 2)
    said = capsys.readouterr()
    assert said.out or said.err.startswith("proclab trace: ")


def generations(count: int) -> dict[str, str]:
    """Each process makes the next one."""
    fork = "1795434806.{:09d} clone(child_stack=NULL, flags=SIGCHLD) = {} <0.000010>\n"
    return {f"lab/1/t.{10 + n}": fork.format(n * 1000, 11 + n) for n in range(count)}


@pytest.mark.slow
def test_a_tree_of_a_thousand_generations_is_drawn_as_far_as_it_can_be_read():
    drawn = tree(read_folder(generations(1100))[:1500])
    assert max(map(len, drawn.split("\n"))) < 4 * DEEP
    assert "└─ …" in drawn


def test_a_tree_of_few_generations_is_drawn_whole():
    drawn = tree(read_folder(generations(20)))
    assert "…" not in drawn
    assert "30" in drawn


def inherited(opens: int, forks: int) -> dict[str, str]:
    """A process with three descriptors and so many more, and so many children."""
    opened = '1795434806.{:09d} openat(AT_FDCWD</work>, "/tmp/f", O_RDONLY) = {}</tmp/f> <0.000010>\n'
    fork = "1795434807.{:09d} clone(child_stack=NULL, flags=SIGCHLD) = {} <0.000010>\n"
    lines = [opened.format(n * 1000, 3 + n) for n in range(opens)]
    lines += [fork.format(n * 1000, 8 + n) for n in range(forks)]
    return {"lab/1/t.7": "".join(lines)}


def test_what_children_inherit_is_bounded_and_said(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(processes, "COPIED", 100)
    assert main(["trace", str(recorded(tmp_path, **inherited(8, 10)))]) == 2
    said = capsys.readouterr().err
    assert "inherit more than 100 descriptors" in said
    assert said.count("\n") <= 2


def test_as_many_as_the_bound_are_drawn(monkeypatch):
    monkeypatch.setattr(processes, "COPIED", 100)
    assert len([event for event in read_folder(inherited(7, 10)) if event.kind == "fork"]) == 10


# --- samples ---


@pytest.mark.parametrize(
    "line",
    [
        '{"v": 1, "box": "lab", "t": Infinity, "machine": "x", "procs": []}',
        '{"v": 1e999}',
        "[" * 100_000,
        "",
        "7",
        '{"v": 1, "box": "lab", "t": ' + "9" * 5000 + "}",
    ],
)
def test_a_forged_sample_ends_its_look_at_once_and_is_said(monkeypatch, line):
    def forged(argv, **how):
        import sys

        return popen([sys.executable, "-c", f"print({line!r})"], **how)

    popen = terminal.subprocess.Popen
    monkeypatch.setattr(terminal.subprocess, "Popen", forged)
    monkeypatch.setattr(terminal, "ONCE_S", 1e6)  # only an answer ends it
    seen, troubles = terminal.looked([("lab", "none")])
    assert seen.samples == []
    assert "JSON" in troubles[0] or "no " in troubles[0]
    assert troubles[0].isprintable()


def test_a_files_text_is_the_line_that_a_marker_names():
    marked = '1795434806.32 write(-1, "L 2 os.fork p.py", 16) = -1 EBADF (Bad file descriptor) <0.000009>\n'
    fork = "1795434806.33 fork() = 9 <0.1>\n"
    papers = json.dumps({"p.py": {"text": "import os\n\tos.fork()\u202e\n"}})
    events = read_folder({"lab/1/t.7": marked + fork, "lab/files.json": papers})
    (line,) = [event.line for event in events if event.kind == "fork"]
    assert line is not None
    assert line.text == "    os.fork()\\u202e"
