"""What a user gives to make is data: whatever it holds, it reaches the scripts as it is and nothing of it is run.

A checkout with stand-ins for Docker, Compose and Python, which write down what they were called with.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from proclab import ROOT
from tests.unit import plans

NOTES = """#!/bin/sh
for word; do printf '%s\\0' "$word"; done >> "$NOTES"
case "$*" in *"compose version"*) exit 1 ;; esac
"""
# make's own language, the shell's, its arithmetic's, awk's and sed's; quotes that close ours; an option; two lines.
HOSTILE = (
    "$(shell touch pwned)$(touch pwned)`touch pwned`;touch pwned|touch pwned&touch pwned #.py",
    "'; touch pwned; '\"; touch pwned; \"$(touch pwned).py",
    "-x$(touch pwned).py",
    "PATH[$(touch pwned)]",
    "x\ntouch pwned\n\ttouch pwned;.py",
    '"); system("touch pwned"); print("\\n&.py',
    "$(eval $(shell touch pwned))${shell touch pwned}$$(touch pwned)%.py",
)
TAKES = {
    "lab-1": "RUN ARGS DEMO AT L COMPOSE UNHEARD_OF",
    "shell-1": "AT L COMPOSE",
    "trace-1": "RUN INPUT DEMO OUT AS SECONDS_MAX MEGABYTES_MAX LINES_MAX MARKERS NAMES RAW AT L COMPOSE PYTHON",
    "fault-1": "PROGRAM ARGS PLAN INPUT AT L",
    "trace": "FILE L",
    "look-1": "AT L",
    "watch-1": "AT WEB PORT",
    "load": "FILE",
    "doctor": "PYTHON",
    "venv": "PYTHON",
    "test-unit": "ARGS",
    "bench": "ARGS",
    "test": "ARGS JOBS",
}
ALSO = {"ARGS": {"DEMO": "sysprog_fork"}, "INPUT": {"RUN": "my.py"}, "AS": {"RUN": "my.py"}, "PORT": {"WEB": "1"}}
FAULT = {"PROGRAM": "my.py", "PLAN": "fork:EAGAIN@3"}  # without both a fault is none
PAIRS = [(target, name) for target, names in TAKES.items() for name in names.split()]


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with an image and a venv as far as anybody can tell."""
    one = tmp_path_factory.mktemp("checkout")
    one.chmod(0o755)  # the container's user is to read it
    for name in ("scripts", "labs/1-processes", "docker"):
        shutil.copytree(ROOT / name, one / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Makefile", "compose.yaml", "pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, one / name)
    for name in ("bin/docker", "bin/docker-compose", "bin/python3", ".venv/bin/python"):
        path = one / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(NOTES)
        path.chmod(0o755)
    (one / ".venv/made-from").write_text("")
    (one / "my.py").write_text("pass\n")
    plans.keep(one, "1-processes")
    (one / ".env").write_text("PROCLAB_IMAGE=proclab:x\nCOMPOSE_PROJECT_NAME=proclab-x\nPROCLAB_OWNER=x\n")
    return one


def make(checkout: Path, *words: str, **environment: str) -> list[str]:
    """The words that the stand-ins were called with."""
    old = [word for name in ("venv", "image") if name not in words for word in ("-o", name)]
    path = f"{checkout}/bin:/usr/bin:/bin"
    env = {"PATH": path, "HOME": str(checkout), "NOTES": f"{checkout}/notes", "DOCKER_CONFIG": "/nowhere"}
    subprocess.run(
        ["make", *old, *words], cwd=checkout, env=env | environment, capture_output=True, timeout=60, check=False
    )
    notes = checkout / "notes"
    return notes.read_bytes().decode().split("\0") if notes.exists() else []


def pwned(checkout: Path) -> list[str]:
    return [str(path) for path in checkout.rglob("*pwned") if path.name == "pwned"]


def tried(pattern: Path, folder: Path, target: str, name: str) -> list[str]:
    """Every hostile value for one variable of one target, on the command line and in the environment."""
    checkout = folder / f"{target}-{name}"
    shutil.copytree(pattern, checkout, symlinks=True)
    wanted = FAULT if target == "fault-1" else ALSO.get(name, {}) if target.endswith("-1") else {}
    also = [f"{key}={value}" for key, value in wanted.items() if key != name]
    for value in HOSTILE:
        if name in ("RUN", "INPUT", "FILE", "PROGRAM"):
            (checkout / value).write_text("pass\n")
        make(checkout, target, f"{name}={value}", *also)
        make(checkout, target, *also, **{name: value})
    return pwned(checkout)


@pytest.mark.slow
def test_whatever_stands_in_a_variable_nothing_of_it_is_run(pattern: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        done = pool.map(lambda pair: tried(pattern, tmp_path, *pair), PAIRS)
    assert {pair: made for pair, made in zip(PAIRS, done, strict=True) if made} == {}


@pytest.mark.slow
def test_whatever_stands_in_a_labs_number_nothing_of_it_is_run(pattern: Path, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(pattern, checkout)
    for value in HOSTILE:
        for target in ("lab", "shell", "trace", "look", "watch"):
            make(checkout, f"{target}-1{value}")
    assert pwned(checkout) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("Makefile", 'run "$$PROCLAB_STEM"', 'run "$$PROCLAB_STEM" $(RUN)', ["lab-1", f"RUN={HOSTILE[0]}"]),
        ("Makefile", 'run "$$PROCLAB_STEM"', 'run "$*"', [f"lab-1{HOSTILE[0]}"]),
        ("Makefile", "$(foreach v,$(.VARIABLES)", "$(foreach v,", ["lab-1", f"RUN={HOSTILE[0]}"]),
        ("scripts/trace", "    within_limits ", "    : ", ["trace-1", "RUN=my.py", f"MEGABYTES_MAX={HOSTILE[3]}"]),
    ],
    ids=["a recipe", "a stem", "make", "arithmetic"],
)
def test_each_way_in_would_be_seen(
    pattern: Path, tmp_path: Path, file: str, old: str, new: str, words: list[str]
) -> None:
    """The negative twin: as it was before."""
    checkout = tmp_path / "checkout"
    shutil.copytree(pattern, checkout)
    text = (checkout / file).read_text()
    assert old in text
    (checkout / file).write_text(text.replace(old, new))
    make(checkout, *words)
    assert pwned(checkout) != []


@pytest.mark.parametrize("value", [value for value in HOSTILE if not value.startswith(('"', "'"))])
def test_a_program_of_any_name_is_run_by_that_name(pattern: Path, tmp_path: Path, value: str) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(pattern, checkout)
    (checkout / value).write_text("pass\n")
    (checkout / value).chmod(0o755)
    assert f"/lab/run/{value}" in make(checkout, "lab-1", f"RUN={value}")


def test_arguments_are_words_as_in_a_shell_in_which_nothing_has_a_meaning(pattern: Path, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(pattern, checkout)
    given = """my.py 'a b' "c \\" $x" d\\ e '' * ~ -f $(x) `y`"""
    words = make(checkout, "lab-1", f"RUN={given}")
    wanted = ["/lab/run/my.py", "a b", 'c " $x', "d e", "", "*", "~", "-f", "$(x)", "`y`", ""]
    assert words[words.index("/lab/run/my.py") :] == wanted


def test_a_plan_is_one_word_and_arguments_come_after_the_program(pattern: Path, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(pattern, checkout)
    (checkout / "my own.py").write_text("pass\n")
    plan = "open(a b):delay=2ms, $(x) `y` -x"
    words = make(checkout, "fault-1", "PROGRAM=my own.py", f"PLAN={plan}", "ARGS='a b' $(x)")
    assert words.count(f"--plan={plan}") == 2, "to be looked at, and to be carried out"
    assert words[words.index("/lab/run/my own.py") :][:3] == ["/lab/run/my own.py", "a b", "$(x)"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "which program? make fault-1 PROGRAM=my.py PLAN="),
        (["PROGRAM=my.py"], "which faults? make fault-1 PROGRAM=my.py PLAN="),
        (["PROGRAM=none.py", "PLAN=fork:EAGAIN"], "PROGRAM: there is no file none.py"),
        (
            ["PROGRAM=my.py", "PLAN=fork:EAGAIN", "DEMO=x"],
            "make fault-1 takes PROGRAM= and ARGS=, no DEMO= and no RUN=",
        ),
        (["PROGRAM=my.py", "PLAN=fork:EAGAIN", "ARGS='"], "ARGS= has a quote (') that nothing closes"),
    ],
)
def test_a_fault_without_all_that_it_needs_is_one_sentence(
    pattern: Path, tmp_path: Path, given: list[str], said: str
) -> None:
    shutil.copytree(pattern, tmp_path / "checkout")
    env = {"PATH": f"{tmp_path}/checkout/bin:/usr/bin:/bin", "HOME": str(tmp_path), "NOTES": "/dev/null"}
    done = subprocess.run(
        ["make", "fault-1", *given], cwd=tmp_path / "checkout", env=env, capture_output=True, text=True, check=False
    )
    first, *rest = done.stderr.splitlines()
    assert first.startswith(f"proclab: {said}")
    assert [line for line in rest if not line.startswith("make: ")] == []


@pytest.mark.parametrize(
    ("arguments", "words"), [("-k 'pipes or sockets' -x", ["-k", "pipes or sockets", "-x"]), ("", [])]
)
def test_arguments_for_pytest_are_words_too(pattern: Path, tmp_path: Path, arguments: str, words: list[str]) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(pattern, checkout)
    said = make(checkout, "test", f"ARGS={arguments}", "JOBS=2")
    pytest_is_given = ["-m", "pytest", "-n", "2", "--dist", "loadscope", "--no-loadscope-reorder", *words, ""]
    assert said[-len(pytest_is_given) :] == pytest_is_given


def test_a_file_of_a_labs_name_makes_no_lab_out_of_date(pattern: Path, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(pattern, checkout)
    (checkout / "lab-1").write_text("")
    assert "/lab/run/my.py" in make(checkout, "lab-1", "RUN=my.py")
