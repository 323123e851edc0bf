"""What a fault plan did, in steps and events: from the injector's own record, and from strace --inject's marks."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proclab.errors import ProtocolError
from proclab.events import Block, Call, Exec, Fork, Open, Read
from proclab.strace import Program, evidence, faults_of, parse, read, read_folder
from proclab.strace.struck import faults

START = json.dumps({"v": 1, "pid": 7, "ppid": 1, "argv": ["x"], "fds": [], "plan": "fork:EAGAIN@2"})
LOG = """\
1795432941.000000001 execve("/bin/x", ["x"], 0x7ffd /* 3 vars */) = 0 <0.000100000>
1795432941.000300000 clone(child_stack=NULL, flags=SIGCHLD) = 8 <0.000010000>
1795432941.000400000 clone(child_stack=NULL, flags=SIGCHLD) = -1 EAGAIN (Resource temporarily unavailable) <0.000100000>
1795432941.000600000 read(0, "a", 1) = 1 <0.002000000>
1795432941.003000000 exit_group(0)      = ?
1795432941.003400000 +++ exited with 0 +++
"""
CHILD = "1795432941.000500000 +++ exited with 0 +++\n"


SECOND = 1_795_432_941_000_000_000


def struck(t, call, kind="error", tid=7):
    return json.dumps({"t": SECOND + t, "tid": tid, "call": call, "kind": kind, "what": "EAGAIN"})


def recording(*lines, end=True):
    text = "".join(f"{line}\n" for line in [*lines, *([json.dumps({"end": len(lines)})] if end else [])])
    files = {"start.json": START, "t.7": LOG, "t.8": CHILD, "faults.jsonl": text}
    return {f"lab/1/{name}": text for name, text in files.items()} | {"lab/end.json": '{"code": 0, "stopped": ""}'}


def marked(events):
    return [(event.call, event.fault) for event in events if isinstance(event, Call) and event.fault]


def test_the_call_that_a_thread_was_in_at_that_moment_is_marked():
    files = recording(struck(410_000, "clone"), struck(700_000, "read", "delay"))
    events = read_folder(files)
    assert marked(events) == [("clone", "error"), ("read", "delay")]
    assert [event.fault for event in events if isinstance(event, Fork)] == ["", "error"]
    assert evidence(files, events).whole


@pytest.mark.parametrize(
    "line",
    [
        struck(410_000, "clone", tid=9),
        struck(410_000, "read"),
        struck(1, "clone"),
        struck(410_000, "clone", "undone"),
    ],
)
def test_another_threads_or_calls_fault_and_one_that_was_not_done_mark_nothing(line):
    assert marked(read_folder(recording(line))) == []


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]\n", '{"end": 0', struck(1, "read") + "\n", struck(1, "read", "magic") + '\n{"end": 1}\n', "x\n{}\n"],
)
def test_a_record_of_faults_that_breaks_off_or_makes_no_sense_is_none(text):
    with pytest.raises(ProtocolError):
        faults(text)
    assert faults_of({"lab/1/faults.jsonl": text}) == {"lab/1": []}


@given(st.text(max_size=100))
def test_no_text_raises_anything_else(text):
    assert faults_of({"lab/1/faults.jsonl": text, "lab/1/t.7": text}).keys() == {"lab/1"}


def test_a_plan_that_nobody_carried_out_to_the_end_makes_a_recording_no_evidence():
    whole, torn = recording(), recording(struck(1, "clone"), end=False)
    missing = {path: text for path, text in whole.items() if "faults" not in path}
    codes = [{doubt.code for doubt in evidence(files, read_folder(files)).doubts} for files in (whole, torn, missing)]
    assert codes == [set(), {"plan", "garbled"}, {"plan"}]


# ---------------------------------------------------------------- strace --inject


@pytest.mark.parametrize(
    ("line", "error", "note", "fault", "dur"),
    [
        ("fork() = -1 EAGAIN (Resource temporarily unavailable) (INJECTED)", "EAGAIN",
         "Resource temporarily unavailable", "error", ""),
        ("fork() = -1 EAGAIN (Resource temporarily unavailable) (INJECTED) <0.000100>", "EAGAIN",
         "Resource temporarily unavailable", "error", "0.000100"),
        ("dup(1) = -1 EMFILE (Too many open files) (INJECTED) (DELAYED) <0.000100>", "EMFILE", "Too many open files",
         "error", "0.000100"),
        ('openat(AT_FDCWD, "a", O_RDONLY) = 3 (DELAYED) <0.002>', "", "", "delay", "0.002"),
        ('read(3, "ab", 832) = 832 (INJECTED: args) <0.000087>', "", "", "value", "0.000087"),
        ('read(3, "ab", 832) = 832 (INJECTED: args, retval)', "", "", "value", ""),
        ("close(3) = 0 (INJECTED)", "", "", "value", ""),
        ("fork() = -1 EAGAIN (Resource temporarily unavailable)", "EAGAIN", "Resource temporarily unavailable", "", ""),
        ("fcntl(3, F_GETFL) = 0x8002 (flags O_RDWR|O_LARGEFILE)", "", "flags O_RDWR|O_LARGEFILE", "", ""),
        ("poll([], 0, 0) = 0 (Timeout (INJECTED or not))", "", "Timeout (INJECTED or not)", "", ""),
    ],
)  # fmt: skip
def test_what_strace_has_done_itself_is_read_from_its_mark(line, error, note, fault, dur):
    record = parse(f"12 1.5 {line}")
    assert (record.kind, record.error, record.note, record.fault, record.dur) == ("call", error, note, fault, dur)


def test_a_log_of_strace_inject_has_its_faults_in_the_events():
    text = """\
7 1795432941.000000001 execve("/bin/x", ["x"], 0x7ffd /* 3 vars */) = 0
7 1795432941.000100000 fork() = -1 EAGAIN (Resource temporarily unavailable) (INJECTED)
7 1795432941.000200000 openat(AT_FDCWD, "balance", O_RDONLY) = 3 (DELAYED)
7 1795432941.000300000 read(3, 0x1, 9) = -1 EINTR (Interrupted system call) (INJECTED)
7 1795432941.000400000 read(3, "a", 9) = 1
7 1795432941.000500000 execve("/bin/y", ["y"], 0x7ffd /* 3 vars */) = -1 ENOENT (No such file or directory) (INJECTED)
7 1795432941.000600000 exit_group(0)      = ?
7 1795432941.000700000 +++ exited with 0 +++
"""
    found = [event for event in read([Program(text=text)]) if isinstance(event, Call) and event.fault]
    assert [type(event) for event in found] == [Fork, Open, Read, Exec]
    assert [event.fault for event in found] == ["error", "delay", "error", "error"]
    assert [event.fault for event in read([Program(text=text.replace(" (INJECTED)", "").replace(" (DELAYED)", ""))])
            if isinstance(event, Call) and event.fault] == []  # fmt: skip


@pytest.mark.parametrize(("kind", "blocks"), [("error", 0), ("delay", 1)])
def test_a_call_that_the_plan_refused_has_not_waited_however_long_that_took(kind, blocks):
    log = LOG.replace('read(0, "a", 1) = 1 <0.002', "read(0, 0x7f, 1) = -1 EINTR (Interrupted system call) <0.900")
    files = recording(struck(700_000, "read", kind)) | {"lab/1/t.7": log.replace("1795432941.003", "1795432942.003")}
    assert len([event for event in read_folder(files) if isinstance(event, Block)]) == blocks
