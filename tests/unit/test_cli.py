"""The `proclab` command: exit codes, sentences, and what it does not import."""

from __future__ import annotations

import argparse
import inspect
import os
import subprocess
import sys

import pytest

import proclab
from proclab import ROOT, cli
from proclab.command import Command, argument, run
from proclab.engine import Engine, labels
from proclab.errors import EngineDown, UsageError
from proclab.labs import discover


def test_without_a_command_it_shows_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    said = capsys.readouterr().out
    assert all(f"    {command.name} " in said for command in cli.COMMANDS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"proclab {proclab.__version__}\n"


@pytest.mark.parametrize(
    "argv",
    [["nope"], ["labs", "--nope"], ["wipe", "all"], ["look", "title"], ["watch", "one", "p"], ["doctor", "x"]],
    ids=" ".join,
)
def test_misuse_exits_2_and_says_what_is_wrong(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(argv)
    assert ended.value.code == 2
    assert "usage: proclab" in capsys.readouterr().err


@pytest.mark.parametrize("name", [command.name for command in cli.COMMANDS])
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([name, "--help"])
    assert ended.value.code == 0
    assert f"usage: proclab {name}" in capsys.readouterr().out


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_labs_are_listed_in_either_language(lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["labs", "--lang", lang]) == 0
    said = capsys.readouterr().out
    for lab in discover(ROOT):
        assert f"{lab.number}  {lab.title[lang]}\n" in said
        assert all(demo.name in said for demo in lab.demos)


@pytest.mark.parametrize("command", cli.COMMANDS, ids=lambda command: command.name)
def test_a_command_takes_what_its_function_does(command: Command) -> None:
    parser = command.add_to(argparse.ArgumentParser().add_subparsers())
    given = {action.dest for action in parser._actions} - {"help"}
    assert set(inspect.signature(command.function()).parameters) == given


def test_an_unknown_row_of_the_bench_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "nope"]) == 2
    assert capsys.readouterr().err.startswith("proclab bench: there is no row nope; there are: image, ")


@pytest.mark.parametrize(
    ("environment", "lang"),
    [({"LANG": "ru_RU.UTF-8"}, "ru"), ({"LANG": "C"}, "en"), ({"PROCLAB_LANG": "en", "LANG": "ru_RU.UTF-8"}, "en")],
    ids=str,
)
def test_without_a_wish_the_language_is_the_environments(
    environment: dict[str, str], lang: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("PROCLAB_LANG", "LC_ALL", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["labs"]) == 0
    assert discover(ROOT)[0].title[lang] in capsys.readouterr().out


# ---------------------------------------------------------------- what comes of it

RAISED: list[BaseException] = []


def fail(count: int) -> int:
    """The command of these tests: raises what it is given, or returns a number."""
    if RAISED:
        raise RAISED.pop()
    return count


FAILS = Command("fail", "fails", "nowhere:fail", (argument("count", type=int),))


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        pytest.param(EngineDown("no daemon", "start it"), 2, "proclab fail: no daemon; start it\n", id="our fault"),
        pytest.param(UsageError("no lab 9"), 2, "proclab fail: no lab 9\n", id="misuse"),
        pytest.param(KeyboardInterrupt(), 130, "", id="interrupted"),
    ],
)
def test_an_error_is_one_sentence(
    error: BaseException, status: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Command, "function", lambda command: fail)
    RAISED.append(error)
    assert run(argparse.ArgumentParser(), [FAILS], ["fail", "1"]) == status
    assert capsys.readouterr().err == said


def test_a_commands_own_exit_code_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Command, "function", lambda command: fail)
    assert run(argparse.ArgumentParser(), [FAILS], ["fail", "3"]) == 3


def test_wipe_goes_by_this_checkouts_labels_whatever_project_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[str, str]] = []

    def nothing(engine: Engine, *wanted: str) -> list[tuple[str, str]]:
        asked.extend((engine.owner.name, label) for label in wanted)
        return []

    monkeypatch.setenv("COMPOSE_PROJECT_NAME", "somebody-elses")
    monkeypatch.setenv("PROCLAB_OWNER", "somebody-else")
    monkeypatch.setattr("proclab.engine.cleanup.leftovers", nothing)
    assert cli.main(["wipe"]) == 0
    mine = labels.owner_of(ROOT)
    assert asked == [(mine, "proclab=1"), (mine, f"proclab.owner={mine}")]
    assert capsys.readouterr().out == "nothing was left\n"


def test_doctor_and_labs_need_no_package_but_ours() -> None:
    """-S: no site-packages, so neither the Docker SDK nor PyYAML can be found."""
    for argv in (["--version"], ["labs"], ["doctor", "--help"]):
        done = subprocess.run(
            [sys.executable, "-S", "-m", "proclab", *argv],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("encoding", "title"), [("utf-8", "Процессы"), ("ascii", r"\u041f\u0440\u043e\u0446")])
def test_what_a_terminal_has_no_letters_for_is_escaped(encoding: str, title: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "proclab", "labs", "-l", "ru"],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert title in done.stdout.decode(encoding)
