"""The confinement, proven from inside for every service, through the SDK and through Compose, by one judgement."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from proclab import ROOT
from proclab.compose import load
from proclab.engine import Engine, run
from tests.composes import composes
from tests.conftest import asked_for, in_compose
from tests.judge import holes_inside, holes_outside
from tests.soaked import cases

PROBE = ("python3", "-c", (Path(__file__).parents[1] / "data" / "probe.py").read_text())
SERVICES = sorted(load(ROOT / "compose.yaml").services)
KINDS = ("lab-1", "server", "grading")  # one of each: `make test` takes these, `make test-soak` the others
OTHERS = tuple(service for service in SERVICES if service not in KINDS)


@pytest.mark.parametrize("services", [KINDS, pytest.param(OTHERS, marks=pytest.mark.soak)], ids=["kinds", "others"])
def test_nothing_leads_out_through_the_sdk(bench, services):
    outcomes = {}
    for first in range(0, len(services), 3):  # three at once: eight starve each other
        probes = {service: bench.start(service, *PROBE) for service in services[first : first + 3]}
        outcomes |= {service: probe.wait(300) for service, probe in probes.items()}
    ends = {name: (end.exit_code, end.signal, end.timeout, end.stderr.text) for name, end in outcomes.items()}
    assert ends == dict.fromkeys(services, (0, None, None, ""))
    assert [name for name, end in outcomes.items() if not end.stdout.text] == [], "ended well, and nothing came out"
    holes = {
        service: holes_inside(json.loads(outcome.stdout.text), bench.project.spec(service))
        for service, outcome in outcomes.items()
    }
    assert holes == {service: [] for service in services}


# Every service by one Compose; by the other one of each kind: only the reader is another.
BY_COMPOSE = [*((service, "2.x") for service in SERVICES), *((one, "1.29") for one in KINDS)]


@pytest.fixture(scope="module")
def probed(request, project):
    """The probes through Compose, three at a time: what leads nowhere is noticed by waiting."""

    def probe(service, version):
        name = f"probe-{project.name}-{service}-{version[0]}"
        command = [*composes()[version], "-p", name, "-f", str(ROOT / "compose.yaml")]
        quiet = {"cwd": ROOT, "capture_output": True, "text": True, "check": False}
        try:
            return subprocess.run([*command, "run", "--rm", "-T", "--no-deps", service, *PROBE], **quiet, timeout=600)
        finally:
            subprocess.run([*command, "down"], **quiet, timeout=60)

    asked = [(each["service"], each["version"]) for each in asked_for(request, "probed")]
    wanted = [one for one in asked if one[1] in composes()]
    with ThreadPoolExecutor(3) as pool:
        return dict(zip(wanted, pool.map(lambda one: probe(*one), wanted), strict=True))


@pytest.mark.docker
@pytest.mark.parametrize(("service", "version"), cases(BY_COMPOSE, now=lambda one: one[0] in KINDS, name="-".join))
def test_nothing_leads_out_through_compose(project, probed, version, service):
    in_compose(version)  # or it is skipped
    done = probed[service, version]
    assert done.returncode == 0, done.stderr
    assert holes_inside(json.loads(done.stdout), project.spec(service)) == []


def test_an_unconfined_container_is_seen_from_inside_and_outside(owner, project):
    """The negative twin: the same image with Docker's defaults. Every part of the judgement finds its holes."""
    lax = replace(
        project.spec("lab-1"),
        cap_drop=(),
        security_opt=(),
        read_only=False,
        user="0:0",
        network_mode="bridge",
        tmpfs=(),
        mounts=(),
        ulimits=(),
        pids=400,
        memory=1 << 30,
        memory_swap=1 << 30,
        ipc="",
        cpus=0,
    )
    outside: list[str] = []
    with Engine(owner, on_create=lambda e, c: outside.extend(holes_outside(e.inspect(c)))) as engine:
        inside = holes_inside(json.loads(_in_bridge(engine, lax)), project.spec("lab-1"))
    for expected in ("CapEff", "new privileges", "root:", "connect to", "/ is writable", "RLIMIT_CORE", "chroot", "39"):
        assert any(hole.startswith(expected) for hole in inside), expected
    assert {"capabilities are kept", "root is writable", "user is root", "core files"} <= set(outside)
    assert "network bridge" in outside


def _in_bridge(engine, spec):
    from proclab.engine import Sandbox

    with Sandbox(engine, spec.running(*PROBE)) as sandbox:
        outcome = sandbox.wait(300)
    assert outcome.stderr.text == ""
    return outcome.stdout.text


def test_containers_do_not_see_each_other(bench):
    """Two labs of one user at a time: no process, file, shared memory, abstract socket or port of the other."""
    # 8008: no ephemeral port. From a port of that range (ip(7)) a connect to it may, once in a while, meet itself.
    leave = (
        "import socket, os; open('/tmp/mark', 'w'); open('/dev/shm/mark', 'w');"
        "s = socket.socket(socket.AF_UNIX); s.bind('\\0mark'); s.listen();"
        "t = socket.create_server(('127.0.0.1', 8008)); print('ready', flush=True); input()"
    )
    look = (
        "import socket, os, json\n"
        "s = socket.socket(socket.AF_UNIX)\n"
        "print(json.dumps({'unix': s.connect_ex('\\0mark'), 'tcp': socket.socket().connect_ex(('127.0.0.1', 8008)),"
        "'files': [f for f in ('/tmp/mark', '/dev/shm/mark') if os.path.exists(f)],"
        "'pids': [p for p in os.listdir('/proc') if p.isdigit()]}))"
    )
    bench.project = replace(bench.project, services={"lab-1": replace(bench.project.spec("lab-1"), stdin_open=True)})
    other = bench.start("lab-1", "python3", "-c", leave)
    assert other.wait_for_line("ready")
    seen = json.loads(run(bench.engine, bench.project.spec("lab-1").running("python3", "-c", look)).stdout.text)
    assert seen == {"unix": 111, "tcp": 111, "files": [], "pids": ["1", seen["pids"][-1]]}
    other.end_input()
