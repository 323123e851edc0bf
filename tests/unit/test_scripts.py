"""scripts/venv and scripts/compose2, with stand-ins for Python, pip and Docker: what they do when one is amiss."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from proclab import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")
TOOLS = ("bash", "cat", "cmp", "dirname", "env", "grep", "mkdir", "rm")
# A Python that can only make a venv of itself, and whose pip writes down what it was asked, and may fail.
PYTHON = """\
case "$1 $2" in
    "-c "*) exit ${TOO_OLD:-0} ;;
    "-V "*) echo "Python 3.x" ;;
    "-m venv")
        echo made >> calls; rm -rf .venv; mkdir -p .venv/bin
        cat "$0" > .venv/bin/python; /bin/chmod +x .venv/bin/python ;;
    "-m pip") echo "$*" >> calls; exit ${PIP_FAILS:-0} ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of the two scripts, with a folder `bin` that is the whole path."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "bin").mkdir()
    for name in ("scripts/venv", "scripts/compose2", "scripts/common", "pyproject.toml", *LOCKS):
        shutil.copy(ROOT / name, tmp_path / name)
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or tool)
    return tmp_path


def fake(checkout: Path, name: str, body: str) -> None:
    path = checkout / "bin" / name
    path.write_text(f"#!/bin/sh\n{body}")
    path.chmod(0o755)


def script(checkout: Path, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    name, *arguments = command.split()
    return subprocess.run(
        [checkout / "scripts" / name, *arguments],
        env={"PATH": str(checkout / "bin"), "HOME": str(checkout), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def calls(checkout: Path) -> list[str]:
    path = checkout / "calls"
    return path.read_text().splitlines() if path.exists() else []


def test_venv_is_made_once(checkout: Path) -> None:
    fake(checkout, "python3", PYTHON)
    first, second = script(checkout, "venv"), script(checkout, "venv")
    assert first.returncode == second.returncode == 0, first.stderr
    assert second.stdout == ""
    made, packages, own = calls(checkout)
    assert made == "made"
    assert "--require-hashes -r requirements.lock" in packages
    assert "--no-deps --no-build-isolation --no-index -e ." in own


def locks(checkout: Path) -> list[str]:
    """What pip was told to install, one lock for each time that a venv was made."""
    return [line.rpartition(" ")[2] for line in calls(checkout) if "--require-hashes" in line]


def test_a_small_venv_makes_room_for_a_developers_which_then_serves_everybody(checkout: Path) -> None:
    fake(checkout, "python3", PYTHON)
    for command in ("venv", "venv", "venv dev", "venv dev", "venv"):
        assert script(checkout, command).returncode == 0
    assert locks(checkout) == ["requirements.lock", "requirements-dev.lock"]


def test_a_developers_venv_stays_one_when_it_is_made_anew(checkout: Path) -> None:
    fake(checkout, "python3", PYTHON)
    script(checkout, "venv dev")
    (checkout / "pyproject.toml").write_text("# another\n")
    assert script(checkout, "venv").returncode == 0
    assert locks(checkout) == ["requirements-dev.lock"] * 2


def test_venv_knows_no_third_kind(checkout: Path) -> None:
    fake(checkout, "python3", PYTHON)
    done = script(checkout, "venv all")
    assert (done.returncode, done.stderr) == (2, "usage: scripts/venv [dev]\n")
    assert calls(checkout) == []


@pytest.mark.parametrize(
    ("command", "changed", "times"),
    [
        ("venv", "requirements.lock", 2),
        ("venv", "pyproject.toml", 2),
        ("venv", "requirements-dev.lock", 1),
        ("venv dev", "requirements-dev.lock", 2),
        ("venv dev", "pyproject.toml", 2),
    ],
)
def test_venv_is_made_again_when_what_it_was_made_from_changes(
    checkout: Path, command: str, changed: str, times: int
) -> None:
    fake(checkout, "python3", PYTHON)
    script(checkout, command)
    (checkout / changed).write_text("# another==1\n")
    assert script(checkout, command).returncode == 0
    assert calls(checkout).count("made") == times


def test_venv_is_made_again_in_a_checkout_that_was_moved(checkout: Path) -> None:
    fake(checkout, "python3", PYTHON)
    script(checkout, "venv")
    moved = checkout.with_name(checkout.name + "-moved")
    checkout.rename(moved)
    assert script(moved, "venv").returncode == 0
    assert calls(moved).count("made") == 2


@pytest.mark.parametrize("command", ["venv", "venv dev"])
def test_a_venv_that_pip_did_not_finish_is_no_venv(checkout: Path, command: str) -> None:
    fake(checkout, "python3", PYTHON)
    failed = script(checkout, command, PIP_FAILS="1")
    assert failed.returncode == 1
    assert f'PIP_NO_INDEX=1 PIP_FIND_LINKS="$PWD/wheels" scripts/{command}\n' in failed.stderr
    assert script(checkout, command).returncode == 0
    assert calls(checkout).count("made") == 2


def test_a_small_venv_is_gone_when_a_developers_was_not_finished(checkout: Path) -> None:
    fake(checkout, "python3", PYTHON)
    script(checkout, "venv")
    assert script(checkout, "venv dev", PIP_FAILS="1").returncode == 1
    assert not (checkout / ".venv/made-from").exists()


def test_venv_without_python_says_so(checkout: Path) -> None:
    done = script(checkout, "venv")
    assert done.returncode == 2
    assert "needs Python 3.11 or newer, and there is no 'python3' here" in done.stderr


def test_venv_with_an_old_python_says_so(checkout: Path) -> None:
    fake(checkout, "python3.9", PYTHON)
    done = script(checkout, "venv", PYTHON="python3.9", TOO_OLD="1")
    assert done.returncode == 2
    assert "'python3.9' is Python 3.x" in done.stderr


def test_compose2_takes_what_is_there(checkout: Path) -> None:
    fake(checkout, "docker", "exit 0\n")
    done = script(checkout, "compose2", DOCKER_CONFIG="/elsewhere")
    assert (done.returncode, done.stdout) == (0, "/elsewhere\n")


def test_compose2_takes_what_it_fetched_before(checkout: Path) -> None:
    fake(checkout, "docker", 'case "$DOCKER_CONFIG" in */.cache/compose2) exit 0 ;; *) exit 1 ;; esac\n')
    done = script(checkout, "compose2")
    assert (done.returncode, done.stdout) == (0, f"{checkout}/.cache/compose2\n")


@pytest.mark.parametrize(
    ("docker", "said"),
    [pytest.param(None, "no docker command", id="no docker"), pytest.param("exit 1\n", "no apt-get", id="no apt")],
)
def test_compose2_says_what_is_missing(checkout: Path, docker: str | None, said: str) -> None:
    if docker:
        fake(checkout, "docker", docker)
    done = script(checkout, "compose2")
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
