"""A container specification as the arguments of a bare `docker run`: what `make bench` measures ours against."""

from __future__ import annotations

from collections.abc import Iterator

from proclab.compose.spec import ContainerSpec


def docker_run(spec: ContainerSpec, *options: str, network: str = "") -> list[str]:
    """["docker", "run", every wall of the specification, *options, image, *command]."""
    return ["docker", "run", *_walls(spec), *_network(spec, network), *options, spec.image, *(spec.command or ())]


def _walls(spec: ContainerSpec) -> Iterator[str]:
    plain = {
        "--user": spec.user,
        "--workdir": spec.working_dir,
        "--ipc": spec.ipc,
        "--memory": spec.memory,
        "--memory-swap": spec.memory_swap,
        "--pids-limit": spec.pids,
        "--cpus": spec.cpus,
        "--shm-size": spec.shm_size,
        "--log-driver": spec.logging[0],
    }
    yield from (f"{flag}={value}" for flag, value in plain.items() if value)
    yield from (flag for flag, wanted in (("--init", spec.init), ("--read-only", spec.read_only)) if wanted)
    yield from (f"--cap-drop={name}" for name in spec.cap_drop)
    yield from (f"--cap-add={name}" for name in spec.cap_add)
    yield from (f"--security-opt={option}" for option in spec.security_opt)
    yield from (f"--env={name}={value}" for name, value in spec.environment)
    yield from (f"--tmpfs={target}:{options}" for target, options in spec.tmpfs)
    yield from (f"--sysctl={name}={value}" for name, value in spec.sysctls)
    yield from (f"--ulimit={limit.name}={limit.soft}:{limit.hard}" for limit in spec.ulimits)
    yield from (f"--log-opt={name}={value}" for name, value in spec.logging[1])
    for mount in spec.mounts:
        how = ",readonly" if mount.read_only else ""
        yield f"--mount=type=bind,source={mount.source},target={mount.target}{how}"


def _network(spec: ContainerSpec, network: str) -> list[str]:
    if network:
        return [f"--network={network}", f"--network-alias={spec.service}"]
    return [f"--network={spec.network_mode}"] if spec.network_mode else []
