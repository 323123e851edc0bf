"""`make doctor`: is this machine fit for the labs, and if not, which command mends it?

Runs with nothing but Python's standard library. Every judge, here and in `kernel` and `capacity`, is a pure function
from what `proclab.doctor.host` saw to a `Diagnosis`; only `doctor` asks the machine anything.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace

from proclab import ROOT
from proclab.doctor import capacity, kernel
from proclab.doctor.diagnosis import Diagnosis, bad, exit_status, ok, render, warn
from proclab.doctor.host import NOT_FOUND, Answer, Engine, Host, gather, parse_engine, parse_image, parse_version


def reach(answer: Answer) -> Diagnosis | None:
    """Why the engine did not answer; None when it did."""
    if answer.good:
        return None
    said = (answer.err or answer.out).strip()
    seen = (said.splitlines() or ["no answer"])[-1]
    if answer.status == NOT_FOUND:
        return bad(
            "there is no docker command",
            "the labs run in containers",
            "install Docker Engine or Docker Desktop; on Debian and Ubuntu: sudo apt-get install docker.io",
        )
    if "permission denied" in said.lower():
        return bad(
            seen,
            "this user may not use the engine's socket",
            'sudo usermod -aG docker "$USER" && newgrp docker   (the group is as good as root)',
        )
    return bad(
        seen,
        "the Docker daemon is not running, or not where $DOCKER_HOST points",
        "sudo systemctl start docker   (or start Docker Desktop; with DOCKER_HOST set: unset DOCKER_HOST)",
    )


def engine(host: Host, docker: Engine) -> Diagnosis:
    seen = f"Docker Engine {docker.version}, {docker.os}/{docker.arch}"
    if docker.os != "linux":
        return bad(
            seen,
            "the labs are Linux containers",
            "in Docker Desktop: Switch to Linux containers…   (DockerCli.exe -SwitchLinuxEngine)",
        )
    if parse_version(docker.version) < (20, 10):
        return warn(seen, "older than 20.10, the oldest that the labs were tried with", "upgrade the docker package")
    if host.docker_host.startswith(("tcp://", "ssh://")):
        return warn(
            f"{seen} at {host.docker_host}",
            "labs and programs are mounted from folders, which must exist on the engine's machine",
            "unset DOCKER_HOST",
        )
    return ok(seen)


def compose(host: Host, docker: Engine) -> Diagnosis:
    named = (("docker compose", host.compose_v2), ("docker-compose", host.compose_v1))
    found = [(name, answer.out.strip().removeprefix("v")) for name, answer in named if answer.good]
    seen = ", ".join(f"{name} {version}" for name, version in found)
    fix = (
        "sudo apt-get install docker-compose-v2   "
        "(docker-compose on Debian, docker-compose-plugin from Docker's own packages)"
    )
    if not found:
        return bad("neither `docker compose` nor `docker-compose`", "compose.yaml describes every lab", fix)
    if max(parse_version(version) for _, version in found) < (1, 29):
        return bad(seen, "older than 1.29: it does not understand compose.yaml", fix)
    return ok(seen)


# ---------------------------------------------------------------- time, and the image


def clock(host: Host, docker: Engine) -> Diagnosis:
    """The engine read its clock between our two looks at ours; anything outside that span is skew."""
    drift = (host.answered_at - host.asked_at) - host.answer_took
    if abs(drift) > 0.5:
        return warn(
            f"set by {drift:+.1f} s while being looked at",
            "times in logs jump; the labs' own deadlines don't",
            "timedatectl status   (one time service only)",
        )
    if docker.time is None:
        return ok("the engine does not say what time it is")
    theirs = docker.time.timestamp()
    skew = max(host.asked_at - theirs, theirs - host.answered_at, 0.0)
    if skew > 2:
        return warn(
            f"the engine's differs by {skew:.0f} s from this machine's",
            "times in logs and on files do not fit together",
            "restart Docker Desktop or the virtual machine (its clock stopped while the machine slept)",
        )
    return ok(f"the engine's differs by less than {skew + 0.1:.1f} s")


def image(host: Host, docker: Engine) -> Diagnosis:
    name = host.image_name
    if host.dotenv_trouble:
        return bad(host.dotenv_trouble, "Compose can't be told which image to use", "rm .env; make image")
    if not host.image.good:
        return warn(f"{name} is not there yet", "the first `make lab-1` makes it, in about 20 seconds", "make image")
    found = parse_image(host.image.out)
    seen = f"{name}, {found.arch}, {found.size / 1e6:.0f} MB"
    if found.arch != docker.arch:
        return bad(
            f"{seen}; the engine is {docker.arch}",
            "an emulated CPU has no ptrace: strace fails, all is slow",
            f"docker image rm {name} && make image",
        )
    fingerprint = next((value for key, value in found.labels.items() if key.endswith("fingerprint")), "")
    if not fingerprint:
        return warn(f"{seen}, no fingerprint", "it was not made by this checkout's recipe", "make image")
    return ok(f"{seen}, fingerprint {fingerprint[:16]}…")


JUDGES: tuple[Callable[[Host, Engine], Diagnosis], ...] = (
    engine,
    compose,
    kernel.cgroups,
    kernel.storage,
    kernel.logs,
    kernel.security,
    kernel.ptrace,
    kernel.runc,
    capacity.resources,
    capacity.disk,
    capacity.networks,
    clock,
    image,
)


def examine(host: Host) -> list[Diagnosis]:
    """Every judge's diagnosis; only the engine's (and compose's) when there is no engine to look at."""
    nothing = Engine("", "linux", "", "", "", "", "", "", 0, 0, (), (), (), "", "", None)
    trouble = reach(host.version) or reach(host.info)
    try:
        docker = nothing if trouble else parse_engine(host.version.out, host.info.out)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        seen = f"its answer is not understood: {error}"
        trouble = bad(seen, "this is not a Docker Engine we know", "docker version; docker info")
    if trouble:
        return [replace(trouble, name="engine"), replace(compose(host, nothing), name="compose")]
    return [replace(judge(host, docker), name=judge.__name__) for judge in JUDGES]


def doctor(as_json: bool) -> int:
    """`proclab doctor`."""
    diagnoses = examine(gather(ROOT))
    print(json.dumps([asdict(each) for each in diagnoses], indent=2) if as_json else render(diagnoses))
    return exit_status(diagnoses)
