"""make fault-N in a lab's own container: the plan arrives, the story says so, and what it can't do is said."""

from __future__ import annotations

import json

import pytest

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("nothing_is_left")]

SPAWN = """
import os, sys
for number in range(int(sys.argv[1])):
    try:
        pid = os.fork()
    except OSError as error:
        print(number, error.strerror)
        continue
    if not pid:
        os._exit(number)
    print(number, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), sys.stdin.read(1))
"""
WRITES = """
import os, socket
r, w = os.pipe()
a, b = socket.socketpair()
print(os.write(w, b"x" * 8000), len(os.read(r, 9000)), a.send(b"1234"), len(b.recv(9)))
"""


def struck(recording):
    """The lines of what the plan did, without the last."""
    (log,) = recording.folder.glob("*/1/faults.jsonl")
    return [json.loads(line) for line in log.read_text().splitlines()][:-1]


def test_a_plan_arrives_in_a_labs_container_and_the_exit_status_comes_through(trace, any_compose, own, tmp_path):
    (tmp_path / "input").write_text("abc")
    given = [f"PROGRAM={own(SPAWN)}", "ARGS=3", f"INPUT={tmp_path / 'input'}"]
    done, recording = trace(any_compose, "fault-1", *given, "PLAN=fork:EAGAIN@2")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "0 0 a\n1 Resource temporarily unavailable\n2 2 b\n"
    assert [fault["what"] for fault in struck(recording)] == ["EAGAIN"]
    assert recording.json("lab-1/1/start.json")["plan"] == "fork:EAGAIN@2"
    assert recording.json("lab-1/end.json")["doubts"] == []


@pytest.mark.parametrize(("lang", "says"), [("en", "(by the plan)"), ("ru", "(по плану)")])
def test_the_story_tells_which_failure_was_the_plans(trace, any_compose, own, tmp_path, lang, says):
    words = [f"PROGRAM={own(SPAWN)}", "ARGS=2", "PLAN=fork:EAGAIN@2", f"L={lang}", "AS=it"]
    done, _ = trace(any_compose, "fault-1", *words, "RAW=")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "it" / "story.txt").read_text().count(says) == 1
    assert says in done.stdout


def test_what_a_labs_container_can_not_cut_short_is_written_whole_and_counted(trace, any_compose, own):
    done, recording = trace(any_compose, "fault-1", f"PROGRAM={own(WRITES)}", "PLAN=write:short")
    assert done.stdout == "4000 4000 4 4\n"
    assert [fault["kind"] for fault in struck(recording)] == ["short", "undone"]


@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", "plan, character 1: there is no call forks;"), ("ru", "план, символ 1: нет вызова forks;")],
)
def test_a_plan_that_makes_no_sense_is_refused_before_anything_runs(trace, any_compose, own, tmp_path, lang, said):
    done, recording = trace(any_compose, "fault-1", f"PROGRAM={own(SPAWN)}", "PLAN=forks:EAGAIN", f"L={lang}")
    assert (done.returncode, done.stdout, recording) == (2, "", None)
    reason, grammar, *_ = done.stderr.splitlines()
    assert reason.startswith(f"proclab: {said}")
    assert "fork:EAGAIN@3" in grammar
