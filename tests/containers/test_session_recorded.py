"""Programs of a session that are recorded, guarded: what comes back, which limits end them, and what is left."""

from __future__ import annotations

from collections import Counter

import pytest

from proclab.engine import Limits
from proclab.findings import believed, derive
from proclab.strace import evidence, read_folder, stopped_at

pytestmark = pytest.mark.docker
LIMITS = Limits(wall=60, idle=1, used=20, cpu=2, output=100_000)
FORKS = """
import os
for number in range(3):
    if os.fork() == 0:
        os._exit(number)
for _ in range(3):
    os.wait()
"""
STUCK = "import os\nr, w = os.pipe()\nos.read(r, 1)\n"


def recorded(session, source, *args, limits=LIMITS, **more):
    """The outcome of a recorded run."""
    return session.run("python3", "p.py", *args, files={"p.py": source}, limits=limits, record="", **more)


def facts(outcome):
    """Events, what they are worth, and what follows from them."""
    files = {f"run/{name}": text for name, text in outcome.after.recording.items()}
    events = read_folder(files)
    worth = evidence(files, events)
    return events, worth, believed(derive(events), worth, events, stopped_at(files))


def test_a_recorded_run_comes_with_its_recording_whole_and_guarded(session):
    outcome = recorded(session, FORKS)
    events, worth, findings = facts(outcome)
    assert (outcome.exit_code, outcome.after.clean, outcome.after.leftover_count) == (0, True, 0)
    assert (worth.guarded, worth.doubts) == (True, ())
    assert Counter(event.kind for event in events if event.kind in ("fork", "wait"))["fork"] == 3
    assert [finding.kind for finding in findings if finding.accuses] == []


def test_a_run_that_is_not_recorded_has_no_recording_and_is_of_the_same_user(session):
    status = "open('/proc/self/status').read().count('CapEff:\\t0000000000000000')"
    source = f"import os; print(os.getuid(), os.getgroups(), {status})"
    plain, seen = session.run("python3", "-c", source), recorded(session, source)
    assert plain.after.recording == {}
    assert plain.stdout.text == seen.stdout.text
    assert seen.stdout.text.split()[1:] == ["[]", "1"]


def test_what_only_waits_is_ended_and_the_recording_says_for_what(session):
    outcome = recorded(session, STUCK)
    _, worth, findings = facts(outcome)
    assert outcome.timeout == "idle"
    assert [doubt.code for doubt in worth.doubts] == ["seconds"]
    assert "no_eof" in [finding.kind for finding in findings if finding.accuses]
    assert outcome.after.clean


@pytest.mark.parametrize(
    ("source", "limits"),
    [
        ("while True: pass", Limits(wall=60, idle=5, used=20, cpu=1)),
        ("import os\nfor _ in range(4): os.fork()\nwhile True: pass", Limits(wall=60, idle=5, used=2, cpu=30)),
    ],
    ids=["of one process", "of all together"],
)
def test_processor_time_is_limited(session, source, limits):
    outcome = recorded(session, source, limits=limits)
    assert outcome.timeout == "cpu"
    assert outcome.after.clean


def test_more_calls_than_a_recording_holds_end_the_run(session):
    limits = Limits(wall=120, idle=5, used=100, cpu=100)
    outcome = recorded(session, "import os\nwhile True: os.kill(0, 0)", limits=limits)
    assert outcome.timeout == "recording"
    assert outcome.after.clean


def test_files_that_are_asked_for_come_back_and_nothing_else_is_followed(session):
    source = (
        "import os\nopen('balance', 'w').write('7\\n')\nos.symlink('/etc/passwd', 'link')\nos.mkfifo('fifo')\n"
        "os.mkdir('folder')\nopen('large', 'w').write('x' * 1_000_000)\n"
    )
    outcome = recorded(session, source, take=("balance", "link", "fifo", "folder", "large", "nothing", "../p.py"))
    assert {name: len(text) for name, text in outcome.after.files.items()} == {
        "balance": 2,
        "large": 65536,
        "../p.py": len(source),
    }
    assert outcome.after.names == ("balance", "fifo", "folder", "large", "link", "p.py")


def test_a_terminal_and_an_input_by_name_are_as_without_a_recorder(session):
    screen = recorded(
        session, "import os, sys; print(os.isatty(0), os.ttyname(1), sys.stdin.readline())", tty=True, stdin="hi\n"
    )
    assert "True /dev/" in screen.stdout.text
    named = recorded(session, "print(open('/dev/stdin').read())", stdin="by name")
    assert named.stdout.text == "by name\n"


def test_limits_of_resources_are_the_programs_and_not_its_recorders(session):
    source = (
        "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_CPU))"
    )
    outcome = recorded(session, source, limits=Limits(wall=60, nofile=20, cpu=3, fsize=10))
    assert outcome.stdout.text == "(20, 20) (3, 4)\n"
    assert facts(outcome)[1].whole


def test_two_programs_of_a_run_are_in_one_recording(session):
    with session.open({"p.py": FORKS}) as run:
        programs = [run.start("python3", "p.py", limits=LIMITS, record="") for _ in range(2)]
        for program in programs:
            program.end_input()
        assert [program.wait().in_words() for program in programs] == ["exit code 0"] * 2
    names = {name.partition("/")[0] for name in run.after.recording}
    assert names == {"1", "2", "end.json"}
    assert run.after.clean


def test_what_outlives_its_program_is_told_and_gone(session):
    outcome = recorded(session, "import os, signal\nif os.fork() == 0:\n    os.setsid()\n    signal.pause()\n")
    assert outcome.exit_code == 0
    assert outcome.after.leftover_count == 1
    assert outcome.after.clean
    assert recorded(session, "print(1)").stdout.text == "1\n"


def test_a_fork_bomb_ends_and_leaves_no_process(session):
    outcome = recorded(session, "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass\n")
    assert outcome.timeout == "pids"
    assert outcome.after.pids_hits > 0
    assert recorded(session, "print(1)").stdout.text == "1\n"


def test_a_link_in_the_place_of_the_folder_leads_the_agent_nowhere(session):
    source = "import os\nos.rename(os.getcwd(), '/work/gone')\nos.symlink('/run/proclab', '/work/' + {number!r})\n"
    number = session.run("python3", "-c", "import os; print(os.getcwd())").stdout.text.strip().rpartition("/")[2]
    outcome = recorded(session, source.format(number=str(int(number) + 1)), take=("recording", "filter"))
    assert outcome.exit_code == 0
    assert (outcome.after.files, outcome.after.names) == ({}, ())
    assert outcome.after.broken is None
    assert recorded(session, "print(1)").stdout.text == "1\n"


def test_with_lines_a_program_says_where_it_is_and_without_them_nobody_does(session):
    source = "import os\n\nr, w = os.pipe()\nos.write(w, b'x')\n"
    for lines, expected in ((True, {"p.py:3", "p.py:4"}), (False, set())):
        events = facts(recorded(session, source, lines=lines))[0]
        assert {str(event.line).rpartition("/")[2] for event in events if event.line} == expected
