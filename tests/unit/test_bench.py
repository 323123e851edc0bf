"""What `make bench` makes of its samples. Nothing is measured here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proclab.bench.figures import Amount, Missing, Ratio, in_turns, record, spread, table
from proclab.bench.sessions import succeeded
from proclab.bench.stopwatch import Compose, clean
from proclab.compose import ContainerSpec, Mount, Ulimit, docker_run
from proclab.engine import Outcome
from proclab.errors import InfraError

SLOWER = Ratio("start", (1.2, 1.3, 9.0), (1.0, 1.0, 1.1), limit=1.3)
FASTER = Ratio("sessions", (8.0, 9.0, 9.5), (10.0, 10.0, 10.0), limit=0.9, unit="/s", more_is_better=True)


def test_a_ratio_is_of_medians() -> None:
    assert SLOWER.value == 1.3
    assert SLOWER.holds


@pytest.mark.parametrize(
    ("figure", "holds"),
    [
        pytest.param(replace(SLOWER, limit=1.29), False, id="slower than promised"),
        pytest.param(FASTER, True, id="as many as promised"),
        pytest.param(replace(FASTER, limit=0.91), False, id="fewer than promised"),
        pytest.param(Amount("image", 75, "MB", 100), True, id="small enough"),
        pytest.param(Amount("image", 101, "MB", 100), False, id="too large"),
        pytest.param(Amount("memory", 1e9, "MB"), True, id="nothing was promised"),
        pytest.param(Missing("compose 2", "not here"), True, id="not measured"),
    ],
)
def test_a_figure_holds_or_not(figure: Ratio | Amount | Missing, holds: bool) -> None:
    assert figure.holds is holds


def test_both_sides_take_turns_and_the_first_pair_is_not_counted() -> None:
    order: list[str] = []

    def take(side: str) -> float:
        order.append(side)
        return float(len(order))

    assert in_turns(lambda: take("A"), lambda: take("B"), 2) == ((3.0, 5.0), (4.0, 6.0))
    assert order == ["A", "B"] * 3


@given(st.lists(st.floats(0.001, 1000), min_size=1, max_size=30))
def test_spread_is_within_the_samples(samples: list[float]) -> None:
    assert -1e-9 <= spread(samples) <= max(samples) - min(samples) + 1e-9 or len(samples) < 4


def test_table_for_people() -> None:
    lines = table(
        [SLOWER, Ratio("run", (0.013,), (0.01,), 1.5), Amount("image", 75, "MB", 70), Missing("x", "y")]
    ).splitlines()
    assert lines[0].split() == ["what", "ours", "bare", "ratio", "limit"]
    assert lines[2].split() == ["start", "1.30", "±3.90", "s", "1.00", "±0.05", "s", "1.30", "≤", "1.3", "ok"]
    assert lines[3].split() == ["run", "13.00", "±0.00", "ms", "10.00", "±0.00", "ms", "1.30", "≤", "1.5", "ok"]
    assert lines[4].split() == ["image", "75.0", "MB", "≤", "70", "MB", "MISSED"]
    assert lines[5].split() == ["x", "y"]


def test_record_for_programs_keeps_every_sample() -> None:
    found = record([FASTER, Missing("x", "y")], {"cpus": 2})
    assert found["machine"] == {"cpus": 2}
    assert found["figures"][0]["ours"] == [8.0, 9.0, 9.5]
    assert found["figures"][0]["ratio"] == 0.9
    assert found["figures"][1] == {"name": "x", "missing": "y"}


SPEC = ContainerSpec(
    service="server",
    image="proclab:x",
    command=("python", "a.py"),
    environment=(("LANG", "C.UTF-8"),),
    user="1000:1000",
    init=True,
    read_only=True,
    cap_drop=("ALL",),
    security_opt=("no-new-privileges:true",),
    network_mode="none",
    mounts=(Mount(Path("/labs/demos"), "/lab/demos", True),),
    tmpfs=(("/tmp", "size=64m"),),
    sysctls=(("net.ipv4.tcp_rmem", "1 2 3"),),
    ulimits=(Ulimit("core", 0, 0),),
    memory=1 << 28,
    pids=256,
    cpus=1.0,
    logging=("json-file", (("max-size", "1m"),)),
)


def test_a_bare_docker_run_has_the_same_walls() -> None:
    assert docker_run(SPEC, "--rm") == [
        "docker",
        "run",
        "--user=1000:1000",
        "--memory=268435456",
        "--pids-limit=256",
        "--cpus=1.0",
        "--log-driver=json-file",
        "--init",
        "--read-only",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges:true",
        "--env=LANG=C.UTF-8",
        "--tmpfs=/tmp:size=64m",
        "--sysctl=net.ipv4.tcp_rmem=1 2 3",
        "--ulimit=core=0:0",
        "--log-opt=max-size=1m",
        "--mount=type=bind,source=/labs/demos,target=/lab/demos,readonly",
        "--network=none",
        "--rm",
        "proclab:x",
        "python",
        "a.py",
    ]


def test_on_a_network_it_goes_by_its_services_name() -> None:
    argv = docker_run(replace(SPEC, network_mode=""), network="bench-1")
    assert argv[argv.index("--network=bench-1") + 1] == "--network-alias=server"


def test_an_outer_make_is_kept_from_what_is_measured() -> None:
    outer = {"PATH": "/bin", "MAKEFLAGS": "-j2", "MAKELEVEL": "1", "MFLAGS": "-j2", "ARGS": "image", "LANG": "C"}
    assert clean(outer) == {"PATH": "/bin", "LANG": "C"}


def test_compose_2_has_to_be_found_like_by_everybody() -> None:
    assert Compose("compose 2.26", ("docker", "compose"), {}).wish == {}
    assert Compose("compose 1.29", ("docker-compose",), {}).wish == {"COMPOSE": "docker-compose"}


def test_a_program_that_failed_was_not_measured() -> None:
    assert succeeded(Outcome(exit_code=0)).ok
    with pytest.raises(InfraError, match="exit code 3"):
        succeeded(Outcome(exit_code=3))
