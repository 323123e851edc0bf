"""The checkout keeps its own promises; each check has a twin that shows what it catches."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

import proclab
from proclab import ROOT
from proclab.cli import COMMANDS
from proclab.words import LANGS
from tests.unit import repo

LABS = sorted(path.name for path in ROOT.glob("labs/[0-9]*-*"))

HOSTILE = "tests/classes/mixed/"  # what students might hand in: no source of ours, and some of it no Python

# Where a program may sleep, and why nothing else would do. A stale line fails.
MAY_SLEEP: dict[str, str] = {
    "labs/3-pipes/demos/sysprog_apipe.py": "growing pauses between the messages are what it shows",
    "labs/4-sockets/demos/sysprog_socket_.py": "nothing tells a client that a server now listens: it tries again",
    "labs/4-sockets/alternatives/asyncio/client.py": "the pauses between its tries are what the task asks for",
    "labs/4-sockets/alternatives/byhand/client.py": "the same",
    "labs/4-sockets/alternatives/selectors/client.py": "the same",
    "labs/4-sockets/ours/peer.py": "the kernel counts the refusals of a host and wakes nobody for it",
    "labs/4-sockets/solution/client.py": "the pauses between its tries are what the task asks for",
    "proclab/bench/grades.py": "a job that only waits, as for its containers, is what it measures",
    "proclab/grading/checking.py": "no kernel tells everywhere that a file was saved: LIVE=1 looks four times a second",
    "tests/data/correct/aio_programs.py": "a sleep of no time lets other tasks go on",
    "tests/data/lines/library.py": "a sleep is one of the calls of the table",
    "tests/data/lines/situations.py": "an event loop that waits for a time is one of the situations",
    "tests/data/programs/zombie_late.py": "a parent that is busy with something else for a while is what it shows",
}


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def tracked() -> list[str]:
    """The files under version control that still exist (all files, where there is no git)."""
    git = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if git.returncode == 0:
        return [path for path in git.stdout.split("\0") if path and is_text(ROOT / path)]
    skip = {".venv", ".cache", "out", "__pycache__", ".git"}
    files = (path.relative_to(ROOT) for path in ROOT.rglob("*") if is_text(path))
    return [str(path) for path in files if not skip & set(path.parts)]


def is_text(path: Path) -> bool:
    """A link has no text of its own; those of a hostile submission lead anywhere."""
    return path.is_file() and not path.is_symlink()


def texts(*suffixes: str, under: tuple[str, ...] = ("",)) -> dict[str, str]:
    found = (path for path in tracked() if path.endswith(suffixes or ("",)) and path.startswith(under))
    if ".py" in suffixes:
        found = (path for path in found if not path.startswith(HOSTILE))
    return {path: (ROOT / path).read_bytes().decode(errors="replace") for path in found}


# ---------------------------------------------------------------- make, the command, the labs


def test_every_make_target_has_help() -> None:
    assert repo.targets(read("Makefile"))
    assert repo.targets_without_help(read("Makefile")) == []


def test_a_make_target_without_help_is_seen() -> None:
    makefile = "X := 1\n.PHONY: a\na: b ## does a\n\techo c: d\nlab-%:\n\ttrue\nhelp:\n"
    assert repo.targets_without_help(makefile) == ["lab-%"]


def test_every_make_target_is_in_the_readme() -> None:
    names = [name.replace("%", "") for name in repo.targets(read("Makefile")) if name != "help"]
    patterns = [f"make {name}" for name in names]
    readme = read("README.md")
    assert [pattern for pattern in patterns if pattern not in readme] == []


def first_screen() -> str:
    return read("README.md").partition("\n## ")[0]


def test_the_readme_opens_with_two_commands_to_paste_and_a_picture() -> None:
    blocks = re.findall(r"^```\n(.*?)^```", first_screen(), re.MULTILINE | re.DOTALL)
    assert [block for block in blocks if block.startswith(("make", "$"))] == ["make lab-1\n", "make test\n"]
    assert "](docs/run.png)" in first_screen()
    assert first_screen().count("\n") <= 60


def test_what_the_readme_shows_of_a_run_is_what_the_lab_says() -> None:
    told = [line.removeprefix("> ") for line in first_screen().splitlines() if line.startswith("> ")]
    said = [line.replace("{demo}", "8") for line in read("labs/1-processes/lab.toml").splitlines()]
    assert len(told) == 2
    assert [line for line in told if not any(f'"{line}"' in each for each in said)] == []


def test_the_line_of_the_makefile_in_the_readme_is_the_one() -> None:
    (line,) = [number for number, text in enumerate(read("Makefile").splitlines(), 1) if "scripts/lab run" in text]
    assert re.findall(r"\[Makefile:(\d+): lab-1\]", read("README.md")) == [str(line)]


def test_every_command_is_in_the_readme() -> None:
    assert repo.unmentioned([f"proclab {command.name}" for command in COMMANDS], read("README.md")) == []


def test_the_readme_names_no_command_that_is_not_there() -> None:
    named = re.findall(r"`proclab ([a-z]+)", read("README.md"))
    assert set(named) <= {command.name for command in COMMANDS}


def test_an_unmentioned_command_is_seen() -> None:
    assert repo.unmentioned(["proclab wipe", "proclab do"], "`proclab wipe`, proclab doctor") == ["proclab do"]


@pytest.mark.parametrize("folder", LABS)
def test_lab_is_complete(folder: str) -> None:
    files = [path.name for path in (ROOT / "labs" / folder).iterdir()]
    assert repo.lab_complaints(folder, files, read("README.md"), read("compose.yaml")) == []


def test_there_are_labs() -> None:
    assert [name.split("-")[0] for name in LABS] == ["1", "2", "3", "4", "5"]


def test_an_incomplete_lab_is_seen() -> None:
    complaints = repo.lab_complaints("6-new", ["README.md", "lab.toml"], "labs/5-signals", "./labs/6-new/tasks")
    assert complaints == [
        "6-new has no README.ru.md",
        "README.md does not link labs/6-new",
        "compose.yaml mounts 6-new/demos nowhere",
    ]


@pytest.mark.parametrize("folder", LABS)
def test_every_demo_is_in_both_readmes_of_its_lab(folder: str) -> None:
    demos = [path.stem for path in (ROOT / "labs" / folder / "demos").glob("sysprog_*.py")]
    for name in ("README.md", "README.ru.md"):
        assert repo.unmentioned(demos, read(f"labs/{folder}/{name}")) == []


# ---------------------------------------------------------------- documents

DOCUMENTS = [
    "README.md",
    "CONTRIBUTING.md",
    *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("docs/*.md")),
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_paths_named_in_documents_exist(document: str) -> None:
    known = {path.split("/")[0] for path in tracked()}  # `a/b` in backticks is a path only below one of our folders
    here = (ROOT / document).parent
    named = [path for path in repo.named_paths(read(document)) if path.split("/")[0] in known or (here / path).exists()]
    assert [path for path in named if not (ROOT / path).exists() and not (here / path).exists()] == []


def test_paths_are_told_from_other_things() -> None:
    text = "[design](docs/design.md), `labs/1-processes/`, `./scripts/lab`, `/proc/PID/fd`, `labs/N-name/`, `a b/c`,\n"
    text += "[man](https://man7.org/x), `docker/guest/*.py`, `read/write`.\n```\nnot/here\n```\n"
    assert repo.named_paths(text) == ["docs/design.md", "labs/1-processes/", "scripts/lab", "read/write"]


@pytest.mark.parametrize("folder", LABS)
def test_the_russian_readme_has_the_structure_of_the_english_one(folder: str) -> None:
    english, russian = read(f"labs/{folder}/README.md"), read(f"labs/{folder}/README.ru.md")
    assert repo.structure(russian) == repo.structure(english)
    assert re.search("[а-яё]{3}", russian), "it is in Russian"


def test_a_lost_section_is_seen() -> None:
    english = "# A\n## B\n```\n# no heading\n```\n## C\n"
    assert repo.structure(english) == ["#", "##", "```", "##"]
    assert repo.structure(english) != repo.structure(english.replace("## C\n", ""))


def test_changelog_opens_with_the_packages_version() -> None:
    assert repo.changelog_version(read("CHANGELOG.md")) == proclab.__version__


def test_changelog_without_a_version() -> None:
    assert repo.changelog_version("# Changelog\n### 1.0\n") == ""


# ---------------------------------------------------------------- what must not be in a file


def test_no_file_names_a_mirror_or_a_place_on_this_machine_or_waits_to_be_filled_in() -> None:
    found = {path: words for path, text in texts().items() if (words := repo.forbidden_words(text))}
    assert found == {}


@pytest.mark.parametrize(
    "bad",
    [
        "deb http://deb." + "debian.org/debian trixie main",
        "http://mirror.example." + "debian.org/debian",
        "--index-url https://pypi" + ".org/simple",
        "FROM ghcr" + ".io/a/b",
        "image: mcr" + ".microsoft.com/x",
        "see /work" + "/shared/design.md",
        "cd /root" + "/x",
        "/home" + "/alice/labs",
        "size: FACTS" + "-SIZE",
        "TO" + "DO: measure",
    ],
)
def test_a_forbidden_word_is_seen(bad: str) -> None:
    assert len(repo.forbidden_words(f"fine\n{bad}\n")) >= 1


@pytest.mark.parametrize(
    "good", ["FROM debian:trixie-slim", "/home/student/x", "/work/fifo", "man7.org", "docs.docker.com"]
)
def test_an_allowed_word_is_left_alone(good: str) -> None:
    assert repo.forbidden_words(good) == []


def pins(lock: str) -> dict[str, set[str]]:
    """The packages of a lock, `name==version`, each with its hashes."""
    blocks = re.split(r"^(?=[a-z])", read(lock), flags=re.MULTILINE)[1:]
    return {block.split(" ")[0]: set(re.findall(r"--hash=(sha256:[0-9a-f]{64})", block)) for block in blocks}


@pytest.mark.parametrize(("name", "least"), [("requirements", 10), ("requirements-dev", 30)])
def test_the_lock_pins_and_hashes_everything(name: str, least: int) -> None:
    found = pins(f"{name}.lock")
    assert len(found) >= least
    assert all(re.fullmatch(r"[a-z0-9.-]+==\S+", pin) for pin in found)
    assert all(found.values())
    assert "://" not in read(f"{name}.lock")
    wanted = re.findall(r"^([a-z][\w-]*)", read(f"{name}.in"), re.MULTILINE)
    assert set(wanted) <= {pin.partition("==")[0] for pin in found}


def test_the_developers_lock_holds_the_other_one() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()
    assert "-r requirements.in" in read("requirements-dev.in").splitlines()


def test_what_the_package_says_that_it_needs_is_what_running_locks() -> None:
    needed = tomllib.loads(read("pyproject.toml"))["project"]["dependencies"]
    wanted = re.findall(r"^([a-z][^\s#]*)", read("requirements.in"), re.MULTILINE)
    assert [one for one in wanted if not one.startswith("setuptools")] == needed


def test_nobody_sleeps_without_a_reason() -> None:
    under = ("tests/", "labs/", "proclab/", "docker/")
    programs = {
        path: text for path, text in texts(".py", under=under).items() if "/wrong/" not in path
    }  # it may be the fault
    found = {path: repo.sleeps(text) for path, text in programs.items()}
    shell = {p: t for p, t in texts(under=("scripts/", "docker/", ".ci/")).items() if t.startswith("#!")}
    found |= {path: repo.sleeps(text, python=False) for path, text in shell.items() if not path.endswith(".py")}
    assert repo.sleep_complaints(found, MAY_SLEEP) == []


def test_a_sleep_is_seen() -> None:
    assert repo.sleeps("import time\ntime.sleep(1)\nfrom time import sleep\nsleep(2)\n'sleep(3)'\n") == [2, 4]
    assert repo.sleeps("a\nsleep 1\n# sleep well\n", python=False) == [2]
    assert repo.sleep_complaints({"a.py": [3], "b.py": []}, {"b.py": "once"}) == [
        "a.py:3 sleeps",
        "b.py is on the list and does not sleep",
    ]


# ---------------------------------------------------------------- sizes


def test_modules_and_functions_are_short() -> None:
    modules = texts(".py", under=("proclab/",))
    languages = {f"proclab/words/{lang}.py": modules.pop(f"proclab/words/{lang}.py") for lang in LANGS}
    assert repo.size_complaints(modules) == []
    assert repo.size_complaints(languages, longest=1200) == []  # one file a language, however much it has to say


def test_no_program_is_over_400_lines() -> None:
    """Tables of test cases may be longer, programs not."""
    programs = texts(".py", under=("docker/", "labs/", "scripts/"))
    assert [path for path, text in programs.items() if text.count("\n") > 400] == []


def test_long_code_is_seen() -> None:
    long = "def f():\n" + "    pass\n" * 40
    assert repo.size_complaints({"a.py": long * 10}) == [
        "a.py has 410 lines",
        "the median function has 41 lines",
        "one function in ten has more than 41 lines",
    ]


def test_scripts_are_executable_and_stop_at_errors() -> None:
    for path, text in texts(under=("scripts/", ".ci/")).items():
        if text.startswith("#!"):
            assert (ROOT / path).stat().st_mode & 0o111, f"{path} is not executable"
            first = text.partition("\n")[0]
            stops = "python" in first or re.search(r"^set -[a-z]*e", text, re.MULTILINE)
            assert stops, f"{path} does not stop at errors"


def test_ci_runs_what_everybody_can_run() -> None:
    workflow = yaml.safe_load(read(".github/workflows/ci.yml"))
    commands = {step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step}
    assert ".ci/run" in commands
    targets = repo.targets(read("Makefile"))
    for command in commands - {".ci/run"}:
        assert command.split()[1] in targets, command
    assert set(re.findall(r"^(?:if )?make ([a-z-]+)", read(".ci/run"), re.MULTILINE)) <= set(targets)


# The rooms of the package from the ground up: each is built on those before it (docs/design.md).
ROOMS = (
    "errors", "clock", "text", "peer", "tar", "command", "compose", "engine", "doctor", "labs", "events", "recording",
    "strace", "procfs", "state", "findings", "words", "views", "live", "schedules", "grading", "trace", "bench", "cli",
)  # fmt: skip


def test_imports_go_down_only() -> None:
    modules = {path: text for path, text in texts(".py", under=("proclab/",)).items() if "/__" not in path[:18]}
    assert {path.removeprefix("proclab/").split("/")[0].removesuffix(".py") for path in modules} == set(ROOMS)
    assert [arrow for path, text in modules.items() for arrow in repo.arrows_up(path, text, ROOMS)] == []


def test_an_import_from_above_is_seen() -> None:
    source = "from proclab import text\ndef f():\n    from proclab.views import page\nimport proclab.cellar\n"
    assert repo.arrows_up("proclab/events/log.py", source, ROOMS) == [
        "proclab/events/log.py imports cellar",
        "proclab/events/log.py imports views",
    ]


# A package is imported by its face: `from proclab.engine import Session`. What is still taken from inside, and why.
# A stale line fails.
PAST_THE_FACE: dict[str, str] = {
    "compose.values": "the doctor reads one variable of .env, and no compose.yaml",
    "doctor.host": "one fact about the machine, where the whole examination would be too much",
    "events.log": "JSON Lines are for what writes or reads a log, and cost the others their time",
    "findings.finding": "the record alone: the face brings every derivation",
    "findings.sampled": "the findings of samples are for what looks at them only",
    "findings.standstill": "the findings of samples are for what looks at them only",
    "grading.aside": "the bench measures the host's side of a grading, part by part",
    "grading.classroom": "the bench measures the host's side of a grading, part by part",
    "grading.hands": "the bench measures the host's side of a grading, part by part",
    "grading.harness": "the bench measures the host's side of a grading, part by part",
    "grading.intake": "the bench measures the host's side of a grading, part by part",
    "grading.job": "the bench measures the host's side of a grading, part by part",
    "grading.outfolder": "the bench measures the host's side of a grading, part by part",
    "grading.outputs": "the bench measures the host's side of a grading, part by part",
    "grading.record": "the bench measures the host's side of a grading, part by part",
    "state.box": "the parts of the model, where the face has the whole",
    "state.records": "the parts of the model, where the face has the whole",
    "state.reducer": "for what goes event by event, where the face has the whole",
    "state.waiting": "the parts of the model, where the face has the whole",
    "views.page": "the page is a package in the package",
    "views.xml": "what XML bears, for JUnit's, too",
    "views.picture": "the live page draws one picture, and needs no other view",
    "words.sentences": "which sentence an event has; the commands need a language before any event",
    "words.catalogue": "the command chooses the language before anything else is imported",
}


def packages() -> set[str]:
    return {path.split("/")[1] for path in texts("__init__.py", under=("proclab/",)) if path.count("/") == 2}


def test_a_package_is_imported_by_its_face() -> None:
    sources = texts(".py", under=("proclab/",))
    assert "engine" in packages()
    found = {module for path, text in sources.items() for module in repo.taken_inside(path, text, packages())}
    assert found == set(PAST_THE_FACE)


def test_the_tests_use_the_engine_by_its_face_but_for_those_of_its_parts() -> None:
    sources = texts(".py", under=("tests/",))
    found = {path: parts for path, text in sources.items() if (parts := repo.taken_inside(path, text, ["engine"]))}
    assert {path.removeprefix("tests/unit/test_").removesuffix(".py") for path in found} == {
        "framing",
        "messages",
        "protocol",
        "stream",
        "worker",
    }


def test_an_import_past_the_face_is_seen() -> None:
    source = "from proclab.engine import Engine\nfrom proclab.engine.stream import Pump\nimport proclab.state.box\n"
    assert repo.taken_inside("proclab/live/x.py", source, ["engine", "state"]) == ["engine.stream", "state.box"]
    assert repo.taken_inside("proclab/engine/x.py", source, ["engine"]) == []
    source = "from proclab.engine import labels, stream\n"  # the face gives out the one module and not the other
    assert repo.taken_inside("proclab/live/x.py", source, ["engine"]) == ["engine.stream"]


def test_no_test_module_takes_anything_from_another() -> None:
    sources = texts(".py", under=("tests/",))
    assert [line for path, text in sources.items() for line in repo.borrowed(path, text)] == []
    assert [path for path, text in sources.items() if "noqa: F8" + "11" in text] == []


@pytest.mark.parametrize(
    "line",
    ["from tests.unit.test_a import b", "from tests.unit import test_a", "import tests.unit.test_a as a"],
)
def test_a_test_module_that_takes_from_another_is_seen(line: str) -> None:
    source = f"from tests.conftest import ROOT\nfrom tests.unit.tested import c\ndef f():\n    {line}\n"
    assert repo.borrowed("tests/unit/test_b.py", source) == ["tests/unit/test_b.py imports tests.unit.test_a"]


def test_every_promise_names_tests_that_there_are() -> None:
    document, sources = read("docs/security.md"), texts(".py", under=("tests/",)).values()
    assert repo.unknown_tests(document, sources) == []
    rows = [line for line in document.splitlines() if line.startswith("| ") and line.count("|") == 3]
    promises = [row for row in rows if not row.startswith(("| promise ", "| who ", "| the ", "| a **", "| the **"))]
    assert len(promises) > 20
    assert [row for row in promises if "`test_" not in row] == []


def test_a_promise_whose_test_is_not_there_is_seen() -> None:
    assert repo.unknown_tests("| kept | `test_a`, `test_b` |", ["def test_a() -> None: ..."]) == ["test_b"]


def test_actions_are_pinned_by_commit() -> None:
    workflows = texts(".yml", under=(".github/workflows/",))
    assert workflows
    assert [action for text in workflows.values() for action in repo.unpinned_actions(text)] == []


def test_an_action_pinned_by_a_tag_is_seen() -> None:
    text = f"steps:\n  - uses: some/action@v4\n  - uses: other/action@{'a' * 40}  # v1\n  - uses: ./local\n"
    assert repo.unpinned_actions(text) == ["some/action@v4"]


def test_python_versions_agree() -> None:
    lowest = re.search(r'requires-python = ">=([\d.]+)"', read("pyproject.toml"))
    assert lowest
    workflow = yaml.safe_load(read(".github/workflows/ci.yml"))
    assert workflow["jobs"]["unit"]["strategy"]["matrix"]["python"][0] == lowest[1]
    assert f"({lowest[1].replace('.', ', ')})" in read("scripts/common")
