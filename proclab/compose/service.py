"""One service of compose.yaml -> ContainerSpec. Pure.

`FIELDS` says which keys are understood and how each is read; `IRRELEVANT` names the keys that say nothing
about one container; any other key is an error.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from proclab.compose import values
from proclab.compose.spec import ContainerSpec, Mount, Network, Ulimit
from proclab.errors import ComposeError

IRRELEVANT = {"build", "depends_on", "profiles", "scale"}


def checked(where: str, parser: Callable[[Any], Any], value: Any) -> Any:
    """The parsed value; what the parser refuses becomes a ComposeError that says where."""
    try:
        return parser(value)
    except ValueError as error:
        raise ComposeError(where, str(error)) from error


def refuse_unknown(body: Any, known: set[str], where: str) -> None:
    """Raise unless `body` is a mapping of known keys (and x-… extensions)."""
    if not isinstance(body, dict):
        raise ComposeError(where, f"{body!r} is not a mapping")
    for key in body:
        if key not in known and not str(key).startswith("x-"):
            raise ComposeError(where, f"{key!r} is not understood, and to drop it could be to drop confinement")


def service(name: str, body: Any, folder: Path, networks: Mapping[str, Network]) -> ContainerSpec:
    """One entry under `services:`."""
    where = f"services: {name}"
    refuse_unknown(body, {*FIELDS, *IRRELEVANT, "volumes", "networks", "network_mode"}, where)
    fields: dict[str, Any] = {}
    for key, (field, parser) in FIELDS.items():
        if body.get(key) is not None:
            fields[field] = checked(f"{where}: {key}", parser, body[key])
    mounts = checked(f"{where}: volumes", lambda value: _mounts(value, folder), body.get("volumes") or [])
    mode, joined = _joined(body, networks, where)
    return ContainerSpec(service=name, mounts=mounts, network_mode=mode, networks=joined, **fields)


def _command(value: object) -> tuple[str, ...]:
    """A list as it is, a string split as a shell would, without being one."""
    return tuple(shlex.split(value)) if isinstance(value, str) else values.strings(value)


def _tmpfs(value: object) -> tuple[tuple[str, str], ...]:
    """ "/tmp:size=64m,mode=1777" -> ("/tmp", "size=64m,mode=1777")."""
    return tuple((target, options) for target, _, options in (v.partition(":") for v in values.strings(value)))


def _ulimits(value: object) -> tuple[Ulimit, ...]:
    if not isinstance(value, dict):
        raise ValueError(f"{value!r} is not a mapping")
    return tuple(_ulimit(str(name), limit) for name, limit in sorted(value.items()))


def _ulimit(name: str, limit: object) -> Ulimit:
    if not isinstance(limit, dict) or set(limit) != {"soft", "hard"}:
        raise ValueError(f"{name} needs soft and hard, nothing else")
    return Ulimit(name, values.integer(limit["soft"]), values.integer(limit["hard"]))


def _logging(value: object) -> tuple[str, tuple[tuple[str, str], ...]]:
    if not isinstance(value, dict) or not set(value) <= {"driver", "options"}:
        raise ValueError("logging has driver and options, nothing else")
    return values.text(value.get("driver", "json-file")), values.pairs(value.get("options", {}))


def _mounts(value: object, folder: Path) -> tuple[Mount, ...]:
    """Bind mounts, whose sources are relative to the project's folder."""
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list")
    return tuple(_mount(entry, folder) for entry in value)


def _mount(entry: object, folder: Path) -> Mount:
    """ "./labs:/lab:ro" -> Mount(folder / "labs", "/lab", True)."""
    source, *rest = values.text(entry).split(":")
    if not source.startswith((".", "/", "~")) or not 1 <= len(rest) <= 2:
        raise ValueError(f"{entry!r} is not SOURCE:TARGET[:ro] with a path as source (named volumes outlive a run)")
    if rest[1:] not in ([], ["ro"], ["rw"]):
        raise ValueError(f"mode {rest[1]!r} of {entry!r} is not understood, ro and rw are")
    return Mount((folder / Path(source).expanduser()).resolve(), rest[0], read_only=rest[1:] == ["ro"])


def _joined(body: dict[str, Any], known: Mapping[str, Network], where: str) -> tuple[str, tuple[Network, ...]]:
    """(network mode, networks). With neither key compose joins the network `default`, so do we."""
    mode = body.get("network_mode")
    if mode is not None:
        if mode != "none" or body.get("networks"):
            raise ComposeError(where, f"network_mode {mode!r} is not understood, only none (and no networks) is")
        return "none", ()
    names = body.get("networks") or ["default"]
    if not isinstance(names, list):
        raise ComposeError(f"{where}: networks", "options of a membership (aliases, addresses) are not understood")
    if lost := [n for n in names if n not in known]:
        raise ComposeError(f"{where}: networks", f"{lost[0]!r} is not stated under networks:")
    return "", tuple(known[n] for n in names)


FIELDS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "image": ("image", values.text),
    "command": ("command", _command),
    "environment": ("environment", values.pairs),
    "labels": ("labels", values.pairs),
    "working_dir": ("working_dir", values.text),
    "user": ("user", values.text),
    "init": ("init", values.boolean),
    "stdin_open": ("stdin_open", values.boolean),
    "read_only": ("read_only", values.boolean),
    "cap_drop": ("cap_drop", values.strings),
    "cap_add": ("cap_add", values.strings),
    "security_opt": ("security_opt", values.strings),
    "ipc": ("ipc", values.text),
    "dns_search": ("dns_search", values.strings),
    "dns_opt": ("dns_opt", values.strings),
    "tmpfs": ("tmpfs", _tmpfs),
    "ulimits": ("ulimits", _ulimits),
    "sysctls": ("sysctls", values.pairs),
    "mem_limit": ("memory", values.size),
    "memswap_limit": ("memory_swap", values.size),
    "pids_limit": ("pids", values.integer),
    "cpus": ("cpus", values.number),
    "shm_size": ("shm_size", values.size),
    "logging": ("logging", _logging),
}
