"""Whether a recording is whole, and what is told of one that isn't: nothing that rests on what is missing."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proclab.events import Doubt, Evidence, Gap, Line, Task
from proclab.findings import FdLeak, Unreaped, WasZombie, believed, derive
from proclab.strace import evidence, of_log, read_folder, stopped_at
from proclab.trace import outputs
from proclab.words import catalogue
from tests.unit import recordings

NAME = "yy-fork_wait"


def codes(files):
    return [doubt.code for doubt in evidence(files, read_folder(files)).doubts]


def with_end(**findings):
    """A whole recording, but for what its end says."""
    files = dict(recordings.members(NAME))
    files["lab/end.json"] = json.dumps(json.loads(files["lab/end.json"]) | findings)
    return files


ENDED = [name for name in recordings.NAMES if any(path.endswith("/end.json") for path in recordings.members(name))]


@pytest.mark.parametrize("name", ENDED)
def test_ordinary_recordings_are_whole(name):
    files = recordings.members(name)
    assert codes(files) == []


def test_the_call_that_strace_loses_at_an_exec_from_a_thread_matters_where_the_program_may_be_against_us():
    files = dict(recordings.members("yy-exec_thread"))
    assert codes(files) == []
    files["lab/end.json"] = json.dumps(json.loads(files["lab/end.json"]) | {"guarded": True})
    assert codes(files) == ["exec"]


def test_logs_of_threads_that_vanish_at_an_exec_are_whole():
    files = recordings.members("yy-exec_thread")
    assert any("<pid changed to" in text.splitlines()[-1] for path, text in files.items() if "/t." in path)
    assert "incomplete" not in codes(files)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"code": 0}',
        '{"code": "0", "stopped": ""}',
        "[" * 100_000,
        '{"code": 0, "stopped": "", "doubts": 7}',
    ],
)
def test_a_recording_without_its_recorders_last_word_is_no_evidence(text):
    files = dict(recordings.members(NAME)) | {"lab/end.json": text}
    assert codes(files) == ["no_end"]
    del files["lab/end.json"]
    assert codes(files) == ["no_end"]


@pytest.mark.parametrize("code", ["seconds", "bytes", "lines", "logs", "user", "full"])
def test_a_limit_is_a_doubt(code):
    assert codes(with_end(stopped=code)) == [code]
    assert codes(with_end(stopped=code, doubts=["full"])) == list(dict.fromkeys([code, "full"]))


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("full", "full"),
        ("shared", "shared"),
        ("untraced", "untraced"),
        ("plan", "plan"),
        ("of another version", "unknown"),
    ],
)
def test_what_the_recorder_doubts_is_doubted(word, code):
    assert codes(with_end(doubts=[word])) == [code]
    assert codes(with_end(doubts=[])) == []


def logs(files):
    return sorted(path for path in files if "/t." in path)


@pytest.mark.parametrize("cut", ["the last line", "half of it", "its line end", "everything"])
def test_a_log_that_breaks_off_is_named(cut):
    files = dict(recordings.members(NAME))
    path = logs(files)[-1]
    lines = files[path].splitlines(keepends=True)
    half = lines[-1][: len(lines[-1]) // 2]
    files[path] = {
        "the last line": "".join(lines[:-1]),
        "half of it": "".join(lines[:-1]) + half,
        "its line end": files[path][:-1],
        "everything": "",
    }[cut]
    found = evidence(files).doubts
    assert Doubt("incomplete", "lab", (path.removeprefix("lab/"),)) in found


def test_a_process_without_a_log_is_named():
    files = dict(recordings.members(NAME))
    path = logs(files)[-1]
    del files[path]
    assert evidence(files).doubts == (Doubt("unlogged", "lab", (path.rpartition(".")[2],)),)
    for path in logs(files):
        del files[path]
    assert [doubt.code for doubt in evidence(files).doubts] == ["unlogged"], "not even the first one's"


@pytest.mark.parametrize(
    "line",
    [
        "clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f) = 4711 <0.1>",
        "vfork() = 4711",
        "<... clone3 resumed> => {parent_tid=[9]}, 88) = 4711 <0.000038>",
        "fork() = 4711",
    ],
)
def test_every_way_to_make_a_child_is_looked_at(line):
    files = dict(recordings.members(NAME))
    path = logs(files)[0]
    first, _, rest = files[path].partition("\n")
    files[path] = f"{first}\n{first.split()[0]} {line}\n{rest}"
    assert [doubt.what for doubt in evidence(files).doubts] == [("4711",)]
    failed = line.replace("= 4711", "= -1 EAGAIN (Resource temporarily unavailable)")
    files[path] = f"{first}\n{first.split()[0]} {failed}\n{rest}"
    assert evidence(files).whole
    files[path] = f'{first}\n{first.split()[0]} write(1, "\\n1 {line}", 9) = 9 <0.1>\n{rest}'
    assert evidence(files).whole, "what a program writes makes no child"


def test_lines_that_make_no_sense_are_a_doubt():
    files = dict(recordings.members(NAME))
    path = logs(files)[0]
    first, _, rest = files[path].partition("\n")
    files[path] = f"{first}\n1 clo\n{rest}"
    assert codes(files) == ["lost"]


def test_what_the_container_handed_over_in_part_is_a_doubt():
    files = dict(recordings.members(NAME))
    assert codes(files | {"lab/taken.json": '{"v": 1, "whole": false}'}) == ["taken"]
    assert codes(files | {"lab/packed.json": '{"v": 1, "left_out": ["1/t.7"]}'}) == ["taken"]
    assert codes(files | {"lab/taken.json": '{"v": 1, "whole": true}'}) == []


@pytest.mark.parametrize("findings", [{"running": ["12 python"]}])
def test_what_outlives_its_recorder_is_a_doubt(findings):
    files = dict(recordings.members(NAME))
    packed = {"v": 1, "running": [], "left_out": []}
    assert codes(files | {"lab/packed.json": json.dumps(packed)}) == []
    assert codes(files | {"lab/packed.json": json.dumps(packed | findings)}) == ["untraced"]


def test_a_guarded_recording_is_known_by_its_end():
    assert evidence(with_end(guarded=True)) == Evidence(guarded=True)
    assert not evidence(with_end(guarded="yes")).guarded


ODD = st.sampled_from(["lab/end.json", "lab/taken.json", "lab/1/start.json", "lab/1/t.7", "lab/1/t.8", "x", "/", "a/"])
PIECES = st.sampled_from(["{", "}", '"stopped":', '"code":0', ",", "[", "]", "1.0 ", "fork() = 7\n", "clone(", ") = 8",
                          "+++ exited with 0 +++\n", "\n", "é", "\udc80", "\0", " " * 50, "9" * 5000])  # fmt: skip


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.dictionaries(ODD, st.lists(PIECES | st.text(max_size=5), max_size=12).map("".join)))
def test_no_files_make_it_fail(files):
    worth = evidence(files)
    told = believed([], worth)
    assert bool(told) is not worth.whole
    assert all(catalogue("en").finding(finding) and catalogue("ru").finding(finding) for finding in told)


# ---------------------------------------------------------------- what is told

FACTS = (
    WasZombie(seq=1, until=2, box="lab", proc=Task(8), parent=Task(7), ns=10**9),
    Unreaped(seq=1, box="lab", proc=Task(9), parent=Task(7), ns=10**9, parent_ended=False),
    FdLeak(seq=1, until=3, box="lab", line=Line("a.py", 1), proc=Task(7), count=20, closed=0, call="open"),
)
GUARDED, ORDINARY = True, False
EVENTS = read_folder(recordings.members(NAME))


def told(code, guarded, moments=None):
    worth = Evidence(guarded, (Doubt(code, "lab"),) if code else ())
    return [finding.kind for finding in believed(FACTS, worth, EVENTS, moments)]


def test_a_whole_recording_tells_all_that_follows_from_it():
    assert told("", GUARDED) == told("", ORDINARY) == ["zombie", "unreaped", "fd_leak"]


@pytest.mark.parametrize(
    "code", ["bytes", "lines", "logs", "no_end", "full", "shared", "untraced", "incomplete", "unlogged", "lost"]
)
def test_a_guarded_recording_that_lacks_anything_accuses_nobody(code):
    assert told(code, GUARDED) == ["not_whole"]


@pytest.mark.parametrize("code", ["no_end", "full", "incomplete", "unlogged", "lost", "taken"])
def test_a_hole_leaves_nothing_to_conclude(code):
    assert told(code, ORDINARY) == ["not_whole"]


@pytest.mark.parametrize("code", ["seconds", "user"])
def test_of_a_guarded_recording_that_a_clock_has_stopped_what_was_so_before_is_told(code):
    assert told(code, GUARDED) == ["not_whole", "zombie", "unreaped"]


@pytest.mark.parametrize("code", ["seconds", "bytes", "lines", "logs", "user"])
def test_of_a_recording_that_was_stopped_what_was_so_before_is_told(code):
    assert told(code, ORDINARY) == ["not_whole", "zombie", "unreaped"]
    ended = EVENTS[3].end
    assert told(code, ORDINARY, {"lab": ended + 1}) == ["not_whole", "zombie", "unreaped", "fd_leak"]
    assert told(code, ORDINARY, {"lab": ended}) == ["not_whole", "zombie", "unreaped"]


def test_when_the_recorder_began_to_end_it_is_known_from_its_end():
    assert stopped_at(with_end(stopped="user", stopped_at=17)) == {"lab": 17}
    assert stopped_at(with_end(stopped="", stopped_at=17)) == {}
    assert stopped_at(with_end(stopped="user", stopped_at="17")) == {}


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", "not whole: it was ended at its limit of lines"),
        ("ru", "неполна: она остановлена по пределу числа строк"),
    ],
)
def test_story_and_page_say_it_and_accuse_nobody(lang, words):
    name = "yy-deadlock"
    events = read_folder(recordings.members(name))
    findings = derive(events)
    accused = catalogue(lang).finding(next(finding for finding in findings if finding.kind == "deadlock"))
    whole = outputs(events, lang, "x")
    assert accused in whole["story.txt"]
    assert '"kind":"deadlock"' in whole["run.html"]
    doubted = outputs(events, lang, "x", Evidence(guarded=True, doubts=(Doubt("lines", "lab"),)))
    assert words in doubted["story.txt"]
    assert accused not in doubted["story.txt"]
    assert ('"kind":"deadlock"' in doubted["run.html"], '"kind":"not_whole"' in doubted["run.html"]) == (False, True)
    assert doubted["run.svg"] == whole["run.svg"], "the picture stays"


def test_a_recording_of_nothing_says_so_too():
    assert "not whole" in outputs([], "en", "x", Evidence(doubts=(Doubt("no_end", "lab"),)))["story.txt"]


def test_of_a_log_of_ones_own_its_gaps_say_what_it_lacks():
    task = Task(7)
    gaps = [
        Gap(seq=0, t=0, task=task, proc=task, code="incomplete", what=("7",)),
        Gap(seq=1, t=1, task=task, proc=task, code="lost", what=("x" * 200,)),
        Gap(seq=2, t=2, task=task, proc=task, code="exec"),  # strace's way; who is guarded only minds
    ]
    assert of_log(gaps).doubts == (Doubt("incomplete", "", ("7",)), Doubt("lost", "", ("x" * 80,)))
    assert of_log([]).whole
