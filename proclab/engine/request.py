"""ContainerSpec -> the Engine API's create request. Pure.

One dictionary in the engine's own words (POST /containers/create), so that no client library's defaults come
between compose.yaml and the container.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proclab.compose import ContainerSpec


def create_request(spec: ContainerSpec, labels: Mapping[str, str], network: str = "") -> dict[str, Any]:
    """The body of the create call; `network` is the real name of the (first) network to join."""
    request: dict[str, Any] = {
        "Image": spec.image,
        "Cmd": list(spec.command) if spec.command is not None else None,
        "Env": [f"{name}={value}" for name, value in spec.environment],
        "Labels": {**dict(spec.labels), **labels},
        "User": spec.user,
        "WorkingDir": spec.working_dir,
        "Tty": spec.tty,
        "OpenStdin": spec.stdin_open,
        "StdinOnce": spec.stdin_open,  # our end of input is the container's
        "AttachStdin": spec.stdin_open,
        "AttachStdout": True,
        "AttachStderr": True,
        "NetworkDisabled": False,  # true would take the loopback away too
        "HostConfig": host_config(spec, network),
    }
    if network:
        request["NetworkingConfig"] = {"EndpointsConfig": {network: {"Aliases": [spec.service]}}}
    return request


def host_config(spec: ContainerSpec, network: str = "") -> dict[str, Any]:
    """The confinement, as the engine calls it."""
    driver, options = spec.logging
    config: dict[str, Any] = {
        "NetworkMode": network or spec.network_mode or "default",
        "Init": spec.init,
        "ReadonlyRootfs": spec.read_only,
        "Privileged": False,
        "CapDrop": list(spec.cap_drop),
        "CapAdd": list(spec.cap_add),
        "SecurityOpt": list(spec.security_opt),
        "IpcMode": spec.ipc,
        "DnsSearch": list(spec.dns_search),
        "DnsOptions": list(spec.dns_opt),
        "Tmpfs": dict(spec.tmpfs),
        "Mounts": [_mount(m.source, m.target, m.read_only) for m in spec.mounts],
        "Sysctls": dict(spec.sysctls),
        "Ulimits": [{"Name": u.name, "Soft": u.soft, "Hard": u.hard} for u in spec.ulimits],
        "Memory": spec.memory,
        "MemorySwap": spec.memory_swap,
        "PidsLimit": spec.pids or None,
        "NanoCpus": int(spec.cpus * 1_000_000_000),
        "ShmSize": spec.shm_size,
        "AutoRemove": False,  # the outcome is read from the container's remains
        "RestartPolicy": {"Name": "no"},
    }
    if driver:
        config["LogConfig"] = {"Type": driver, "Config": dict(options)}
    return config


def _mount(source: object, target: str, read_only: bool) -> dict[str, Any]:
    """A bind by the Mounts list: unlike Binds it fails where the source is missing and makes no folder."""
    return {"Type": "bind", "Source": str(source), "Target": target, "ReadOnly": read_only}
