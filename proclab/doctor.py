"""`make doctor`: is this machine fit for the labs, and if not, which command mends it?

Runs with nothing but Python's standard library. Every judge, here and in `footing` and `room`, is a pure
function from what `proclab.host` saw to a `Finding`; only `main` asks the machine anything.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from proclab import footing, room
from proclab.finding import Finding, bad, exit_status, ok, render, warn
from proclab.host import NOT_FOUND, Answer, Engine, Host, gather, parse_engine, parse_image, parse_version


def reach(answer: Answer) -> Finding | None:
    """Why the engine did not answer; None when it did."""
    if answer.good:
        return None
    said = (answer.err or answer.out).strip()
    seen = (said.splitlines() or ["no answer"])[-1]
    if answer.status == NOT_FOUND:
        return bad(
            "engine",
            "there is no docker command",
            "the labs run in containers",
            "install Docker Engine or Docker Desktop; on Debian and Ubuntu: sudo apt-get install docker.io",
        )
    if "permission denied" in said.lower():
        return bad(
            "engine",
            seen,
            "this user may not use the engine's socket",
            'sudo usermod -aG docker "$USER" && newgrp docker   (the group is as good as root)',
        )
    return bad(
        "engine",
        seen,
        "the Docker daemon is not running, or not where $DOCKER_HOST points",
        "sudo systemctl start docker   (or start Docker Desktop; with DOCKER_HOST set: unset DOCKER_HOST)",
    )


def engine(host: Host, it: Engine) -> Finding:
    seen = f"Docker Engine {it.version}, {it.os}/{it.arch}"
    if it.os != "linux":
        return bad(
            "engine",
            seen,
            "the labs are Linux containers",
            "in Docker Desktop: Switch to Linux containers…   (DockerCli.exe -SwitchLinuxEngine)",
        )
    if parse_version(it.version) < (20, 10):
        return warn(
            "engine",
            seen,
            "older than 20.10, the oldest that the labs were tried with",
            "upgrade the docker package",
        )
    if host.docker_host.startswith(("tcp://", "ssh://")):
        return warn(
            "engine",
            f"{seen} at {host.docker_host}",
            "labs and programs are mounted from folders, which must exist on the engine's machine",
            "unset DOCKER_HOST",
        )
    return ok("engine", seen)


def compose(host: Host, it: Engine) -> Finding:
    named = (("docker compose", host.compose_v2), ("docker-compose", host.compose_v1))
    found = [(name, answer.out.strip().removeprefix("v")) for name, answer in named if answer.good]
    seen = ", ".join(f"{name} {version}" for name, version in found)
    fix = (
        "sudo apt-get install docker-compose-v2   "
        "(docker-compose on Debian, docker-compose-plugin from Docker's own packages)"
    )
    if not found:
        return bad(
            "compose",
            "neither `docker compose` nor `docker-compose`",
            "compose.yaml describes every lab",
            fix,
        )
    if max(parse_version(version) for _, version in found) < (1, 29):
        return bad("compose", seen, "older than 1.29: it does not understand compose.yaml", fix)
    return ok("compose", seen)


# ---------------------------------------------------------------- time, and the image


def clock(host: Host, it: Engine) -> Finding:
    """The engine read its clock between our two looks at ours; anything outside that span is skew."""
    drift = (host.answered_at - host.asked_at) - host.answer_took
    if abs(drift) > 0.5:
        return warn(
            "clock",
            f"set by {drift:+.1f} s while being looked at",
            "times in logs jump; the labs' own deadlines don't",
            "timedatectl status   (one time service only)",
        )
    if it.time is None:
        return ok("clock", "the engine does not tell its time")
    theirs = it.time.timestamp()
    skew = max(host.asked_at - theirs, theirs - host.answered_at, 0.0)
    if skew > 2:
        return warn(
            "clock",
            f"the engine's differs by {skew:.0f} s from this machine's",
            "times in logs and on files do not fit together",
            "restart Docker Desktop or the virtual machine (its clock stopped while the machine slept)",
        )
    return ok("clock", f"the engine's differs by less than {skew + 0.1:.1f} s")


def image(host: Host, it: Engine) -> Finding:
    name = host.image_name
    if not host.image.good:
        return warn(
            "image",
            f"{name} is not there yet",
            "the first `make lab-1` makes it, in about 20 seconds",
            "make image",
        )
    found = parse_image(host.image.out)
    seen = f"{name}, {found.arch}, {found.size / 1e6:.0f} MB"
    if found.arch != it.arch:
        return bad(
            "image",
            f"{seen}; the engine is {it.arch}",
            "an emulated CPU has no ptrace: strace fails, all is slow",
            f"docker image rm {name} && make image",
        )
    fingerprint = next((value for key, value in found.labels.items() if key.endswith("fingerprint")), "")
    if not fingerprint:
        return warn(
            "image", f"{seen}, no fingerprint", "it was not made by this checkout's recipe", "make image"
        )
    return ok("image", f"{seen}, fingerprint {fingerprint[:16]}…")


JUDGES: tuple[Callable[[Host, Engine], Finding], ...] = (
    engine,
    compose,
    footing.cgroups,
    footing.storage,
    footing.logs,
    footing.security,
    footing.ptrace,
    footing.runc,
    room.resources,
    room.disk,
    room.networks,
    clock,
    image,
)


def examine(host: Host) -> list[Finding]:
    """Every judge's finding; only the engine's (and compose's) when there is no engine to look at."""
    nothing = Engine("", "linux", "", "", "", "", "", "", 0, 0, (), (), (), "", "", None)
    unreachable = reach(host.version) or reach(host.info)
    if unreachable:
        return [unreachable, compose(host, nothing)]
    try:
        it = parse_engine(host.version.out, host.info.out)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return [
            bad(
                "engine",
                f"its answer is not understood: {error}",
                "this is not a Docker Engine we know",
                "docker version; docker info",
            ),
            compose(host, nothing),
        ]
    return [judge(host, it) for judge in JUDGES]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="proclab doctor", description="Is this machine fit for the labs?")
    parser.add_argument("--json", action="store_true", help="findings as JSON, for a bug report")
    options = parser.parse_args(argv)
    findings = examine(gather(Path(__file__).resolve().parent.parent))
    print(json.dumps([asdict(it) for it in findings], indent=2) if options.json else render(findings))
    return exit_status(findings)


if __name__ == "__main__":
    sys.exit(main())
