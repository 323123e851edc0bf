"""The one judgement of confinement, on what a probe saw inside and on what the engine says outside. Pure.

Each function returns sentences, one for each hole; none means confined.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from proclab.compose import ContainerSpec

# What the agent of a session may do (service `grading`), each with its bit in /proc/PID/status (linux/capability.h).
AGENT = {"KILL": 5, "SETGID": 6, "SETUID": 7, "SYS_PTRACE": 19, "DAC_READ_SEARCH": 2}
REFUSED = {"EROFS", "EACCES", "EPERM"}
INIT = {"/usr/sbin/docker-init", "/sbin/docker-init"}  # the engine mounts its init there
NO_WAY = {"ENETUNREACH", "EHOSTUNREACH", "timed out"}  # or dropped: engines before 25 keep a default route there
HIDDEN = ("solution", "checks.py", "wrong")


def holes_inside(facts: dict[str, Any], spec: ContainerSpec) -> list[str]:
    """What the probe could do that it should not have been able to."""
    parts = (_powers, _network, _writes, _limits, _sights)
    return [hole for part in parts for hole in part(facts, spec)]


def _powers(facts: dict[str, Any], spec: ContainerSpec) -> Iterator[str]:
    status = facts["status"]
    agent = status["Uid"] == status["Gid"] == ["0"] * 4 and spec.user == "0:0"
    stated = sum(1 << AGENT[name] for name in spec.cap_add)
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        # A program in a session keeps the agent's bounding set: with NoNewPrivs nothing is ever gained from it.
        allowed = stated if name == "CapBnd" or (agent and name in ("CapPrm", "CapEff")) else 0
        if int(status[name][0], 16) & ~allowed:
            yield f"{name} is {status[name][0]}"
    if status["NoNewPrivs"] != ["1"]:
        yield "new privileges can be gained"
    if status["Seccomp"] != ["2"]:
        yield "no seccomp filter"
    if "0" in status["Uid"] + status["Gid"] + status["Groups"] and not agent:
        yield f"root: {status['Uid']} {status['Gid']} {status['Groups']}"
    for name in ("mknod", "new_namespace", "setuid", "chroot"):
        if facts["host"][name] not in REFUSED and not (agent and name == "setuid"):
            yield f"{name}: {facts['host'][name]}"


def _network(facts: dict[str, Any], spec: ContainerSpec) -> Iterator[str]:
    seen = facts["network"]
    if not spec.networks and seen["interfaces"] != ["lo"]:
        yield f"interfaces {seen['interfaces']}"
    yield from (f"connect to {host}: {end}" for host, end in seen["connect"].items() if end not in NO_WAY)
    if seen["resolve"] == "done":
        yield "names outside are resolved"
    if seen["loopback"] != "done":
        yield f"no loopback: {seen['loopback']}"


def _writes(facts: dict[str, Any], spec: ContainerSpec) -> Iterator[str]:
    seen = facts["writes"]
    allowed = {target for target, _ in spec.tmpfs}
    if facts["status"]["Uid"][0] == "0" and spec.user == "0:0":
        allowed.add("/dev")  # a tmpfs of the engine's, root's, and sized: the agent could write there, a program can't
    if seen["root"] not in REFUSED:
        yield f"/ is writable: {seen['root']}"
    for name, end in seen["top"].items():
        if end not in REFUSED | {"ENOENT"} and "/" + name not in allowed:  # ENOENT: /proc makes no files
            yield f"/{name} is writable: {end}"
    for place, (room, end) in seen["writable"].items():
        if place not in allowed | {"/dev/shm"}:
            yield f"{place} is writable"
        if end != "ENOSPC" or room > spec.memory // 2:
            yield f"{place} takes {room} bytes ({end})"
    for name in ("proc_sys", "sysrq", "remount"):
        if seen[name] not in REFUSED | {"ENOENT"}:  # newer engines hide them
            yield f"{name}: {seen[name]}"


def _limits(facts: dict[str, Any], spec: ContainerSpec) -> Iterator[str]:
    stated = {limit.name.upper(): [limit.soft, limit.hard] for limit in spec.ulimits}
    for name, limit in facts["limits"].items():
        if limit != stated.get(name) or -1 in limit:
            yield f"RLIMIT_{name} is {limit}"
    count, why = facts["open"]
    if why != "EMFILE" or count > 4096:
        yield f"{count} files open: {why}"
    if facts["file"] != "EFBIG":
        yield f"a file beyond its limit: {facts['file']}"
    forks, why = facts["fork"]
    if why != "EAGAIN" or forks > spec.pids:
        yield f"{forks} processes: {why}"
    if facts["memory"] != "SIGKILL":
        yield f"memory without end: {facts['memory']}"


def _sights(facts: dict[str, Any], spec: ContainerSpec) -> Iterator[str]:
    seen = facts["host"]
    yield from (f"a set-id file: {path}" for path in facts["files"]["set_id"])
    yield from (f"hidden from students: {path}" for path in facts["files"]["lab"] if any(h in path for h in HIDDEN))
    yield from (f"the engine's socket: {path}" for path in seen["docker_sock"])
    yield from (f"a block device: {name}" for name in seen["devices"])
    if seen["pids"][0] != 1 or len(seen["pids"]) > 4:  # init, agent or shell, the probe
        yield f"processes of others: {seen['pids']}"
    known = {"/", "/etc/resolv.conf", "/etc/hostname", "/etc/hosts"}
    known |= INIT | {target for target, _ in spec.tmpfs} | {mount.target for mount in spec.mounts}
    for target, _, options in seen["mounts"]:
        if target not in known:
            yield f"an unstated mount: {target}"
        elif target.startswith("/lab") and not options.startswith("ro"):
            yield f"{target} is not read-only"


def holes_outside(found: dict[str, Any], internal: frozenset[str] = frozenset()) -> list[str]:
    """What `docker inspect` admits; `internal` are the networks that are known to lead nowhere."""
    return [sentence for sentence, confined in _outside(found, internal) if not confined]


def _outside(found: dict[str, Any], internal: frozenset[str]) -> Iterator[tuple[str, bool]]:
    config, host = found["Config"], found["HostConfig"]
    agent = config["User"] == "0:0" and set(host["CapAdd"] or ()) == set(AGENT)
    yield "capabilities are kept", host["CapDrop"] == ["ALL"] and (agent or not host["CapAdd"])
    yield "privileged", not host["Privileged"]
    options = host["SecurityOpt"] or ()
    yield "new privileges", any(o.startswith("no-new-privileges") and "false" not in o for o in options)
    yield "seccomp off", not any("unconfined" in option for option in options)
    yield "root is writable", host["ReadonlyRootfs"]
    yield "no pids limit", (host["PidsLimit"] or 0) > 0
    yield "no memory limit", host["Memory"] > 0 and host["Memory"] == host["MemorySwap"]
    yield "no cpu limit", host["NanoCpus"] > 0
    yield "user is root", agent or config["User"].split(":")[0] not in ("", "0", "root")
    yield f"network {host['NetworkMode']}", host["NetworkMode"] == "none" or host["NetworkMode"] in internal
    yield "ports", not host["PortBindings"] and not host["PublishAllPorts"]
    yield "namespace of the host", not (host["PidMode"] or host["UTSMode"] or host["UsernsMode"])
    yield "shared memory of others", host["IpcMode"] == "private"
    yield "devices", not (host["Devices"] or host["DeviceRequests"])
    yield "oom killer off", not host["OomKillDisable"]
    yield "unsized tmpfs", all("size=" in options for options in (host.get("Tmpfs") or {}).values())
    yield "endless log", host["LogConfig"]["Type"] == "none" or "max-size" in host["LogConfig"]["Config"]
    yield "core files", any(u["Name"] == "core" and u["Hard"] == 0 for u in host["Ulimits"] or ())
    for mount in found["Mounts"]:
        source = mount["Source"]
        confined = mount["Type"] == "bind" and not mount["RW"] and "/labs/" in source
        yield f"mount {source}", confined or mount["Type"] == "tmpfs"
