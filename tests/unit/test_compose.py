"""compose.yaml -> specifications: what is understood is carried out, what is not is an error that names it."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proclab.compose import Mount, Network, Ulimit, load, parse
from proclab.compose.service import FIELDS, IRRELEVANT
from proclab.errors import ComposeError

HERE = Path("/checkout")
FILE = """
x-base: &base
  image: ${IMAGE:-proclab:dev}
  cap_drop: [ALL]
  read_only: true
  mem_limit: 256m
  ulimits: {core: {soft: 0, hard: 0}, nofile: {soft: 10, hard: 20}}
  tmpfs: ["/tmp:size=1m,mode=1777"]
  sysctls: {net.b: 1 2 3, net.a: "0"}
services:
  one:
    <<: *base
    network_mode: none
    command: python -c "print(1)"
    environment: {B: 1, A: "x"}
    volumes: [./labs/1/demos:/lab/demos:ro]
  two:
    <<: *base
    read_only: false
    networks: [inner]
networks:
  inner: {internal: true}
"""


def one(text, **variables):
    """The specification of the only service of a file."""
    project = parse("services:\n  one:\n    network_mode: none\n    " + text.replace("\n", "\n    "), HERE, variables)
    return project.spec("one")


def test_a_file_with_anchors_and_variables():
    project = parse(FILE, HERE, {"COMPOSE_PROJECT_NAME": "mine"})
    spec = project.spec("one")
    assert project.name == "mine"
    assert (spec.image, spec.cap_drop, spec.read_only, spec.memory) == ("proclab:dev", ("ALL",), True, 256 << 20)
    assert spec.command == ("python", "-c", "print(1)")
    assert spec.environment == (("A", "x"), ("B", "1"))
    assert spec.ulimits == (Ulimit("core", 0, 0), Ulimit("nofile", 10, 20))
    assert spec.tmpfs == (("/tmp", "size=1m,mode=1777"),)
    assert spec.sysctls == (("net.a", "0"), ("net.b", "1 2 3"))
    assert spec.mounts == (Mount(HERE / "labs/1/demos", "/lab/demos", True),)
    assert (spec.network_mode, spec.networks) == ("none", ())


def test_a_services_own_key_overrides_the_merged_one():
    spec = parse(FILE, HERE, {"IMAGE": "other"}).spec("two")
    assert (spec.read_only, spec.image, spec.networks) == (False, "other", (Network("inner", internal=True),))


def test_without_networks_a_service_joins_the_default_one_as_compose_has_it():
    assert parse("services: {one: {image: x}}", HERE, {}).spec("one").networks == (Network("default"),)


def test_the_checkouts_own_file_is_understood():
    project = load(Path(__file__).parents[2] / "compose.yaml", {})
    agent = ("KILL", "SETUID", "SETGID", "SYS_PTRACE", "DAC_READ_SEARCH")
    for name, spec in project.services.items():
        user, caps = ("0:0", agent) if name.startswith("grading") else ("1000:1000", ())
        assert (spec.cap_drop, spec.cap_add, spec.read_only, spec.user) == (("ALL",), caps, True, user)
        assert spec.at_home().user == "0:0"
        assert spec.memory == spec.memory_swap > 0
        assert all(mount.read_only for mount in spec.mounts)
        assert all(net.internal for net in spec.networks)


AT_HOME = """
services:
  lab:
    x-session: home
    image: x
    user: "1000"
    network_mode: none
    tmpfs: [/lab]
    volumes: [./a:/a:ro]
    environment: {A: lab, B: lab}
  home:
    x-session: home
    image: x
    user: "0:0"
    cap_add: [KILL]
    networks: [inner]
    tmpfs: [/home]
    environment: {A: home, C: home}
networks: {inner: {internal: true}}
"""


def test_a_session_has_its_service_to_show_and_the_homes_confinement():
    project = parse(AT_HOME, HERE, {})
    lab = project.spec("lab")
    assert (lab.user, lab.cap_add, lab.tmpfs) == ("1000", (), (("/lab", ""),)), "itself it stays as it is"
    found = lab.at_home()
    assert (found.user, found.cap_add, found.tmpfs) == ("0:0", ("KILL",), (("/home", ""),))
    assert (found.service, found.mounts, found.network_mode, found.networks) == ("lab", lab.mounts, "none", ())
    assert found.environment == (("A", "lab"), ("B", "lab"), ("C", "home"))
    assert found.at_home() == found
    assert project.spec("home").at_home() == project.spec("home")


def test_a_home_that_is_not_there_is_an_error_that_names_it():
    with pytest.raises(ComposeError, match=r"x-session.*'nowhere'"):
        parse(AT_HOME.replace("x-session: home\n    image", "x-session: nowhere\n    image", 1), HERE, {})


def test_variables_come_from_the_file_beside_unless_the_environment_has_them(tmp_path):
    (tmp_path / "compose.yaml").write_text("services: {one: {image: '${A}-${B}', network_mode: none}}")
    (tmp_path / ".env").write_text("A=file\nB=file\n")
    assert load(tmp_path / "compose.yaml", {"B": "caller"}).spec("one").image == "file-caller"


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("pids_limit: 7", "pids", 7),
        ("cpus: 0.5", "cpus", 0.5),
        ("cpus: '1'", "cpus", 1.0),
        ("init: true", "init", True),
        ("stdin_open: ${T:-true}", "stdin_open", True),
        ("user: 1000:1000", "user", "1000:1000"),
        ("command: [a, '$$x']", "command", ("a", "$x")),
        ("security_opt: [no-new-privileges:true]", "security_opt", ("no-new-privileges:true",)),
        ("environment: [A=1, B=]", "environment", (("A", "1"), ("B", ""))),
        ("environment: {A: true}", "environment", (("A", "true"),)),
        ("tmpfs: /run", "tmpfs", (("/run", ""),)),
        ("logging: {driver: json-file, options: {max-size: 1m}}", "logging", ("json-file", (("max-size", "1m"),))),
        ("volumes: [./a:/a]", "mounts", (Mount(HERE / "a", "/a", False),)),
        ("x-note: anything", "image", ""),
    ],
)
def test_a_key_is_carried_out(text, field, value):
    assert getattr(one(text), field) == value


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("read_onli: true", "read_onli"),
        ("devices: [/dev/mem]", "devices"),
        ("pid: host", "pid"),
        ("deploy: {resources: {}}", "deploy"),
        ("privileged: true", "privileged"),
        ("restart: always", "restart"),
        ("pids_limit: many", "pids_limit"),
        ("pids_limit: true", "pids_limit"),
        ("read_only: maybe", "read_only"),
        ("mem_limit: 1x", "mem_limit"),
        ("cpus: -1", "cpus"),
        ("image: {a: b}", "image"),
        ("cap_drop: {a: b}", "cap_drop"),
        ("cap_drop: [ALL]\ncap_drop: []", "cap_drop"),
        ("environment: [HOME]", "HOME|caller's environment"),
        ("environment: {HOME: }", "caller's environment"),
        ("ulimits: [core]", "ulimits"),
        ("sysctls: [net.a]", "sysctls"),
        ("ulimits: {core: {soft: 1}}", "soft and hard"),
        ("ulimits: {core: 0}", "soft and hard"),
        ("logging: {driver: x, more: y}", "logging"),
        ("volumes: [data:/data]", "named volumes"),
        ("volumes: [./a]", "SOURCE:TARGET"),
        ("volumes: ['./a:/a:rw,z']", "rw,z"),
        ("volumes: [{type: bind, source: a, target: /a}]", "not a string"),
        ("volumes: ./a:/a", "not a list"),
        ("networks: [x]", "network_mode"),
        ("image: '${LOST:?say which}'", "starts neither"),
        ("image: '$'", "starts neither"),
        ("- list", "not a mapping|expected"),
    ],
)
def test_a_key_that_cannot_be_carried_out_is_named(text, names):
    with pytest.raises(ComposeError, match=names):
        one(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("services: {one: {network_mode: host}}", "host"),
        ("services: {one: {networks: [lost]}}", "lost"),
        ("services: {one: {networks: {a: {aliases: [b]}}}}", "membership"),
        ("services: {one: {}}\nnetworks: {a: {ipam: {}}}", "ipam"),
        ("services: {one: {}}\nnetworks: {a: {driver: macvlan}}", "driver"),
        ("services: {one: {}}\nnetworks: {a: {internal: maybe}}", "internal"),
        ("services: {one: {}}\nvolumes: {a: }", "volumes"),
        ("services: {one: 3}", "mapping"),
        ("services: []", "no services"),
        ("[", "compose.yaml"),
        ("", "no services"),
    ],
)
def test_a_file_that_cannot_be_carried_out_is_refused(text, names):
    with pytest.raises(ComposeError, match=names):
        parse(text, HERE, {})


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ComposeError, match=r"nowhere\.yaml"):
        load(tmp_path / "nowhere.yaml")


def test_a_broken_env_file(tmp_path):
    (tmp_path / ".env").write_text("nonsense")
    (tmp_path / "compose.yaml").write_text("services: {}")
    with pytest.raises(ComposeError, match="nonsense"):
        load(tmp_path / "compose.yaml")


def test_a_service_that_is_not_there_lists_those_that_are():
    with pytest.raises(ComposeError, match="there is one, two"):
        parse(FILE, HERE, {}).spec("three")


def test_another_command_leaves_the_confinement_alone():
    spec = one("image: x\nenvironment: {A: 1}\nread_only: true")
    other = spec.running("b", C="2")
    assert (other.command, other.environment, other.read_only) == (("b",), (("A", "1"), ("C", "2")), True)
    assert spec.running().command is None


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz_", min_size=1))
def test_no_unknown_key_is_ever_dropped(key):
    known = {*FIELDS, *IRRELEVANT, "volumes", "networks", "network_mode"}
    if key not in known and key not in ("y", "n", "yes", "no", "on", "off", "true", "false", "null"):
        with pytest.raises(ComposeError, match=key):
            one(f"{key}: 1")


@given(st.text())
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(ComposeError):
        parse(text, HERE, {})
