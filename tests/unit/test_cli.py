"""The `proclab` command: exit codes, sentences, and what it does not import."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import proclab
from proclab import cli
from proclab.errors import EngineDown, UsageError
from proclab.labs import discover

ROOT = Path(__file__).resolve().parents[2]


def test_without_a_command_it_shows_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    said = capsys.readouterr().out
    assert all(f"    {name} " in said for name in cli.COMMANDS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"proclab {proclab.__version__}\n"


@pytest.mark.parametrize(
    "argv", [["nope"], ["labs", "--nope"], ["wipe", "all"], ["bench", "nope"], ["doctor", "x"]], ids=" ".join
)
def test_misuse_exits_2_and_says_what_is_wrong(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(argv)
    assert ended.value.code == 2
    assert argv[-1] in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
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


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        pytest.param(EngineDown("no daemon", "start it"), 2, "proclab it: no daemon; start it\n", id="our fault"),
        pytest.param(UsageError("no lab 9"), 2, "proclab it: no lab 9\n", id="misuse"),
        pytest.param(KeyboardInterrupt(), 130, "", id="interrupted"),
    ],
)
def test_an_error_is_one_sentence(
    error: BaseException, status: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(argv: Sequence[str]) -> int:
        raise error

    monkeypatch.setitem(cli.COMMANDS, "it", (fail, "fails"))
    assert cli.main(["it"]) == status
    assert capsys.readouterr().err == said


def test_a_commands_own_exit_code_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cli.COMMANDS, "it", (lambda argv: len(argv), "counts"))
    assert cli.main(["it", "--any", "thing"]) == 2


def test_wipe_knows_the_projects_of_its_own_checkout() -> None:
    projects = ["proclab-1a", "proclab-1a-77", "proclab-1a-77", "proclab-1ab", "proclab-2b", "other", ""]
    assert cli.own_projects("proclab-1a", projects) == ["proclab-1a", "proclab-1a-77"]


def test_wipe_without_a_project_of_its_own_touches_no_project() -> None:
    assert cli.own_projects("", ["", "-1", "proclab-1a"]) == []


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
