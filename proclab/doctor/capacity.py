"""What the machine has left for the labs: memory, disk, networks. Pure judges from `Host` to `Diagnosis`."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network

from proclab.doctor.diagnosis import Diagnosis, bad, ok, warn
from proclab.doctor.host import Engine, Host, parse_routes, parse_subnets

GIB = 1 << 30


def resources(host: Host, docker: Engine) -> Diagnosis:
    seen = f"{docker.cpus} CPUs, {docker.memory / GIB:.1f} GiB"
    if docker.memory < GIB:
        return warn(
            seen,
            "the socket lab alone may use six containers of 256 MiB",
            "Docker Desktop: Settings, Resources, Memory; a virtual machine: give it 2 GiB",
        )
    return ok(seen)


def disk(host: Host, docker: Engine) -> Diagnosis:
    if host.disk_free is None:
        return ok(f"{docker.root} is not on this machine", "docker system df says what images and containers take")
    seen = f"{host.disk_free / GIB:.1f} GiB free at {docker.root}"
    fix = "docker builder prune, docker image prune   (look first: docker system df)"
    if host.disk_free < GIB:
        return bad(seen, "the image (0.1 GiB) and its making need about 1 GiB", fix)
    if host.disk_free < 4 * GIB:
        return warn(seen, "enough for the labs, little for a room of them", fix)
    return ok(seen)


# What the engine cuts networks from when daemon.json names no pools: 15 of /16 and 16 of /20.
BUILT_IN_POOLS = (*((f"172.{n}.0.0/16", 16) for n in range(17, 32)), ("192.168.0.0/16", 20))


def free_networks(pools: Iterable[tuple[str, int]], used: Iterable[str]) -> int:
    """How many more networks the engine can make: subnets of the pools that overlap nothing in use."""
    taken = [IPv4Network(subnet, strict=False) for subnet in used]
    cuts = (cut for base, size in pools for cut in IPv4Network(base, strict=False).subnets(new_prefix=size))
    return sum(not any(cut.overlaps(other) for other in taken) for cut in cuts)


def networks(host: Host, docker: Engine) -> Diagnosis:
    try:
        used = parse_subnets(host.networks.out) + parse_routes(host.routes)
        left = free_networks([p for p in docker.pools if ":" not in p[0]] or BUILT_IN_POOLS, used)
    except (ValueError, KeyError, TypeError) as error:
        return warn(f"cannot be read: {error}", "the socket lab needs one network", "docker network ls")
    fix = (
        'make wipe; docker network ls; docker network prune; or more room: "default-address-pools" '
        "in /etc/docker/daemon.json"
    )
    if left == 0:
        return bad("no free subnet in the address pools", "compose cannot make the lab's network", fix)
    if left < 4:
        return warn(f"{left} more possible", "tests and several users at once need a few", fix)
    return ok(f"{left} more possible")
