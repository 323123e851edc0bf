"""The doctor's judges, each on a real sample that is well and on one that is ill."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proclab import ROOT
from proclab.doctor import capacity, kernel
from proclab.doctor import examine as doctor
from proclab.doctor.diagnosis import Diagnosis, Status, exit_status, render
from proclab.doctor.host import (
    NOT_FOUND,
    TOO_LATE,
    Answer,
    Engine,
    Host,
    ask,
    image_name,
    parse_engine,
    parse_image,
    parse_routes,
    parse_subnets,
    parse_version,
    wishes,
)

# As Debian 12's engine answered, shortened to what is read.
VERSION: dict[str, Any] = {
    "Client": {"Version": "28.2.2"},
    "Server": {
        "Components": [
            {"Name": "Engine", "Version": "20.10.24+dfsg1"},
            {"Name": "runc", "Version": "1.1.5+ds1", "Details": {"GitCommit": "1.1.5+ds1-1+deb12u1"}},
        ],
        "Version": "20.10.24+dfsg1",
        "Os": "linux",
        "Arch": "amd64",
    },
}
INFO: dict[str, Any] = {
    "Driver": "overlay2",
    "MemoryLimit": True,
    "SwapLimit": True,
    "PidsLimit": True,
    "CpuCfsQuota": True,
    "SystemTime": "2026-11-23T10:44:08.24411644Z",
    "LoggingDriver": "json-file",
    "CgroupDriver": "systemd",
    "CgroupVersion": "2",
    "OSType": "linux",
    "NCPU": 2,
    "MemTotal": 25276502016,
    "DockerRootDir": "/var/lib/docker",
    "SecurityOptions": ["name=seccomp,profile=default"],
}
NETWORKS = [
    {"Name": "bridge", "IPAM": {"Config": [{"Subnet": "172.17.0.0/16"}]}},
    {"Name": "six", "IPAM": {"Config": [{"Subnet": "fd00::/64"}]}},
    {"Name": "host", "IPAM": {"Config": None}},
]
IMAGE = [{"Architecture": "amd64", "Size": 75_000_000, "Config": {"Labels": {"proclab.fingerprint": "sha256:ab"}}}]
NOW = datetime(2026, 11, 23, 10, 44, 8, tzinfo=UTC).timestamp()
WELL = Host(
    version=Answer(0, json.dumps(VERSION)),
    info=Answer(0, json.dumps(INFO)),
    compose_v1=Answer(NOT_FOUND),
    compose_v2=Answer(0, "v2.26.1-4\n"),
    networks=Answer(0, json.dumps(NETWORKS)),
    image=Answer(0, json.dumps(IMAGE)),
    yama="0\n",
    disk_free=50 * capacity.GIB,
    asked_at=NOW,
    answered_at=NOW + 0.5,
    answer_took=0.5,
)
ENGINE = parse_engine(WELL.version.out, WELL.info.out)
SOCKET_REFUSED = "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock"


def engine(**changes: Any) -> Engine:
    return replace(ENGINE, **changes)


def host(**changes: Any) -> Host:
    return replace(WELL, **changes)


# ---------------------------------------------------------------- judges: every good case has its ill twin

CASES = [
    ("engine ok", doctor.engine, WELL, ENGINE, Status.OK),
    ("engine too old", doctor.engine, WELL, engine(version="19.03.15"), Status.WARN),
    ("engine elsewhere", doctor.engine, host(docker_host="tcp://lab:2375"), ENGINE, Status.WARN),
    ("windows containers", doctor.engine, WELL, engine(os="windows"), Status.BAD),
    ("compose 2", doctor.compose, WELL, ENGINE, Status.OK),
    (
        "compose 1.29",
        doctor.compose,
        host(compose_v2=Answer(1), compose_v1=Answer(0, "1.29.2")),
        ENGINE,
        Status.OK,
    ),
    (
        "compose 1.25",
        doctor.compose,
        host(compose_v2=Answer(1), compose_v1=Answer(0, "1.25.0")),
        ENGINE,
        Status.BAD,
    ),
    ("no compose", doctor.compose, host(compose_v2=Answer(1)), ENGINE, Status.BAD),
    ("cgroups 2", kernel.cgroups, WELL, ENGINE, Status.OK),
    ("cgroups 1", kernel.cgroups, WELL, engine(cgroup_version="1", cgroup_driver="cgroupfs"), Status.OK),
    ("rootless without cgroups", kernel.cgroups, WELL, engine(cgroup_driver="none"), Status.WARN),
    ("no swap accounting", kernel.cgroups, WELL, engine(unenforced=("swap",)), Status.WARN),
    ("overlay2", kernel.storage, WELL, ENGINE, Status.OK),
    ("fuse-overlayfs", kernel.storage, WELL, engine(storage="fuse-overlayfs"), Status.OK),
    ("vfs", kernel.storage, WELL, engine(storage="vfs"), Status.WARN),
    ("json-file", kernel.logs, WELL, ENGINE, Status.OK),
    ("syslog", kernel.logs, WELL, engine(log_driver="syslog"), Status.WARN),
    ("seccomp", kernel.security, WELL, ENGINE, Status.OK),
    ("no seccomp", kernel.security, WELL, engine(security=("name=apparmor",)), Status.WARN),
    ("selinux", kernel.security, WELL, engine(security=(*ENGINE.security, "name=selinux")), Status.WARN),
    ("no Yama", kernel.ptrace, host(yama=None), ENGINE, Status.OK),
    ("Yama 0", kernel.ptrace, WELL, ENGINE, Status.OK),
    ("Yama 1", kernel.ptrace, host(yama="1\n"), ENGINE, Status.OK),
    ("Yama 2", kernel.ptrace, host(yama="2\n"), ENGINE, Status.WARN),
    ("Yama 3", kernel.ptrace, host(yama="3\n"), ENGINE, Status.WARN),
    ("runc distribution's", kernel.runc, WELL, ENGINE, Status.WARN),
    ("runc 1.1.11", kernel.runc, WELL, engine(runc="1.1.11", runc_commit="v1.1.11-0-g4bccb38"), Status.WARN),
    ("runc 1.3.3", kernel.runc, WELL, engine(runc="1.3.3", runc_commit="v1.3.3-0-gd842d77"), Status.OK),
    ("runc unknown", kernel.runc, WELL, engine(runc="", runc_commit=""), Status.OK),
    ("memory", capacity.resources, WELL, ENGINE, Status.OK),
    ("little memory", capacity.resources, WELL, engine(memory=capacity.GIB // 2), Status.WARN),
    ("disk", capacity.disk, WELL, ENGINE, Status.OK),
    ("disk elsewhere", capacity.disk, host(disk_free=None), ENGINE, Status.OK),
    ("disk getting full", capacity.disk, host(disk_free=2 * capacity.GIB), ENGINE, Status.WARN),
    ("disk full", capacity.disk, host(disk_free=capacity.GIB // 10), ENGINE, Status.BAD),
    ("networks", capacity.networks, WELL, ENGINE, Status.OK),
    ("few networks", capacity.networks, WELL, engine(pools=(("10.9.0.0/23", 24),)), Status.WARN),
    ("no networks", capacity.networks, WELL, engine(pools=(("172.17.0.0/16", 16),)), Status.BAD),
    ("networks unreadable", capacity.networks, host(networks=Answer(0, "?")), ENGINE, Status.WARN),
    ("clock", doctor.clock, WELL, ENGINE, Status.OK),
    ("clock behind", doctor.clock, host(asked_at=NOW + 60, answered_at=NOW + 60.5), ENGINE, Status.WARN),
    ("clock ahead", doctor.clock, host(asked_at=NOW - 60, answered_at=NOW - 59.5), ENGINE, Status.WARN),
    ("clock set meanwhile", doctor.clock, host(answered_at=NOW + 30), ENGINE, Status.WARN),
    ("clock unknown", doctor.clock, WELL, engine(time=None), Status.OK),
    ("image", doctor.image, WELL, ENGINE, Status.OK),
    ("no image", doctor.image, host(image=Answer(1, err="No such image")), ENGINE, Status.WARN),
    ("a damaged .env", doctor.image, host(dotenv_trouble=".env: no"), ENGINE, Status.BAD),
    ("image emulated", doctor.image, WELL, engine(arch="arm64"), Status.BAD),
    (
        "image of nobody",
        doctor.image,
        host(image=Answer(0, '[{"Architecture":"amd64"}]')),
        ENGINE,
        Status.WARN,
    ),
]


@pytest.mark.parametrize(("judge", "seen", "it", "status"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_judge(judge: Any, seen: Host, it: Engine, status: Status) -> None:
    diagnosis = judge(seen, it)
    assert diagnosis.status == status, diagnosis
    if status != Status.OK:
        assert diagnosis.means, "an ill diagnosis says what follows from it"
        assert diagnosis.fix, "an ill diagnosis names the command that mends it"


def test_every_judge_has_a_case_for_every_status_that_it_can_give() -> None:
    tried = {judge for _, judge, *_ in CASES}
    ill = {judge for _, judge, _, _, status in CASES if status != Status.OK}
    assert tried == ill == set(doctor.JUDGES)


@pytest.mark.parametrize(
    ("answer", "fix"),
    [
        pytest.param(Answer(NOT_FOUND, err="docker: No such file or directory"), "install", id="no docker"),
        pytest.param(Answer(1, err=SOCKET_REFUSED), "usermod -aG docker", id="no permission on the socket"),
        pytest.param(Answer(1, err="Cannot connect to the Docker daemon"), "systemctl start", id="no daemon"),
        pytest.param(Answer(TOO_LATE, err="no answer within 20 s"), "systemctl start", id="daemon hangs"),
    ],
)
def test_an_engine_out_of_reach_is_bad_and_says_why(answer: Answer, fix: str) -> None:
    diagnoses = doctor.examine(host(version=answer, info=answer))
    assert [each.name for each in diagnoses] == ["engine", "compose"]
    assert diagnoses[0].status == Status.BAD
    assert fix in diagnoses[0].fix
    assert exit_status(diagnoses) == 1


def test_an_engine_in_reach_is_looked_at_from_all_sides() -> None:
    diagnoses = doctor.examine(WELL)
    assert [each.name for each in diagnoses] == [judge.__name__ for judge in doctor.JUDGES]
    assert exit_status(diagnoses) == 0, "a warning is no reason to stop"


@pytest.mark.parametrize("nonsense", ["", "[]", "no JSON", '{"Server": 7}'])
def test_an_engine_that_talks_nonsense_is_bad(nonsense: str) -> None:
    diagnoses = doctor.examine(host(version=Answer(0, nonsense)))
    assert diagnoses[0].status == Status.BAD
    assert "not understood" in diagnoses[0].seen


# ---------------------------------------------------------------- runc


@pytest.mark.parametrize(
    ("version", "count"),
    [
        ((1, 1, 5), 2),
        ((1, 1, 11), 2),
        ((1, 1, 12), 1),
        ((1, 2, 7), 1),
        ((1, 2, 8), 0),
        ((1, 3, 0), 1),
        ((1, 3, 3), 0),
        ((1, 4, 0), 0),
        ((2, 0), 0),
    ],
)
def test_runc_holes(version: tuple[int, ...], count: int) -> None:
    assert len(kernel.holes(version)) == count


def test_a_distributions_runc_is_told_apart_from_upstreams() -> None:
    own = kernel.runc(WELL, ENGINE)
    assert own.seen == "1.1.5+ds1-1+deb12u1"
    assert "distribution's own build" in own.means
    assert "apt-get changelog runc" in own.fix
    upstream = kernel.runc(WELL, engine(runc="1.1.5", runc_commit="v1.1.5-0-gf19387a"))
    assert "distribution" not in upstream.means
    assert "containerd.io" in upstream.fix


# ---------------------------------------------------------------- address pools


def test_the_built_in_pools_hold_thirty_one_networks() -> None:
    assert capacity.free_networks(capacity.BUILT_IN_POOLS, []) == 31
    assert capacity.free_networks(capacity.BUILT_IN_POOLS, ["172.17.0.0/16", "172.18.0.0/16"]) == 29


def test_a_route_of_the_host_takes_its_subnets_out_of_the_pool() -> None:
    assert capacity.free_networks(capacity.BUILT_IN_POOLS, ["192.168.0.0/255.255.0.0"]) == 15


# ---------------------------------------------------------------- parsers


def test_engine_is_parsed_from_what_docker_prints() -> None:
    assert ENGINE.version == "20.10.24+dfsg1"
    assert ENGINE.runc_commit == "1.1.5+ds1-1+deb12u1"
    assert ENGINE.unenforced == ()
    assert ENGINE.time == datetime(2026, 11, 23, 10, 44, 8, 244116, tzinfo=UTC)


def test_limits_and_pools_are_parsed() -> None:
    changed = {**INFO, "SwapLimit": False, "DefaultAddressPools": [{"Base": "10.9.0.0/16", "Size": 24}]}
    it = parse_engine(json.dumps(VERSION), json.dumps(changed))
    assert it.unenforced == ("swap",)
    assert it.pools == (("10.9.0.0/16", 24),)


def test_a_docker_without_components_is_parsed() -> None:
    it = parse_engine('{"Server": {"Version": "29.0.0"}}', "{}")
    assert (it.version, it.runc, it.time) == ("29.0.0", "", None)


@pytest.mark.parametrize(
    ("text", "version"),
    [("v2.26.1-4", (2, 26, 1)), ("1.29.2", (1, 29, 2)), ("1.1.5+ds1", (1, 1, 5)), ("dev", ())],
)
def test_versions(text: str, version: tuple[int, ...]) -> None:
    assert parse_version(text) == version


@given(st.text())
def test_parse_version_takes_any_text(text: str) -> None:
    assert all(part >= 0 for part in parse_version(text))


def test_subnets_and_routes() -> None:
    assert parse_subnets(json.dumps(NETWORKS)) == ["172.17.0.0/16"]
    assert parse_subnets("") == []
    head = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
    table = f"{head}eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\neth0\t0000A8C0\t0\t1\t0\t0\t0\t00FFFFFF\n"
    assert parse_routes(table) == ["192.168.0.0/255.255.255.0"]
    assert parse_routes("") == []


def test_image_is_parsed() -> None:
    assert parse_image(json.dumps(IMAGE)).labels == {"proclab.fingerprint": "sha256:ab"}
    assert parse_image('[{"Architecture": "arm64", "Config": null}]').labels == {}


def test_the_image_is_the_one_compose_would_take() -> None:
    text = "x-base:\n  image: ${PROCLAB_IMAGE:-proclab:latest}\n"
    assert image_name(text, {}) == "proclab:latest"
    assert image_name(text, {"PROCLAB_IMAGE": "proclab:ab12"}) == "proclab:ab12"
    assert image_name("services:\n  a:\n    image: 'lab:1'\n", {}) == "lab:1"
    assert image_name("", {}) == "proclab:latest"


# ---------------------------------------------------------------- telling, asking, the whole program


def test_what_is_told() -> None:
    text = render([Diagnosis("disk", Status.BAD, "0.1 GiB free", "too little", "docker image prune")])
    assert text.splitlines() == [
        "bad   disk      0.1 GiB free",
        "                too little",
        "                fix: docker image prune",
        "",
        "0 ok, 0 warnings, 1 bad",
    ]


def test_asking_never_raises() -> None:
    assert ask([sys.executable, "-c", "print(7)"]) == Answer(0, "7\n", "")
    assert ask(["no-such-command-of-ours"]).status == NOT_FOUND
    assert ask([sys.executable, "-c", "input()"]).status == 1, "nothing to read: a question to the user fails at once"


def test_a_command_that_hangs_is_given_up() -> None:
    assert ask([sys.executable, "-c", "import signal; signal.pause()"], deadline=0.2).status == TOO_LATE


def fake(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def run_doctor(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`scripts/doctor` with no command on its path but the fakes and a Python without any package."""
    for tool in ("bash", "env", "dirname"):
        (tmp_path / tool).symlink_to(f"/usr/bin/{tool}" if Path(f"/usr/bin/{tool}").exists() else f"/bin/{tool}")
    environ = {"PATH": str(tmp_path), "PYTHONNOUSERSITE": "1"}
    return subprocess.run(
        [ROOT / "scripts/doctor", *arguments],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_doctor_without_docker_exits_1(tmp_path: Path) -> None:
    fake(tmp_path, "python3", f'exec {sys.executable} -S "$@"')
    done = run_doctor(tmp_path)
    assert done.returncode == 1, done.stderr
    assert "bad   engine    there is no docker command" in done.stdout


def test_doctor_with_a_well_engine_exits_0(tmp_path: Path) -> None:
    fake(tmp_path, "python3", f'exec {sys.executable} -S "$@"')
    (tmp_path / "version").write_text(json.dumps(VERSION))
    (tmp_path / "info").write_text(json.dumps(INFO))
    read = 'while IFS= read -r line || [ -n "$line" ]; do printf "%s" "$line"; done <'
    fake(
        tmp_path,
        "docker",
        f"case $1 in version|info) {read} {tmp_path}/$1;; compose) echo 2.26.1;; *) exit 1;; esac",
    )
    done = run_doctor(tmp_path, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {
        "name": "compose",
        "status": "ok",
        "seen": "docker compose 2.26.1",
        "means": "",
        "fix": "",
    } in json.loads(done.stdout)


@pytest.mark.parametrize("python", [None, "exit 1"], ids=["none", "too old"])
def test_doctor_without_a_suitable_python_exits_2(tmp_path: Path, python: str | None) -> None:
    if python:
        fake(tmp_path, "python3", python)
    done = run_doctor(tmp_path)
    assert done.returncode == 2
    assert "needs Python 3.11" in done.stderr


@pytest.mark.parametrize(("text", "trouble"), [("hello\n", "hello"), ("A=1\n", "")])
def test_a_dotenv_that_can_not_be_read_ends_nothing(tmp_path: Path, text: str, trouble: str) -> None:
    (tmp_path / ".env").write_text(text)
    found, said = wishes(tmp_path)
    assert ("A" in found, trouble in said, bool(said)) == (not trouble, True, bool(trouble))
