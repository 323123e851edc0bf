"""The conductor: which scenes it plays, in which place, and what it reports when one does not get to its end."""

import json
import os
import signal
import socket
import sys
import threading

import pytest

from tests.unit.guest import module

play, hand, script, stage = module("play"), module("hand"), module("script"), module("stage")

LAB = """
title = { en = "Sockets", ru = "Сокеты" }
services = ["server", "client"]
[[demo]]
name = "echo"
title = { en = "an echo", ru = "эхо" }
  [[demo.scene]]
    [[demo.scene.step]]
    do = "start"
    [[demo.scene.step]]
    do = "start"
    at = "client"
    as = "far"
    say = { en = "beside {demo}", ru = "рядом {demo}" }
    [[demo.scene.step]]
    do = "wait"
    of = "far"
    line = 'ready (?P<word>\\w+)'
    [[demo.scene.step]]
    do = "send"
    of = "far"
    line = "{word}"
    [[demo.scene.step]]
    do = "wait"
    of = "far"
    line = "got"
    [[demo.scene.step]]
    do = "end"
    of = "far"
    [[demo.scene.step]]
    do = "expect"
    of = "far"
    [[demo.scene.step]]
    do = "end"
    [[demo.scene.step]]
    do = "expect"
  [[demo.scene]]
  service = "other"
    [[demo.scene.step]]
    do = "panel"
    run = "ps"
"""
ECHO = "import sys\nprint('ready now', flush=True)\nfor line in sys.stdin: print('got', line.strip(), flush=True)\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "lab.toml").write_text(LAB)
    (tmp_path / "echo.py").write_text(ECHO)
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable) + ":" + os.environ["PATH"])
    monkeypatch.setattr(stage.Stage.__init__, "__defaults__", (str(tmp_path),))
    return tmp_path


@pytest.fixture
def far(monkeypatch):
    """A hand in a thread, joined to a listener on a port of the kernel's choice."""
    listener = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setattr(hand, "listen", lambda: listener)
    thread = threading.Thread(target=lambda: hand.serve(hand.join(*listener.getsockname())))
    thread.start()
    yield
    thread.join(20)
    assert not thread.is_alive()
    listener.close()


def conductor(facts, service="server"):
    return play.Conductor(facts.append, lambda text: text["en"], service)


def test_a_scene_is_played_in_two_places(folder, far):
    facts = []
    lab = script.load(folder / "lab.toml")
    one = conductor(facts)
    assert one.play(lab.demos[0].scenes[0])
    one.stages["client"].close()
    far_lines = [fact["text"] for fact in facts if fact["fact"] == "line" and fact.get("at") == "client"]
    assert far_lines == ["ready now", "got now"]
    assert [fact["exit"] for fact in facts if fact["fact"] == "exit"] == [0, 0]
    said = next(fact["text"] for fact in facts if fact["fact"] == "say")
    assert said == f"beside {next(fact['pid'] for fact in facts if fact['fact'] == 'start')}"


def test_a_step_that_is_overdue_far_away_ends_the_scene_here(folder, far):
    facts = []
    lab = script.load(folder / "lab.toml")
    steps = [{"do": "start", "at": "client"}, {"do": "wait", "line": "never", "timeout": 0.1}, {"do": "end"}]
    one = conductor(facts)
    assert not one.play(script.Scene("echo", 0, {}, "server", [], steps))
    one.stages["client"].close()
    kinds = [fact["fact"] for fact in facts]
    assert "overdue" in kinds
    assert "end" not in kinds
    assert kinds[-1] == "killed"
    assert lab.demos[0].name == "echo"


def test_a_step_about_a_program_that_is_not_there_ends_the_scene(folder):
    facts = []
    assert not conductor(facts).play(script.Scene("echo", 0, {}, "server", [], [{"do": "end", "of": "nobody"}]))
    assert "nobody" in facts[-1]["wanted"]


def test_only_the_scenes_of_the_service_are_chosen(folder):
    lab = script.load(folder / "lab.toml")

    def numbers(*query):
        return [scene.number for _, scenes in play.choose(lab, *query) for scene in scenes]

    assert numbers([], "server", None) == [0]
    assert numbers([], "other", None) == [1]
    assert numbers([], "other", 0) == []
    assert numbers(["nope"], "server", None) == []


def test_an_unknown_demo_is_misuse_that_lists_what_there_is(folder, capsys):
    assert play.main(["--lab", str(folder / "lab.toml"), "--demo", "nope"]) == 2
    assert "demos: echo" in capsys.readouterr().err


def test_facts_are_json_lines_and_the_exit_status_tells_that_all_got_an_answer(folder, capsys):
    arguments = ["--lab", str(folder / "lab.toml"), "--service", "other", "--json"]
    assert play.main(arguments) == 0
    facts = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [fact["fact"] for fact in facts] == ["demo", "scene", "panel"]


def test_a_scene_without_an_answer_is_exit_status_1(folder, capsys):
    text = LAB.replace('run = "ps"', 'run = "ps"\n    see = ["no such thing"]\n    timeout = 0.1')
    (folder / "lab.toml").write_text(text)
    assert play.main(["--lab", str(folder / "lab.toml"), "--service", "other", "--lang", "ru"]) == 1
    assert "НЕ ДОЖДАЛИСЬ" in capsys.readouterr().out


def test_a_hand_that_never_comes_is_overdue(monkeypatch, folder):
    monkeypatch.setattr(hand, "JOIN_S", 0.05)
    monkeypatch.setattr(hand, "listen", lambda: socket.create_server(("127.0.0.1", 0)))
    facts = []
    one = conductor(facts)
    assert not one.play(script.Scene("echo", 0, {}, "server", [], [{"do": "start", "at": "client"}]))
    assert facts[-1]["do"] == "join"
    one.listener.close()


def test_a_conductor_that_is_not_there_is_a_sentence(monkeypatch, capsys):
    monkeypatch.setattr(hand, "JOIN_S", 0.05)
    monkeypatch.setattr(sys, "argv", ["hand", "127.0.0.1", "--port", "9"])
    assert hand.main() == 1
    assert "no conductor" in capsys.readouterr().err


def test_a_second_control_c_does_not_break_off_the_cleaning_up():
    before = signal.signal(signal.SIGINT, play.interrupted)
    try:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
