"""What the scripts know of a lab.toml: the lines of play.py --plan; and bash, which asks for, keeps and checks them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from proclab import ROOT
from proclab import labs as host
from tests.unit import plans
from tests.unit.guest import FOLDER, module

plan, play, script = module("plan"), module("play"), module("script")

PLAIN = """\
title = { en = "Two", ru = "Два" }
services = ["server", "client"]
[[demo]]
name = "near"
args = ["a b", ""]
title = { en = "near", ru = "рядом" }
[[demo.scene]]
[[demo.scene.step]]
do = "start"
[[demo]]
name = "far"
title = { en = "far", ru = "далеко" }
[[demo.scene]]
[[demo.scene.step]]
do = "start"
at = "client"
[[demo.scene]]
service = "client"
pid1 = ["far", "x, y"]
[[demo.scene.step]]
do = "panel"
run = "ps"
"""
LINES = [
    "service\tserver",
    "service\tclient",
    "demo\tnear",
    "arg\ta b",
    "arg\t",
    "demo\tfar",
    "at\tclient",
    "pid1\t1 client",
    "argv 1\tfar",
    "argv 1\tx, y",
    "end\t10",
]
# The same lab, otherwise written, each of which a reader that goes by lines and quotes gets wrong.
SAME = {
    "comments": [
        ('services = ["server", "client"]', 'services = [ # "other"\n  "server", # the first\n  "client" ] # ]'),
        ('name = "near"', 'name = "near" # name = "x"'),
    ],
    "quotes": [('"server", "client"', "'server', 'client'"), ('at = "client"', "at = 'client'")],
    "spaces": [("services = ", "services="), ('name = "far"', '  name   =   "far"'), ('pid1 = ["far"', 'pid1=[ "far"')],
    "quoted keys": [('name = "far"', '"name" = "far"'), ("services", "'services'")],
    "inline tables": [
        (
            '[[demo.scene]]\n[[demo.scene.step]]\ndo = "start"\n[[demo]]',
            'scene = [{ step = [{ do = "start" }] }]\n[[demo]]',
        )
    ],
    "dotted keys": [('title = { en = "near", ru = "рядом" }', 'title.en = "near"\ntitle.ru = "рядом"')],
    "escapes": [('"server", "client"', '"\\u0073erver", "client"')],
    "texts that look like keys": [
        ('title = { en = "near"', 'title = { en = "args = [\\"no\\"]"'),
        ('do = "start"\nat', 'do = "start"\nsay = { en = """\nat = "server"\n[[demo]]\nname = "no"\n""" }\nat'),
    ],
    "another order": [('name = "near"\nargs = ["a b", ""]', 'args = ["a b", ""]\nname = "near"')],
}


def answers(folder: Path, text: str) -> list[str]:
    (folder / "lab.toml").write_text(text)
    lines: list[str] = plan.answers(script.load(folder / "lab.toml"))
    return lines


def test_a_plan_names_what_the_scripts_ask_for(tmp_path: Path) -> None:
    assert answers(tmp_path, PLAIN) == LINES


@pytest.mark.parametrize("changes", SAME.values(), ids=SAME)
def test_a_plan_says_the_same_however_its_toml_is_written(tmp_path: Path, changes: list[tuple[str, str]]) -> None:
    text = PLAIN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    assert answers(tmp_path, text) == LINES


def test_the_plan_of_every_lab_agrees_with_the_hosts_reader() -> None:
    for lab in host.discover(ROOT):
        lines = plan.answers(script.load(lab.folder / "lab.toml"))
        told = {
            key: [line.partition("\t")[2] for line in lines if line.startswith(f"{key}\t")]
            for key in ("service", "demo", "arg")
        }
        assert told["service"] == list(lab.services)
        assert told["demo"] == [demo.name for demo in lab.demos]
        assert told["arg"] == [word for demo in lab.demos for word in demo.args]
        assert [line for line in lines if line.startswith("pid1")] == [
            f"pid1\t{scene.number} {scene.service}" for scene in lab.scenes() if scene.pid1
        ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"server"', '"ser ver"'),
        ('"server"', '"-server"'),
        ('"near"', '"near\\n"'),
        ('"a b"', '"a\\tb"'),
        ('"x, y"', '"x\\ny"'),
        ('"client"', '""'),
        ("services", "service"),
        ('"server"', "7"),
        ('"server"', ""),
        ("[[demo]]", "[[demo]"),
    ],
)
def test_what_no_line_can_hold_is_no_plan_but_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str
) -> None:
    (tmp_path / "lab.toml").write_text(PLAIN.replace(old, new, 1).replace("[, ", "[,, "))
    assert play.main(["--plan", "--lab", str(tmp_path / "lab.toml")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1


def test_a_plan_is_printed_and_nothing_played(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lab.toml").write_text(PLAIN)
    assert play.main(["--plan", "--lab", str(tmp_path / "lab.toml")]) == 0
    assert capsys.readouterr().out.splitlines() == LINES


# ---------------------------------------------------------------- bash

# A Compose whose service `plan` is the guest's reader itself, and which says that it was asked.
COMPOSE = f"""#!/bin/sh
echo "$@" >> asked
case "$*" in
    *" plan") PYTHONDONTWRITEBYTECODE=1 exec {sys.executable} {FOLDER}/play.py --plan --lab labs/1-one/lab.toml ;;
esac
"""
SHOW = """
for key in service demo arg at pid1 "argv 1"; do
    planned "$key"; printf "%s:" "$key"; printf " <%s>" "${found[@]}"; echo
done
"""
CHOOSE = """
set -euo pipefail; . scripts/common; . scripts/containers
choose_lab 1; clean_at_exit; image_ready; choose_service
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one lab whose image is there; nobody has asked about the lab yet."""
    for folder in ("scripts", "bin", "labs/1-one", "docker/guest"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("scripts/common", "scripts/containers", "compose.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "labs/1-one/lab.toml").write_text(PLAIN)
    (tmp_path / ".env").write_text("PROCLAB_IMAGE=proclab:x\nCOMPOSE_PROJECT_NAME=proclab-x\n")
    for name, text in (("docker", "#!/bin/sh\n"), ("compose", COMPOSE)):
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    return tmp_path


def shell(checkout: Path, command: str = SHOW, **more: str) -> subprocess.CompletedProcess[str]:
    """Bash after it has chosen lab 1 and one of its services."""
    return subprocess.run(
        ["bash", "-c", CHOOSE + command],
        cwd=checkout,
        env={"PATH": f"{checkout}/bin:{os.environ['PATH']}", "HOME": str(checkout), "COMPOSE": "compose", **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def asked(checkout: Path) -> int:
    notes = checkout / "asked"
    return notes.read_text().count(" plan\n") if notes.exists() else 0


def test_bash_takes_every_value_as_it_is(checkout: Path) -> None:
    done = shell(checkout)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "service: <server> <client>",
        "demo: <near> <far>",
        "arg: <a b> <>",
        "at: <client>",
        "pid1: <1 client>",
        "argv 1: <far> <x, y>",
    ]


def test_bash_takes_the_values_of_one_demo(checkout: Path) -> None:
    done = shell(checkout, 'planned arg near; echo "${#found[@]}"; planned arg far; echo "${#found[@]}"')
    assert done.stdout.split() == ["2", "0"]


def test_a_plan_is_asked_for_once(checkout: Path) -> None:
    first, second = shell(checkout), shell(checkout)
    assert first.stdout == second.stdout != ""
    assert asked(checkout) == 1


def edited(checkout: Path, later_ns: int) -> None:
    toml = checkout / "labs/1-one/lab.toml"
    before = toml.stat()
    toml.write_text(PLAIN.replace('"near"', '"new"', 1))
    os.utime(toml, ns=(before.st_atime_ns, before.st_mtime_ns + later_ns))


@pytest.mark.parametrize("later_ns", [1_000_000_000, -1_000_000_000], ids=["newer", "older"])
def test_a_plan_is_asked_for_again_when_lab_toml_is_another(checkout: Path, later_ns: int) -> None:
    shell(checkout)
    edited(checkout, later_ns)
    assert "demo: <new> <far>" in shell(checkout).stdout
    assert asked(checkout) == 2


def test_a_plan_is_asked_for_again_when_the_image_is_another(checkout: Path) -> None:
    shell(checkout)
    dotenv = checkout / ".env"
    dotenv.write_text(dotenv.read_text().replace("proclab:x", "proclab:y"))
    assert shell(checkout).returncode == 0
    assert asked(checkout) == 2


def test_a_plan_is_kept_until_there_is_another(checkout: Path) -> None:
    """Another run may read it while this one asks: so what is there is whole, always."""
    shell(checkout)
    toml = checkout / "labs/1-one/lab.toml"
    before = toml.stat()
    toml.write_text("title = \n")
    assert shell(checkout).returncode == 2
    toml.write_text(PLAIN)
    os.utime(toml, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "demo: <near> <far>" in shell(checkout).stdout
    assert asked(checkout) == 2
    assert {path.name for path in (checkout / ".cache").iterdir()} == {"all.yaml", "alone.yaml", "plan-1"}


def test_a_lab_toml_that_is_edited_while_it_is_read_is_read_again(checkout: Path) -> None:
    compose = checkout / "bin/compose"
    compose.write_text(COMPOSE.replace("exec", "touch -d 2099-01-01 labs/1-one/lab.toml; exec"))
    shell(checkout)
    compose.write_text(COMPOSE)
    shell(checkout)
    assert asked(checkout) == 2


GOOD = "image\tproclab:x\nservice\tlab-1\ndemo\tone\narg\t$(touch pwned)\nend\t3\n"
DAMAGED = {
    "empty": "",
    "another image": GOOD.replace(":x", ":y"),
    "cut off": GOOD.replace("end\t3\n", ""),
    "a line lacks": GOOD.replace("demo\tone\n", ""),
    "an unknown key": GOOD.replace("demo\t", "démo\t"),
    "no key": GOOD.replace("demo\tone", "touch pwned"),
    "a service that is none": GOOD.replace("lab-1", "lab-1;touch pwned"),
    "an option": GOOD.replace("lab-1", "--privileged"),
    "a name that a terminal obeys": GOOD.replace("$(touch", "\x1b[31m"),
    "a number that is none": GOOD.replace("arg\t", "pid1\ta[$(touch pwned)] "),
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_a_kept_plan_that_is_damaged_is_asked_for_again(checkout: Path, text: str) -> None:
    kept = checkout / ".cache/plan-1"
    kept.parent.mkdir()
    kept.write_text(text)
    plans.as_old(kept, checkout / "labs/1-one/lab.toml")
    assert "service: <server> <client>" in shell(checkout).stdout
    assert asked(checkout) == 1
    assert not (checkout / "pwned").exists()


def test_a_good_one_of_that_kind_is_taken_and_nothing_of_it_is_run(checkout: Path) -> None:
    kept = checkout / ".cache/plan-1"
    kept.parent.mkdir()
    kept.write_text(GOOD)
    plans.as_old(kept, checkout / "labs/1-one/lab.toml")
    assert "arg: <$(touch pwned)>" in shell(checkout).stdout
    assert asked(checkout) == 0
    assert not (checkout / "pwned").exists()


@pytest.mark.parametrize("answer", ["yes '' | head -n 1000000", "echo 'service\tlab-1'", "echo '$(touch pwned)'"])
def test_an_answer_that_makes_no_sense_is_one_sentence_and_is_not_taken(checkout: Path, answer: str) -> None:
    (checkout / "bin/compose").write_text(f"#!/bin/sh\n{answer}\n")
    done = shell(checkout)
    assert done.returncode == 2
    assert done.stderr == (
        "proclab: the image's answer about labs/1-one/lab.toml makes no sense. Another image: make image\n"
    )
    assert (checkout / ".cache/plan-1").stat().st_size < 70_000


@pytest.mark.parametrize(("own", "then"), [("", "new"), ("mine", "mine")])
def test_a_new_image_in_dotenv_counts_at_once_but_never_over_the_users_own(checkout: Path, own: str, then: str) -> None:
    command = """
for image in old new; do
    printf 'PROCLAB_IMAGE=%s\\nCOMPOSE_PROJECT_NAME=p\\n' $image > .env
    read_dotenv
done
echo "$PROCLAB_IMAGE"
"""
    assert shell(checkout, command, **({"PROCLAB_IMAGE": own} if own else {})).stdout == f"{then}\n"


@pytest.mark.parametrize("status", [1, 124, 137])
def test_where_no_answer_comes_nothing_is_kept(checkout: Path, status: int) -> None:
    (checkout / "bin/compose").write_text(f"#!/bin/sh\necho 'service\tlab-1'; exit {status}\n")
    done = shell(checkout)
    assert (done.returncode, done.stderr) == (2, "proclab: labs/1-one/lab.toml can't be read: no answer\n")
    assert not (checkout / ".cache/plan-1").exists()


def test_a_lab_toml_that_cannot_be_read_is_one_sentence(checkout: Path) -> None:
    (checkout / "labs/1-one/lab.toml").write_text("title = \n")
    done = shell(checkout)
    assert done.returncode == 2
    assert done.stderr.startswith("proclab: labs/1-one/lab.toml can't be read: TOMLDecodeError: Invalid value")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("", "server"),
        ("client", "client"),
        ("no", "lab 1 has no service no; it has: server client"),
        ("a b", "AT= names"),
    ],
)
def test_at_chooses_a_service_of_the_plan(checkout: Path, wanted: str, said: str) -> None:
    done = shell(checkout, 'echo "$service"', AT=wanted)
    assert said in done.stdout + done.stderr
    assert done.returncode == (2 if " " in said else 0)


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({"L": "ru"}, "ru"),
        ({"L": "en", "LANG": "ru_RU.UTF-8"}, "en"),
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LC_ALL": "C.UTF-8", "LANG": "ru_RU.UTF-8"}, "en"),
        ({"PROCLAB_LANG": "ru", "LANG": "C"}, "ru"),
        ({"L": "xx"}, "xx"),  # there is a file of it, and nothing else
        ({"L": "yy"}, "en"),
        ({"L": "/../../xx"}, "en"),
        ({"L": "*"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_is_one_that_the_containers_have_words_of(
    checkout: Path, environment: dict[str, str], lang: str
) -> None:
    for name in ("en", "ru", "xx"):
        (checkout / f"docker/guest/words_{name}.py").write_text("")
    (checkout / ".env").touch()  # the image is newer
    assert shell(checkout, 'echo "$PROCLAB_LANG"', **environment).stdout == f"{lang}\n"
