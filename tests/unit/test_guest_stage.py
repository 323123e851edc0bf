"""The stage: every step against real programs, on this machine, without a container."""

import os
import select
import signal
import sys
import time

import pytest

from tests.unit.guest import module

stage_module = module("stage")
Overdue = stage_module.Overdue

PROGRAMS = {
    "echo": "import sys\nprint('ready', flush=True)\nfor line in sys.stdin: print('got', line.strip(), flush=True)\n",
    "exits": "import sys\nprint('last words', end='', flush=True)\nsys.exit(3)\n",
    "dies": "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\n",
    "flood": "while True: print('x')\n",
    "terminal": "import sys\nprint('tty', sys.stdin.isatty(), flush=True)\nsys.stdin.read()\nprint('over')",
    "orphan": "import os\nif not os.fork():\n    print(f'orphan={os.getpid()}', flush=True)\n    os.read(os.dup(0), 1)",
    "long": "print('y' * 10000, flush=True)\nprint('\\x00\\xff end', flush=True)\n",
}


@pytest.fixture
def stage(tmp_path, monkeypatch):
    for name, text in PROGRAMS.items():
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable) + ":" + os.environ["PATH"])
    facts = []
    stage = stage_module.Stage(facts.append, str(tmp_path))
    stage.facts = facts
    yield stage
    stage.clear()


def play(stage, *steps):
    names = {}
    for step in steps:
        names |= stage.play({"timeout": 5} | step, names)
    return names


def texts(stage):
    return [fact["text"] for fact in stage.facts if fact["fact"] == "line"]


def start(program, **more):
    return {"do": "start", "program": program, **more}


def test_a_conversation_over_pipes(stage):
    names = play(
        stage,
        start("echo"),
        {"do": "wait", "line": "ready"},
        {"do": "send", "line": "one"},
        {"do": "wait", "line": r"got (?P<word>\w+)"},
        {"do": "end"},
        {"do": "expect", "exit": 0},
    )
    assert names["word"] == "one"
    assert texts(stage) == ["ready", "got one"]
    assert stage.facts[-1] == {"fact": "exit", "of": "demo", "exit": 0}


def test_a_wait_goes_on_where_the_last_one_ended(stage):
    play(
        stage,
        start("echo"),
        {"do": "wait", "line": "ready"},
        {"do": "send", "line": "a"},
        {"do": "wait", "line": "got"},
    )
    with pytest.raises(Overdue):
        play(stage, {"do": "wait", "line": "got", "timeout": 0.05})


def test_several_lines_may_be_waited_for(stage):
    play(
        stage,
        start("echo"),
        *[{"do": "send", "line": str(n)} for n in range(3)],
        {"do": "wait", "line": "got", "times": 3},
    )
    assert texts(stage) == ["ready", "got 0", "got 1", "got 2"]


def test_a_line_that_never_comes_is_overdue_at_once_when_the_program_has_ended(stage):
    began = time.monotonic()
    with pytest.raises(Overdue):
        play(stage, start("exits"), {"do": "wait", "line": "nothing like it", "timeout": 60})
    assert time.monotonic() - began < 30
    assert stage.facts[-1]["fact"] == "overdue"


def test_an_exit_code_and_a_last_line_without_newline(stage):
    play(stage, start("exits"), {"do": "expect"})
    assert texts(stage) == ["last words"]
    assert stage.facts[-1] == {"fact": "exit", "of": "demo", "exit": 3}


def test_a_signal_that_killed_is_told_by_name(stage):
    play(stage, start("dies"), {"do": "expect"})
    assert stage.facts[-1] == {"fact": "exit", "of": "demo", "signal": "TERM"}


def test_a_real_time_signal_has_a_name_too(stage, tmp_path):
    (tmp_path / "dies.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGRTMIN + 3)\n")
    play(stage, start("dies"), {"do": "expect"})
    assert stage.facts[-1]["signal"] == "RTMIN+3"


def test_a_program_that_does_not_end_is_overdue_even_while_it_prints(stage):
    with pytest.raises(Overdue):
        play(stage, start("flood"), {"do": "expect", "timeout": 0.2})
    assert stage.facts[-1]["lack"] == "end"


def test_endless_output_is_cut_once(stage, monkeypatch):
    monkeypatch.setattr(stage_module, "OUTPUT_LINES", 100)
    with pytest.raises(Overdue):
        play(stage, start("flood"), {"do": "wait", "line": "never", "timeout": 0.2})
    assert len(texts(stage)) == 100
    assert [fact["fact"] for fact in stage.facts].count("cut") == 1


def test_long_lines_and_strange_bytes_are_data(stage):
    play(stage, start("long"), {"do": "expect"})
    assert len(texts(stage)[0]) == stage_module.LINE_BYTES
    assert texts(stage)[-1].endswith(" end")


@pytest.mark.parametrize("tty", [False, True])
def test_a_program_that_cannot_be_started_says_so_and_has_a_shells_status(stage, monkeypatch, tmp_path, tty):
    monkeypatch.setenv("PATH", str(tmp_path))
    play(stage, start("echo", tty=tty), {"do": "expect"})
    assert texts(stage) == ["proclab: python: No such file or directory"]
    assert stage.facts[-1] == {"fact": "exit", "of": "demo", "exit": 127}


def test_a_program_has_a_session_and_signals_as_from_a_shell_and_no_descriptor_of_ours(stage, tmp_path):
    (tmp_path / "plain.py").write_text(
        "import os\nprint('session', os.getsid(0) == os.getpid(), flush=True)\n"
        "print('fds', *os.listdir('/proc/self/fd'), flush=True)\n"
        "print(*[l.strip() for l in open('/proc/self/status') if l.startswith('SigBlk')], flush=True)\n"
    )
    old = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    try:
        play(stage, start("echo"), start("plain", **{"as": "plain"}), {"do": "expect", "of": "plain"})
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old)
    said = dict(fact["text"].split(None, 1) for fact in stage.facts if fact["fact"] == "line" and fact["of"] == "plain")
    assert (said["session"], said["SigBlk:"]) == ("True", "0000000000000000")
    demo = stage.programs["demo"]
    assert not {str(demo.out), str(demo.into)} & set(said["fds"].split())


def test_input_may_be_ended_twice_and_nothing_is_written_afterwards(stage):
    play(stage, start("echo"), {"do": "end"}, {"do": "end"}, {"do": "expect"})
    assert stage.facts[-1]["exit"] == 0
    with pytest.raises(Overdue):
        play(stage, {"do": "send", "line": "x"})
    assert (stage.facts[-1]["lack"], stage.facts[-1]["wanted"]) == ("system", ["Bad file descriptor"])


def test_a_reader_of_the_facts_that_has_gone_is_no_step_that_the_system_refused(stage, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(stage, "emit", broken)
        with pytest.raises(BrokenPipeError):
            play(stage, start("echo"))


def broken(fact):
    raise BrokenPipeError(32, "Broken pipe")


def test_a_terminal_is_one(stage):
    play(
        stage,
        start("terminal", tty=True),
        {"do": "wait", "line": "tty True"},
        {"do": "end"},
        {"do": "wait", "line": "over"},
    )
    play(stage, {"do": "expect", "exit": 0})


def test_without_a_terminal_there_is_none(stage):
    play(stage, start("terminal"), {"do": "wait", "line": "tty False"})


def test_a_signal_is_sent_to_the_program_or_to_a_pid(stage):
    names = play(
        stage,
        start("echo"),
        {"do": "wait", "line": "ready"},
        {"do": "signal", "signal": "TERM"},
        {"do": "expect"},
    )
    assert stage.facts[-1]["signal"] == "TERM"
    play(stage, {"do": "signal", "signal": "TERM", "to": names["demo"]})
    assert "error" in stage.facts[-1]


def test_a_signal_waits_until_the_program_sleeps_but_not_for_ever(stage, monkeypatch):
    monkeypatch.setattr(stage_module, "SETTLE_S", 0.1)
    play(stage, start("flood"), {"do": "signal", "signal": "KILL"}, {"do": "expect"})
    assert stage.facts[-1]["signal"] == "KILL"
    assert stage_module._runs(os.getpid())
    assert not stage_module._runs(2**22 + 1)


def test_a_panel_is_taken_again_until_it_shows_what_can_be_seen(stage):
    names = play(stage, start("exits"))
    panel = {"do": "panel", "run": "ps -o pid,stat -p {demo}", "see": [r"^\s*{demo}\s+Z"]}
    stage.play(panel, names)
    assert [fact["fact"] for fact in stage.facts].count("panel") == 1
    assert f"{names['demo']} Z" in stage.facts[-1]["text"]


@pytest.mark.parametrize("wrong", [{"see": ["no such thing"]}, {"never": ["PID"]}])
def test_a_panel_that_does_not_show_it_is_shown_all_the_same_and_overdue(stage, wrong):
    with pytest.raises(Overdue):
        play(stage, {"do": "panel", "run": "ps", "timeout": 0.1, **wrong})
    assert [fact["fact"] for fact in stage.facts] == ["panel", "overdue"]


def test_a_tool_that_is_missing_is_told(stage):
    play(stage, {"do": "panel", "run": "no-such-tool"})
    assert stage.facts[-1]["code"] == 127


def test_show_counts_lines(stage):
    play(stage, start("echo"), {"do": "wait", "line": "ready"}, {"do": "show", "line": "read"})
    assert stage.facts[-1]["count"] == 1


def test_clear_ends_what_still_runs_and_says_so(stage):
    names = play(stage, start("echo"), {"do": "wait", "line": "ready"})
    stage.clear()
    assert stage.facts[-1] == {"fact": "killed", "of": "demo", "pid": int(names["demo"])}
    assert not os.path.exists(f"/proc/{names['demo']}")


def test_clear_ends_a_program_whose_start_was_interrupted(stage, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(stage.selector, "register", interrupted)
        with pytest.raises(KeyboardInterrupt):
            play(stage, start("echo"))
    pid = stage.programs["demo"].pid
    stage.clear()
    assert not os.path.exists(f"/proc/{pid}")
    play(stage, start("exits"), {"do": "expect"})


def test_clear_ends_a_program_that_has_no_session_yet(stage, monkeypatch):
    monkeypatch.setattr(stage_module, "_streams", lambda *fds: signal.pause())
    names = play(stage, start("echo"))
    stage.clear()
    assert stage.facts[-1]["fact"] == "killed"
    assert not os.path.exists(f"/proc/{names['demo']}")


def test_clear_says_nothing_of_a_program_that_has_ended(stage):
    play(stage, start("exits"), {"do": "expect"})
    stage.clear()
    assert stage.facts[-1]["fact"] == "exit"


def test_clear_ends_orphans_of_the_programs_session(stage):
    names = play(stage, start("orphan"), {"do": "wait", "line": r"orphan=(?P<orphan>\d+)"}, {"do": "expect"})
    watch = os.pidfd_open(int(names["orphan"]))
    stage.clear()
    assert select.select([watch], [], [], 5)[0], "the orphan is still there"
    os.close(watch)
