"""One service of compose.yaml -> ContainerSpec. Pure.

`FIELDS` says which keys are understood and how each is read; `IRRELEVANT` names the keys that say nothing
about one container; any other key is an error.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from proclab import values
from proclab.errors import ComposeError
from proclab.spec import ContainerSpec, Mount, Network, Ulimit

IRRELEVANT = {"build", "depends_on", "profiles", "scale", "stop_grace_period", "pull_policy"}


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
    refuse_unknown(body, {*FIELDS, *IRRELEVANT, "volumes", "networks", "network_mode", "restart"}, where)
    if checked(f"{where}: restart", values.boolean, body.get("restart", "no")):
        raise ComposeError(where, "restart is not understood: a container of the bench runs once")
    fields: dict[str, Any] = {}
    for key, (field, parser) in FIELDS.items():
        if body.get(key) is not None:
            fields[field] = checked(f"{where}: {key}", parser, body[key])
    spec = ContainerSpec(service=name, **fields)
    mounts, extra_tmpfs = _volumes(body.get("volumes") or [], folder, f"{where}: volumes")
    mode, joined = _joined(body, networks, where)
    return replace(spec, mounts=mounts, tmpfs=spec.tmpfs + extra_tmpfs, network_mode=mode, networks=joined)


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
    if not isinstance(limit, dict):
        both = values.integer(limit)
        return Ulimit(name, both, both)
    if set(limit) != {"soft", "hard"}:
        raise ValueError(f"{name} needs soft and hard, nothing else")
    return Ulimit(name, values.integer(limit["soft"]), values.integer(limit["hard"]))


def _logging(value: object) -> tuple[str, tuple[tuple[str, str], ...]]:
    if not isinstance(value, dict) or not set(value) <= {"driver", "options"}:
        raise ValueError("logging has driver and options, nothing else")
    return values.text(value.get("driver", "json-file")), values.pairs(value.get("options", {}))


def _never(value: object) -> bool:
    """A key that may only be false."""
    if values.boolean(value):
        raise ValueError("would take all confinement away; this driver does not do it")
    return False


def _volumes(entries: Any, folder: Path, where: str) -> tuple[tuple[Mount, ...], tuple[tuple[str, str], ...]]:
    """Bind mounts, and tmpfs stated in the long form."""
    mounts, tmpfs = [], []
    for entry in entries if isinstance(entries, list) else [entries]:
        if isinstance(entry, dict) and entry.get("type") == "tmpfs":
            tmpfs.append(checked(where, _long_tmpfs, entry))
        else:
            parser = _long_bind if isinstance(entry, dict) else _short_bind
            source, target, read_only = checked(where, parser, entry)
            mounts.append(Mount((folder / Path(source).expanduser()).resolve(), target, read_only))
    return tuple(mounts), tuple(tmpfs)


def _short_bind(entry: object) -> tuple[str, str, bool]:
    """ "./labs:/lab:ro" -> ("./labs", "/lab", True)."""
    source, *rest = values.text(entry).split(":")
    if not source.startswith((".", "/", "~")) or not 1 <= len(rest) <= 2:
        raise ValueError(f"{entry!r} is not SOURCE:TARGET[:ro] with a path as source (named volumes outlive a run)")
    if rest[1:] not in ([], ["ro"], ["rw"]):
        raise ValueError(f"mode {rest[1]!r} of {entry!r} is not understood, ro and rw are")
    return source, rest[0], rest[1:] == ["ro"]


def _long_bind(entry: dict[str, Any]) -> tuple[str, str, bool]:
    if entry.get("type") != "bind" or not {"source", "target"} <= set(entry):
        raise ValueError(f"{entry!r} is neither a bind mount nor a tmpfs")
    if extra := set(entry) - {"type", "source", "target", "read_only", "bind"}:
        raise ValueError(f"{sorted(extra)[0]!r} of a mount is not understood")
    if set(entry.get("bind") or {}) - {"create_host_path"}:
        raise ValueError(f"bind options {entry['bind']!r} are not understood, create_host_path is")
    return (
        values.text(entry["source"]),
        values.text(entry["target"]),
        values.boolean(entry.get("read_only", False)),
    )


def _long_tmpfs(entry: dict[str, Any]) -> tuple[str, str]:
    options = entry.get("tmpfs") or {}
    if set(entry) - {"type", "target", "tmpfs"} or set(options) - {"size", "mode"} or "target" not in entry:
        raise ValueError(f"{entry!r}: a tmpfs has target, size and mode, nothing else")
    words = [f"size={values.size(options['size'])}"] if "size" in options else []
    words += [f"mode={values.integer(options['mode']):o}"] if "mode" in options else []
    return values.text(entry["target"]), ",".join(words)


def _joined(body: dict[str, Any], known: Mapping[str, Network], where: str) -> tuple[str, tuple[Network, ...]]:
    """(network mode, networks). With neither key compose joins the network `default`, so do we."""
    mode = body.get("network_mode")
    if mode is not None:
        if mode != "none" or body.get("networks"):
            raise ComposeError(where, f"network_mode {mode!r} is not understood, only none (and no networks) is")
        return "none", ()
    names = body.get("networks") or ["default"]
    if not isinstance(names, list) and any(names.values()):
        raise ComposeError(f"{where}: networks", "options of a membership (aliases, addresses) are not understood")
    if lost := [n for n in names if n not in known]:
        raise ComposeError(f"{where}: networks", f"{lost[0]!r} is not stated under networks:")
    return "", tuple(known[n] for n in names)


FIELDS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "image": ("image", values.text),
    "command": ("command", _command),
    "entrypoint": ("entrypoint", _command),
    "environment": ("environment", values.pairs),
    "labels": ("labels", values.pairs),
    "working_dir": ("working_dir", values.text),
    "user": ("user", values.text),
    "hostname": ("hostname", values.text),
    "stop_signal": ("stop_signal", values.text),
    "init": ("init", values.boolean),
    "tty": ("tty", values.boolean),
    "stdin_open": ("stdin_open", values.boolean),
    "read_only": ("read_only", values.boolean),
    "privileged": ("privileged", _never),
    "cap_drop": ("cap_drop", values.strings),
    "cap_add": ("cap_add", values.strings),
    "security_opt": ("security_opt", values.strings),
    "ipc": ("ipc", values.text),
    "dns_search": ("dns_search", values.strings),
    "dns_opt": ("dns_opt", values.strings),
    "tmpfs": ("tmpfs", _tmpfs),
    "ulimits": ("ulimits", _ulimits),
    "mem_limit": ("memory", values.size),
    "memswap_limit": ("memory_swap", values.size),
    "pids_limit": ("pids", values.integer),
    "cpus": ("cpus", values.number),
    "shm_size": ("shm_size", values.size),
    "oom_score_adj": ("oom_score_adj", values.integer),
    "logging": ("logging", _logging),
}
