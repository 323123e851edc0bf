"""The conductor: which scenes it plays, in which place, and what it reports when one does not get to its end."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading

import pytest

from tests.unit.guest import FOLDER, module

play, remote, script, stage = module("play"), module("remote"), module("script"), module("stage")
wire = module("wire")

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
    """A remote in a thread, joined to a listener on a port of the kernel's choice."""
    listener = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setattr(remote, "listen", lambda: listener)
    thread = threading.Thread(target=lambda: remote.serve(remote.join(*listener.getsockname())))
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
    assert (facts[-1]["lack"], facts[-1]["wanted"]) == ("program", ["'nobody'"])


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
    monkeypatch.setattr(remote, "JOIN_S", 0.05)
    monkeypatch.setattr(remote, "listen", lambda: socket.create_server(("127.0.0.1", 0)))
    facts = []
    one = conductor(facts)
    assert not one.play(script.Scene("echo", 0, {}, "server", [], [{"do": "start", "at": "client"}]))
    assert (facts[-1]["do"], facts[-1]["lack"]) == ("join", "join")
    one.listener.close()


def test_a_container_that_has_not_come_is_waited_for_once(monkeypatch, folder):
    monkeypatch.setattr(remote, "JOIN_S", 0.05)
    monkeypatch.setattr(remote, "listen", lambda: socket.create_server(("127.0.0.1", 0)))
    facts = []
    lead = conductor(facts)
    scene = script.Scene("echo", 0, {}, "server", [], [{"do": "start", "at": "client"}])
    assert not lead.play(scene)
    monkeypatch.setattr(remote, "accept", None)  # a second wait would call it
    assert not lead.play(scene)
    assert (facts[-1]["lack"], facts[-1]["wanted"]) == ("answer", ["client (it has not come)"])
    lead.listener.close()


def test_a_container_that_went_between_two_scenes_is_not_waited_for(monkeypatch, folder):
    listener = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setattr(remote, "listen", lambda: listener)

    def answer_once():
        with socket.create_connection(listener.getsockname()) as connection:
            connection.recv(1 << 16)
            connection.sendall(DONE)

    thread = threading.Thread(target=answer_once)
    thread.start()
    facts = []
    lead = conductor(facts)
    scene = script.Scene("echo", 0, {}, "server", [], [{"do": "start", "at": "client"}])
    assert lead.play(scene), "its clearing up finds nobody, which is no fault of the scene's"
    thread.join(20)
    monkeypatch.setattr(remote, "accept", None)
    assert not lead.play(scene)
    assert facts[-1]["lack"] == "answer"
    listener.close()


def test_control_c_ends_a_remote_without_a_traceback():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        argv = [sys.executable, "-Es", FOLDER / "remote.py", "127.0.0.1", "--port", str(listener.getsockname()[1])]
        with subprocess.Popen(argv, stderr=subprocess.PIPE) as process:
            connection, _ = listener.accept()
            process.send_signal(signal.SIGINT)
            assert (process.wait(60), process.stderr.read()) == (130, b"")
        connection.close()


def test_a_conductor_that_is_not_there_is_a_sentence(monkeypatch, capsys):
    monkeypatch.setattr(remote, "JOIN_S", 0.05)
    monkeypatch.setattr(sys, "argv", ["remote", "127.0.0.1", "--port", "9"])
    assert remote.main() == 1
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


# --- another program answers instead of the remote ---

DONE = b'{"done": {"far": "7"}}\n'
LINE = b'{"fact": "line", "of": "far", "text": "x"}\n'


@pytest.fixture
def forged(monkeypatch, folder):
    """Somebody who answers each request with the same bytes, or hangs up when there is one that he can't end."""
    listener = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setattr(remote, "listen", lambda: listener)
    threads = []

    def answer(data):
        with socket.create_connection(listener.getsockname()) as far:
            try:
                while far.recv(1 << 16):
                    for piece in data:
                        far.sendall(piece)
            except OSError:  # nobody listens any more
                pass

    def start(data):
        threads.append(threading.Thread(target=answer, args=(data,)))
        threads[0].start()

    yield start
    threads[0].join(20)
    listener.close()
    assert not threads[0].is_alive()


def played(folder, capsys, *more):
    (folder / "lab.toml").write_text(LAB.partition('    [[demo.scene.step]]\n    do = "wait"')[0])
    status = play.main(["--lab", str(folder / "lab.toml"), "--lang", "en", *more])
    return status, capsys.readouterr()


STRANGE = [b"\n", b"7\n", b"{}\n", b"[" * 100_000 + b"\n", b'{"done": 7}\n', b'{"done": {"a": 7}}\n', b"\xff\n",
           b'{"fact": 7}\n', b'{"fact": "lion"}\n', b'{"fact": "line", "of": "x"}\n', b'{"fact": ["line"]}\n',
           b'{"fact": "exit", "of": "x"}\n', b'{"fact": "start", "as": "x", "pid": Infinity, "argv": []}\n',
           b'{"fact": "start", "as": "x", "pid": ' + b"9" * 4000 + b', "argv": []}\n', b'{"done": {}, "overdue": 7}\n',
           b'{"fact": "start", "as": "x", "pid": 7, "argv": [7]}\n', b'{"fact": "done", "bad": 0}\n']  # fmt: skip


@pytest.mark.parametrize("data", STRANGE, ids=range(len(STRANGE)))
def test_an_answer_that_is_none_is_a_sentence_and_the_end_of_the_run(folder, forged, capsys, data):
    forged([data])
    status, said = played(folder, capsys)
    assert status == 1
    assert said.err == ""
    assert said.out.count("NOT SEEN in time: an answer of the container of client (") == 1


def test_an_answer_of_no_more_than_a_done_is_one(folder, forged, capsys):
    forged([LINE, DONE])
    status, said = played(folder, capsys)
    assert status == 0
    assert said.out.count("far | x") == 2  # the start's, and the clearing's
    assert "NOT SEEN" not in said.out


@pytest.mark.parametrize(("data", "why"), [([b"x" * 4096], "a line of more than"), ([LINE], "facts at once")])
def test_an_answer_without_an_end_takes_no_memory_and_has_one(folder, forged, capsys, monkeypatch, data, why):
    import itertools

    monkeypatch.setattr(wire, "LINE_BYTES", 1 << 17)
    monkeypatch.setattr(remote, "MOST_FACTS", 50)
    forged(itertools.cycle(data))
    status, said = played(folder, capsys)
    assert status == 1
    assert why in said.out


def test_an_answer_that_never_comes_has_a_deadline(folder, forged, capsys, monkeypatch):
    monkeypatch.setattr(remote, "ANSWER_S", 0.05)
    monkeypatch.setattr(remote, "DEADLINE_S", 0.05)
    forged([])
    status, said = played(folder, capsys)
    assert status == 1
    assert "an answer of the container of client" in said.out


def test_what_has_come_outlives_a_receive_that_is_broken_off():
    pieces = iter([b"one\ntw", KeyboardInterrupt(), b"o\nthr", TimeoutError(), b"ee\n\n", b""])

    def receive(most):
        piece = next(pieces)
        if isinstance(piece, BaseException):
            raise piece
        return piece

    lines = wire.Lines(receive)
    assert next(lines) == b"one"
    with pytest.raises(KeyboardInterrupt):
        next(lines)
    assert next(lines) == b"two"
    with pytest.raises(TimeoutError):
        next(lines)
    assert [next(lines), next(lines)] == [b"three", b""]
    with pytest.raises(EOFError):
        next(lines)


def test_an_interrupt_while_the_other_container_is_waited_for_clears_it_and_is_no_traceback(
    folder, forged, capsys, monkeypatch
):
    receive, pressed = remote.Remote._receive, []

    def press(self, most):
        if not pressed:
            pressed.append(True)
            raise KeyboardInterrupt
        return receive(self, most)

    monkeypatch.setattr(remote.Remote, "_receive", press)
    forged([LINE, DONE])
    status, said = played(folder, capsys)
    assert pressed
    assert status == 130
    assert said.err == ""
    assert "far | x" in said.out  # its answers were read on


def test_a_container_that_is_overdue_even_in_clearing_up_is_dropped(folder, forged, capsys):
    forged([b'{"done": {}, "overdue": "x"}\n'])
    status, said = played(folder, capsys)
    assert (status, said.err) == (1, "")


@pytest.mark.parametrize("text", [r"\u001b[2J", r"\u202e", r"\u2028", r"\ud800", r"\u009b"])
def test_what_another_container_tells_does_not_act(folder, forged, capsys, text):
    facts = [
        f'{{"fact": "line", "of": "{text}", "text": "{text}"}}',
        f'{{"fact": "end", "of": "{text}"}}',
        f'{{"fact": "start", "as": "x", "pid": 7, "argv": ["{text}"]}}',
        f'{{"fact": "panel", "run": "{text}", "code": 0, "text": "{text}"}}',
        f'{{"fact": "signal", "signal": "{text}", "pid": 7, "error": "{text}"}}',
        f'{{"fact": "count", "of": "{text}", "line": "{text}", "count": 1, "first": "{text}"}}',
        f'{{"fact": "overdue", "do": "x", "of": null, "lack": "{text}", "wanted": ["{text}"], "never": ["{text}"]}}',
    ]
    forged(["\n".join(facts).encode() + b"\n" + DONE])
    status, said = played(folder, capsys)
    assert status == 0
    assert all(line.isprintable() for line in said.out.split("\n"))


@pytest.mark.parametrize("request_", [b"7\n", b"{}\n", b"[" * 100_000 + b"\n", b'{"step": {"do": "x"}, "names": {}}\n'])
def test_a_request_that_is_none_is_a_sentence(monkeypatch, capsys, request_):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setattr(sys, "argv", ["remote", "127.0.0.1", "--port", str(listener.getsockname()[1])])

        def ask():
            with listener.accept()[0] as connection:
                connection.sendall(request_)

        thread = threading.Thread(target=ask)
        thread.start()
        assert remote.main() == 1
        thread.join(20)
    assert "makes no sense" in capsys.readouterr().err
