"""Lanes as SVG, the page, the Chrome trace: what programs print stays data in all of them."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
from collections import defaultdict
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proclab.events import (
    Block,
    Exec,
    Exit,
    Fork,
    Read,
    SigDeliver,
    Start,
    Stopped,
    Task,
    Thread,
    ThreadExit,
    Wait,
    Write,
)
from proclab.findings import derive
from proclab.state import reduce
from proclab.views import files
from proclab.views.changes import Changes, flat
from proclab.views.lanes import placed
from proclab.views.layout import CONDITION
from proclab.views.page import FOLDER, SCRIPTS, embedded, words
from proclab.views.picture import Picture
from proclab.views.shapes import ARROWS
from proclab.views.steps import FAMILIES, steps
from proclab.views.xml import text
from proclab.words import LANGS
from tests.unit import recordings
from tests.unit.any_events import events
from tests.unit.drawn import lay_out, page, perfetto, svg
from tests.unit.views import ALL, NASTY, Maker, boxed, hostile, numbered, piped, threaded

LEFT = ("run", "thread", "stopped", "zombie")  # conditions of no Block
LOGS = st.lists(events(), max_size=6).map(numbered)


class Reader(HTMLParser):
    """The elements of a page, as a browser's tokenizer sees them, and what its scripts hold."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.held: dict[str, list[str]] = defaultdict(list)
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        if self.tags:
            self.held[self.tags[-1]].append(data)


def data_of(source: str) -> Any:
    """The data block of a page."""
    found = re.findall(r'<script type="application/json" id="run">(.*?)</script>', source, re.DOTALL)
    assert len(found) == 1
    return json.loads(found[0])


# --- SVG ---


@given(LOGS, st.sampled_from(LANGS))
def test_the_svg_of_any_events_is_well_formed_xml(log, lang):
    root = ElementTree.fromstring(svg(log, lang))
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names <= {
        "svg",
        "title",
        "style",
        "defs",
        "pattern",
        "marker",
        "path",
        "rect",
        "line",
        "text",
        "g",
        "circle",
        "polygon",
    }
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on") or "href" in name]


def test_the_svg_holds_an_attack_as_text():
    source = svg(hostile())
    assert "<img" not in source
    assert "onerror" in "".join(ElementTree.fromstring(source).itertext())


@given(st.text())
def test_text_comes_out_of_xml_as_it_went_in_but_for_what_xml_cannot_hold(value):
    back = ElementTree.fromstring(f"<a b='{text(value)}'>{text(value)}</a>")
    impossible = r"[^\t\n\x20-\ud7ff\ue000-\uffff\U00010000-\U0010ffff]|[\ufffd-\uffff]"
    lines = value.replace("\r\n", "\n").replace("\r", "\n")  # XML has one end of line only
    assert (back.text or "").replace("\ufffd", "") == re.sub(impossible, "", lines)


def test_the_lanes_of_the_pipe():
    stage = lay_out(piped(), steps(piped()))
    assert [(str(lane.task), lane.thread, lane.parent, lane.name) for lane in stage.lanes] == [
        ("9.1", False, None, "demo.py"),
        ("18.1", False, 0, ""),
    ]
    assert {(a.kind, a.begin, a.end, a.source, a.target) for a in stage.arrows} == {
        ("fork", 4, 4, 0, 1),
        ("bytes", 8, 9, 1, 0),
        ("eof", 11, 12, 1, 0),
        ("signal", 11, 13, 1, 0),
        ("wait", 15, 15, 1, 0),
    }
    assert [(s.condition, s.begin, s.end) for s in stage.spans if s.lane == 1] == [("run", 4, 11), ("zombie", 11, 15)]
    assert [(s.condition, s.begin, s.end) for s in stage.spans if s.lane == 0][:2] == [("run", 0, 7), ("io", 7, 9)]


def test_a_thread_stands_under_its_process_and_waits_for_its_lock():
    stage = lay_out(threaded(), steps(threaded()))
    assert [(str(lane.task), lane.thread) for lane in stage.lanes] == [("9.1", False), ("10.1", True), ("11.1", False)]
    assert conditions(stage, 1)[1] == ("lock", 4, 7), "the futex call that the lock waits with is no other wait"
    assert [s.condition for s in stage.spans if s.lane == 2] == ["run", "signal", "zombie"]


def conditions(stage, lane):
    return [(s.condition, s.begin, s.end) for s in stage.spans if s.lane == lane]


def test_a_zombie_goes_with_its_parent_for_init_reaps_it():
    make = Maker()
    make(Fork, 9, child=Task(10))
    make(Exit, 10, code=0)
    make(Exit, 9, code=0)
    make(Start, 11)
    stage = lay_out(make.events, steps(make.events))
    assert conditions(stage, 1) == [("run", 0, 1), ("zombie", 1, 2)]


def test_a_parents_wait_ends_with_its_wait():
    make = Maker()
    make(Fork, 9, child=Task(10))
    block = make(Block, 9, call="wait4", on="task")
    make(Exit, 10, code=0)
    make(Wait, 9, child=Task(10), how="exited", reaped=True, block=block)
    make(Fork, 9, child=Task(11))
    stage = lay_out(make.events, steps(make.events))
    assert conditions(stage, 0) == [("run", 0, 1), ("child", 1, 3), ("run", 3, 4)]
    assert conditions(stage, 1) == [("run", 0, 2), ("zombie", 2, 3)]


def test_an_exec_ends_the_other_threads_and_a_stop_stops_them_all():
    make = Maker()
    make(Thread, 9, child=Task(10))
    make(Stopped, 9, sig="SIGSTOP")
    make(SigDeliver, 9, sig="SIGCONT")
    make(Exec, 9, argv=("other",))
    make(Exit, 9, code=0)
    stage = lay_out(make.events, steps(make.events))
    assert conditions(stage, 0) == [("run", 0, 1), ("stopped", 1, 2), ("run", 2, 4)]
    assert conditions(stage, 1) == [("run", 0, 1), ("stopped", 1, 2), ("run", 2, 3)]


def test_a_main_thread_that_has_ended_runs_no_more_while_its_process_goes_on():
    make = Maker()
    make(Thread, 9, child=Task(10))
    make(ThreadExit, 9)
    make(Fork, (9, 10), child=Task(11))
    make(Exit, (9, 10), code=0)
    stage = lay_out(make.events, steps(make.events))
    assert conditions(stage, 0) == [("run", 0, 1)]
    assert conditions(stage, 1) == [("run", 0, 3)]


def test_bytes_between_boxes_are_an_arrow_between_their_lanes():
    stage = lay_out(boxed(), steps(boxed()))
    assert [lane.box for lane in stage.lanes] == ["server", "client"]
    assert [(a.kind, a.source, a.target) for a in stage.arrows] == [("bytes", 1, 0), ("bytes", 1, 0)]


@given(LOGS)
def test_spans_of_a_lane_never_overlap_and_arrows_never_point_backwards(log):
    stage = lay_out(log, steps(log))
    ends: dict[int, int] = defaultdict(int)
    for span in stage.spans:
        assert ends[span.lane] <= span.begin <= span.end
        ends[span.lane] = span.end
    assert all(arrow.begin <= arrow.end for arrow in stage.arrows)
    assert all(lane < len(stage.lanes) for lane in stage.lane_of)


def test_labels_of_one_lane_never_run_into_each_other():
    stage = lay_out(piped(), steps(piped()))
    words = ["a long label here"] * len(stage.lane_of)
    places = placed(stage, words)
    boxes = sorted((lane, row, x) for lane, row, x in zip(stage.lane_of, places.row, places.x, strict=True))
    for (lane, row, x), (lane2, row2, x2) in itertools.pairwise(boxes):
        assert (lane, row) != (lane2, row2) or x2 >= x + len(words[0]) * 6.7
    assert list(places.x) == sorted(places.x)


# --- the page ---


@settings(max_examples=50)
@given(LOGS, st.sampled_from(LANGS))
def test_no_events_change_the_pages_structure(log, lang):
    plain, source = Reader(page([], lang)), Reader(page(log, lang))
    assert source.tags == plain.tags
    assert [name for name, _ in source.attributes] == [name for name, _ in plain.attributes]
    assert data_of(page(log, lang))["lang"] == lang


def test_the_page_holds_attacks_as_data():
    source = page(hostile(), title=NASTY)
    assert Reader(source).tags == Reader(page([])).tags
    assert "<img" not in source
    written = data_of(source)["steps"][1]
    assert written["line"][:2] == [NASTY, 1]
    assert NASTY in written["say"][0]


@given(st.recursive(st.none() | st.text() | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_a_data_block_is_ascii_without_markup_and_the_same_data(record):
    block = embedded(record)
    assert block.isascii()
    assert not set("<>&") & set(block)
    assert json.loads(block) == record


def test_the_policy_lets_in_this_style_and_this_script_and_nothing_else():
    source = page(piped())
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', source)
    style, script = (re.findall(f"<{tag}>(.*?)</{tag}>", source, re.DOTALL)[0] for tag in ("style", "script"))
    for name, body in (("style-src", style), ("script-src", script)):
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert not re.search(r"""(?:src|href)\s*=|@import|url\((?!#)""", source)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_makes_no_markup_of_data(name):
    script = (FOLDER / name).read_text("utf-8")
    banned = r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|DOMParser|fetch\(|import\("
    assert not re.search(banned, script)
    assert "</script" not in script


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_has_the_words_that_its_scripts_ask_for_and_no_others(lang):
    scripts = "".join((FOLDER / name).read_text("utf-8") for name in (*SCRIPTS, "live.js"))
    modes = {"r", "w", "rw", "zombie", "stopped"}  # of an open file description; of a process
    asked = {*re.findall(r'word\("(\w+)"\)', scripts), *modes, *(f"f.{family}" for family in FAMILIES)}
    asked |= {f"arrow.{kind}" for kind in ARROWS} | {
        f"condition.{condition}" for condition in {*CONDITION.values(), *LEFT}
    }
    assert asked <= set(words(lang))
    literals = set(re.findall(r'"([\w.]+)"', scripts))
    assert set(words(lang)) - asked <= literals


def test_a_script_holds_no_letters_but_ascii():
    scripts = {name: (FOLDER / name).read_text("utf-8") for name in (*SCRIPTS, "live.js")}
    assert not [name for name, text in scripts.items() if re.search(r"[^\W\d_a-zA-Z]", text)]


@pytest.mark.parametrize("name", ALL)
def test_the_differences_add_up_to_the_reducers_state(name):
    log = ALL[name]()
    found = steps(log)
    findings: dict = {}
    changes = Changes(found)
    reduce(log, changes)
    for step, change in zip(found, changes.found, strict=True):
        findings = {key: value for key, value in (findings | change).items() if value is not None}
        assert findings == flat(reduce(event for event in log if event.seq <= step.until))
    assert not any(key.startswith(("F", "W")) for key in findings)


def test_the_wiring_at_the_fork_shows_both_tables_and_one_open_file():
    log = piped()
    findings = flat(reduce(log[:8]))
    assert findings["F\tlab\t9.1\t4"] == findings["F\tlab\t18.1\t4"] == ["o2", 1]
    assert findings["D\tlab\to2"] == ["pipe1", "w", 0]
    assert findings["O\tlab\tpipe1"][0] == "pipe"


def test_a_wait_names_who_can_end_it():
    findings = flat(reduce(piped()[:11]))
    assert findings["W\tlab\t9.1"][:2] == ["read", "fd"]
    assert findings["W\tlab\t9.1"][5:] == [["18.1"]]


@settings(max_examples=50)
@given(LOGS)
def test_a_step_is_only_ever_after_the_one_before(log):
    source = data_of(page(log))
    assert len(source["changes"]) == len(source["steps"])
    assert all(0 <= step["lane"] < len(source["lanes"]) for step in source["steps"])


# --- Chrome trace ---


def within_a_week(log):
    """The same events within a week: a number of JSON has no nanoseconds of longer runs."""
    week = 7 * 86_400 * 10**9
    return [replace(one, t=one.t % week, dur=None if one.dur is None else one.dur % week) for one in log]


@settings(max_examples=300)
@given(LOGS.map(within_a_week))
def test_slices_of_one_track_lie_in_one_another_or_apart(log):
    for slices in slices_of(json.loads(perfetto(log))["traceEvents"]).values():
        assert crossing(slices) == []


@pytest.mark.parametrize("name", recordings.NAMES)
def test_the_trace_of_a_recording_is_nested_and_its_arrows_point_forward(name):
    records = json.loads(perfetto(recordings.events(name)))["traceEvents"]
    assert [crossed for slices in slices_of(records).values() for crossed in crossing(slices)] == []
    assert backward(records) == []


def test_a_crossing_slice_is_seen():
    assert crossing([(0, 9), (2, 5), (2, 3), (5, 9), (9, 12)]) == []
    assert crossing([(0, 9), (5, 10), (20, 30)]) == [(5, 10)]


def slices_of(records):
    """(pid, tid) → begin and end of its slices, in nanoseconds."""
    tracks = defaultdict(list)
    for record in records:
        if record["ph"] == "X":
            begin, length = (round(record[name] * 1000) for name in ("ts", "dur"))
            tracks[record["pid"], record["tid"]].append((begin, begin + length))
    return tracks


def crossing(slices):
    """Slices that begin in another one and end after it."""
    found, stack = [], []
    for begin, end in sorted(slices, key=lambda one: (one[0], -one[1])):
        while stack and stack[-1] <= begin:
            stack.pop()
        if stack and end > stack[-1]:
            found.append((begin, end))
        stack.append(end)
    return found


@given(LOGS.map(within_a_week))
def test_every_arrow_has_two_ends_in_slices_and_points_forward(log):
    assert backward(json.loads(perfetto(log))["traceEvents"]) == []


def backward(records):
    """Arrows that begin before the end of the slice that they come from, or without one."""
    tracks, ends = slices_of(records), defaultdict(list)
    for record in records:
        if record["ph"] in "sf":
            assert record["bp"] == "e"
            at = round(record["ts"] * 1000)
            around = [one for one in tracks[record["pid"], record["tid"]] if one[0] < at < one[1]]
            ends[record["id"]].append((record["ph"], min(around, key=lambda one: one[1] - one[0])))
    assert all([phase for phase, _ in pair] == ["s", "f"] for pair in ends.values())
    return [number for number, ((_, source), (_, target)) in ends.items() if source[1] > target[0]]


@given(LOGS)
def test_no_two_tasks_share_a_thread_of_the_trace(log):
    records = [one for one in json.loads(perfetto(log))["traceEvents"] if one["name"] == "thread_name"]
    assert len({one["tid"] for one in records}) == len(records) == len(Picture.of(log).scene.lanes)


def named(log, kind, lang="en"):
    """What a viewer shows: the name of a process or thread, and its number."""
    records = json.loads(perfetto(log, lang))["traceEvents"]
    number = kind[0] + "id" if kind == "process" else "tid"
    return [f"{one['args']['name']} {one[number]}" for one in records if one["name"] == f"{kind}_name"]


def test_the_trace_names_processes_by_program_and_pid():
    assert named(piped(), "process") == ["demo.py 9", "demo.py 18"]  # the child runs its parent's program
    assert named(threaded(), "thread") == ["main thread 9", "thread 10", "main thread 11"]
    assert named(threaded(), "thread", "ru") == ["главный поток 9", "поток 10", "главный поток 11"]


def test_a_pid_of_two_boxes_gets_a_second_number_and_keeps_its_name():
    assert named(boxed(), "process") == ["server 9", "client:9 1009"]
    assert named(boxed(), "thread") == ["main thread 9", "main thread client:9 1009"]


@given(LOGS, st.sampled_from(LANGS))
def test_a_trace_holds_its_characters_as_they_are(log, lang):
    text = perfetto([*hostile(), *numbered(log)], lang)
    assert "\\u" not in text.replace("\\\\", "")
    assert text.removesuffix("\n").isprintable()
    assert json.loads(text)["traceEvents"]


def test_the_trace_draws_arrows():
    records = json.loads(perfetto(piped()))["traceEvents"]
    arrows = sorted(record["name"] for record in records if record["ph"] == "s")
    assert arrows == ["bytes", "eof", "fork", "signal", "wait"]


def test_a_read_that_waited_lies_in_its_wait_and_begins_when_the_bytes_came():
    slices = [one for one in json.loads(perfetto(piped()))["traceEvents"] if one["ph"] == "X"]
    read, write = (next(one for one in slices if one["name"].startswith(name)) for name in ("read", "write"))
    wait = next(one for one in slices if one["cat"] == "io")
    assert wait["ts"] < write["ts"] + write["dur"] <= read["ts"]
    assert (read["pid"], read["ts"] + read["dur"]) == (wait["pid"], wait["ts"] + wait["dur"])


def test_a_zombie_is_one_until_it_is_reaped():
    slices = [one for one in json.loads(perfetto(piped()))["traceEvents"] if one["ph"] == "X"]
    (zombie,) = [one for one in slices if one["cat"] == "zombie"]
    ended, reaped = (next(one for one in slices if one["name"] == name) for name in ("exit 3", "wait 18"))
    assert zombie["ts"] == ended["ts"] + ended["dur"]
    assert zombie["ts"] + zombie["dur"] == reaped["ts"] + reaped["dur"]
    assert zombie["pid"] == ended["pid"] == 18


# --- many events ---


def test_what_is_folded_is_drawn_once_and_forwards():
    log = piped()[:11]
    for number in range(300):
        write = Write(t=1, box="lab", task=Task(18), proc=Task(18), fd=4, of="o2", obj="pipe1", n=1, seq=len(log))
        read = Read(t=1, box="lab", task=Task(9), proc=Task(9), fd=3, of="o1", obj="pipe1", n=1, cause=(len(log),))
        log += [write, read] if number % 100 else [write, read, Exec(t=1, box="lab", task=Task(9), proc=Task(9))]
    log = numbered(log)
    picture = Picture.of(log, limit=30)
    assert not picture.steps.cut
    assert sum(step.times for step in picture.steps) == len([event for event in log if event.kind != "inherit"])
    assert len(picture.scene.arrows) == len(set(picture.scene.arrows)) < 12
    assert all(arrow.begin <= arrow.end for arrow in picture.scene.arrows)
    untils = [step.until for step in picture.steps]
    assert untils == sorted(untils)
    assert untils[-1] == log[-1].seq
    assert len(data_of(page(log, shown=picture))["changes"]) == len(picture.steps)


def test_all_files_of_a_recording():
    found = files(threaded(), "ru")
    assert set(found) == {"story.txt", "tree.txt", "run.html", "run.svg", "run.mmd", "run.trace.json"}
    assert all(text.endswith("\n") for text in found.values())
    assert "На что обратить внимание\n  шаг 15: процесс 9 завершился, не дождавшись потомка" in found["story.txt"]
    assert "зомби" in data_of(found["run.html"])["findings"][0]["say"][1]


def test_the_page_has_each_sentence_in_each_language_and_a_label_once_where_all_agree(third_language):
    data = data_of(page(piped()))
    assert data["langs"] == list(data["words"]) == [*LANGS, third_language]
    start, pipe = data["steps"][0], data["steps"][3]
    assert (start["label"], pipe["label"]) == (["start", "начало", "START"], "pipe 3 4")
    assert start["say"] == ["is running, child of 8", "выполняется, потомок процесса 8", "IS RUNNING, CHILD OF 8"]
    assert len(data_of(page(threaded(), findings=derive(threaded())))["findings"][0]["say"]) == 3


def test_without_a_third_language_the_page_has_two():
    data = data_of(page(piped()))
    assert data["langs"] == list(data["words"]) == list(LANGS)
    assert len(data["steps"][0]["say"]) == len(LANGS)


def test_a_fact_holds_from_its_step_until_it_is_over():
    (finding,) = data_of(page(threaded(), findings=derive(threaded())))["findings"]
    assert (finding["kind"], finding["step"], finding["until"]) == ("unreaped", 14, 18)
    assert set(finding["tasks"]) == {"9.1", "11.1"}
