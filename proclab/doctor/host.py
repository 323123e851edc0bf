"""What this machine, its Docker Engine and its Compose say about themselves; asked once, judged elsewhere.

Standard library only: `make doctor` has to run where nothing is installed yet. Nothing is contacted but the
engine's socket.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from proclab.compose import dotenv
from proclab.compose.values import interpolate
from proclab.errors import ComposeError

# A healthy engine answers in 0.1 s; one that needs longer than this is ill, which is a diagnosis.
COMMAND_DEADLINE = 20.0
NOT_FOUND, TOO_LATE = 127, 124  # the shell's and timeout(1)'s exit codes for the same things


@dataclass(frozen=True)
class Answer:
    """How a command ended, and what it said."""

    status: int
    out: str = ""
    err: str = ""

    @property
    def good(self) -> bool:
        return self.status == 0


@dataclass(frozen=True)
class Engine:
    """`docker version` and `docker info`, as far as the labs care."""

    version: str
    os: str
    arch: str
    root: str
    storage: str
    log_driver: str
    cgroup_version: str
    cgroup_driver: str
    cpus: int
    memory: int
    unenforced: tuple[str, ...]  # limits that this kernel or cgroup set-up does not enforce
    security: tuple[str, ...]
    pools: tuple[tuple[str, int], ...]  # (base, prefix length of each network cut from it); empty = the built-in ones
    runc: str
    runc_commit: str
    time: datetime | None


@dataclass(frozen=True)
class Image:
    """The lab image as the engine has it."""

    arch: str
    size: int
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Host:
    """All that the doctor looks at."""

    version: Answer
    info: Answer
    compose_v1: Answer
    compose_v2: Answer
    networks: Answer
    image: Answer
    image_name: str = "proclab:latest"
    dotenv_trouble: str = ""  # why .env can't be read
    docker_host: str = ""  # $DOCKER_HOST
    yama: str | None = None
    routes: str = ""
    disk_free: int | None = None
    asked_at: float = 0.0  # wall clock just before `docker info`
    answered_at: float = 0.0  # … and just after
    answer_took: float = 0.0  # the same span on the monotonic clock


# ---------------------------------------------------------------- parsers (pure)

_LIMITS = {
    "memory": "MemoryLimit",
    "swap": "SwapLimit",
    "pids": "PidsLimit",
    "cpu": "CpuCfsQuota",
}


def parse_engine(version_text: str, info_text: str) -> Engine:
    """The JSON of `docker version` and `docker info` → Engine; ValueError when it is something else."""
    server = _object(version_text).get("Server") or {}
    info = _object(info_text)
    parts = {part.get("Name"): part for part in server.get("Components") or []}
    runc = parts.get("runc") or {}
    return Engine(
        version=str(server.get("Version") or info.get("ServerVersion") or ""),
        os=str(info.get("OSType") or server.get("Os") or ""),
        arch=str(server.get("Arch") or ""),
        root=str(info.get("DockerRootDir") or ""),
        storage=str(info.get("Driver") or ""),
        log_driver=str(info.get("LoggingDriver") or ""),
        cgroup_version=str(info.get("CgroupVersion") or ""),
        cgroup_driver=str(info.get("CgroupDriver") or ""),
        cpus=int(info.get("NCPU") or 0),
        memory=int(info.get("MemTotal") or 0),
        unenforced=tuple(limit for limit, key in _LIMITS.items() if info.get(key) is False),
        security=tuple(info.get("SecurityOptions") or ()),
        pools=tuple((str(p["Base"]), int(p["Size"])) for p in info.get("DefaultAddressPools") or ()),
        runc=str(runc.get("Version") or ""),
        runc_commit=str((runc.get("Details") or {}).get("GitCommit") or ""),
        time=_time(str(info.get("SystemTime") or "")),
    )


def parse_image(text: str) -> Image:
    """`docker image inspect NAME` → Image."""
    entry = json.loads(text)[0]
    labels = (entry.get("Config") or {}).get("Labels") or {}
    return Image(arch=str(entry.get("Architecture") or ""), size=int(entry.get("Size") or 0), labels=labels)


def parse_subnets(text: str) -> list[str]:
    """`docker network inspect …` → every IPv4 subnet in use: ["172.17.0.0/16", …]."""
    configs = [config for net in json.loads(text or "[]") for config in (net.get("IPAM") or {}).get("Config") or ()]
    return [config["Subnet"] for config in configs if ":" not in config.get("Subnet", ":")]


def parse_routes(text: str) -> list[str]:
    """/proc/net/route → the host's IPv4 routes: ["10.0.0.0/255.255.255.0", …], the default route left out."""
    rows = [line.split() for line in text.splitlines()[1:]]
    pairs = [(_address(row[1]), _address(row[7])) for row in rows if len(row) > 7]
    return [f"{network}/{mask}" for network, mask in pairs if mask != "0.0.0.0"]


def parse_version(text: str) -> tuple[int, ...]:
    """ "v2.26.1-4", "1.1.5+ds1" → (2, 26, 1), (1, 1, 5); () when there is no number."""
    found = re.search(r"\d+(?:\.\d+)*", text)
    return tuple(int(part) for part in found.group().split(".")) if found else ()


def image_name(compose_text: str, environ: Mapping[str, str]) -> str:
    """The first `image:` of compose.yaml, `${NAME:-default}` filled in; good enough without a YAML parser."""
    found = re.search(r"^\s*image:\s*[\"']?([^\s\"'#]+)", compose_text, re.MULTILINE)
    return interpolate(found[1], environ) if found else "proclab:latest"


def _object(text: str) -> dict[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError(f"expected a JSON object, got {text[:80]!r}")
    return value


def _time(text: str) -> datetime | None:
    """RFC 3339 with nanoseconds, as Go prints it."""
    try:
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:
        return None


def _address(little_endian_hex: str) -> str:
    """The kernel prints an address as one hexadecimal number in host byte order: 0011A8C0 → 192.168.17.0."""
    return ".".join(str(byte) for byte in reversed(bytes.fromhex(little_endian_hex)))


# ---------------------------------------------------------------- asking (thin)


def ask(argv: Sequence[str], deadline: float = COMMAND_DEADLINE) -> Answer:
    """Runs a command; never raises, never waits for ever."""
    try:
        done = subprocess.run(argv, capture_output=True, timeout=deadline, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return Answer(TOO_LATE, err=f"no answer within {deadline:.0f} s")
    except OSError as error:
        return Answer(NOT_FOUND, err=f"{argv[0]}: {error.strerror}")
    return Answer(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def read(path: str) -> str | None:
    """A file's text, or None where it does not exist or is not ours to read."""
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return None


def free_bytes(path: str) -> int | None:
    """Free space where `path` lives; None when that is not on this machine (Docker Desktop, remote)."""
    try:
        found = os.statvfs(path)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize


def gather(root: Path) -> Host:
    """Asks everything; an engine that does not answer is asked only once."""
    variables, trouble = wishes(root)
    name = image_name(read(str(root / "compose.yaml")) or "", variables)
    version = ask(["docker", "version", "--format", "{{json .}}"])
    wall, monotonic = time.time(), time.monotonic()
    info = ask(["docker", "info", "--format", "{{json .}}"]) if version.good else version
    took, answered = time.monotonic() - monotonic, time.time()
    return Host(
        version=version,
        info=info,
        compose_v1=ask(["docker-compose", "version", "--short"]),
        compose_v2=ask(["docker", "compose", "version", "--short"]),
        networks=_networks() if info.good else info,
        image=ask(["docker", "image", "inspect", name]) if info.good else info,
        image_name=name,
        dotenv_trouble=trouble,
        docker_host=os.environ.get("DOCKER_HOST", ""),
        yama=read("/proc/sys/kernel/yama/ptrace_scope"),
        routes=read("/proc/net/route") or "",
        disk_free=free_bytes(_root(info)),
        asked_at=wall,
        answered_at=answered,
        answer_took=took,
    )


def wishes(root: Path) -> tuple[Mapping[str, str], str]:
    """The variables that compose.yaml is filled in with, and why .env has none where it can't be read."""
    try:
        return {**dotenv(root), **os.environ}, ""
    except ComposeError as error:
        return os.environ, str(error)


def _networks() -> Answer:
    listed = ask(["docker", "network", "ls", "--quiet"])
    return ask(["docker", "network", "inspect", *listed.out.split()]) if listed.good else listed


def _root(info: Answer) -> str:
    try:
        return str(_object(info.out).get("DockerRootDir") or "")
    except ValueError:
        return ""
