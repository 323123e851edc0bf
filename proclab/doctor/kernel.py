"""What the engine rests on: cgroups, storage, logs, the kernel's walls, runc. Pure judges, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from proclab.doctor.diagnosis import Diagnosis, ok, warn
from proclab.doctor.host import Engine, Host, parse_version


def cgroups(host: Host, docker: Engine) -> Diagnosis:
    seen = f"version {docker.cgroup_version or '?'}, driver {docker.cgroup_driver or '?'}"
    if docker.cgroup_driver in ("", "none"):
        return warn(
            seen,
            "no limit on memory, processes or CPU time is enforced",
            "rootless Docker: boot with systemd.unified_cgroup_hierarchy=1 (cgroup v2), then restart Docker",
        )
    if docker.unenforced:
        return warn(
            f"{seen}; not enforced: {', '.join(docker.unenforced)}",
            "a runaway program can take more of the machine than compose.yaml allows",
            "add cgroup_enable=memory swapaccount=1 to the kernel's command line and reboot",
        )
    return ok(seen)


def storage(host: Host, docker: Engine) -> Diagnosis:
    if docker.storage in ("vfs", "devicemapper", "aufs"):
        return warn(
            docker.storage,
            "every container copies the whole image, or the driver is no longer maintained",
            'put {"storage-driver": "overlay2"} into /etc/docker/daemon.json; sudo systemctl restart docker',
        )
    return ok(docker.storage)


def logs(host: Host, docker: Engine) -> Diagnosis:
    if docker.log_driver in ("json-file", "local", "journald"):
        return ok(docker.log_driver)
    return warn(
        docker.log_driver,
        "`docker logs` cannot read what this driver takes away (the labs name their own driver)",
        'put {"log-driver": "json-file"} into /etc/docker/daemon.json; sudo systemctl restart docker',
    )


def security(host: Host, docker: Engine) -> Diagnosis:
    seen = ", ".join(option.removeprefix("name=") for option in docker.security) or "none"
    if not any(option.startswith("name=seccomp") for option in docker.security):
        return warn(
            seen,
            "system calls are not filtered: one wall less between a lab and the kernel",
            "remove seccomp-profile=unconfined from the daemon's settings, or use a kernel with seccomp",
        )
    if "name=selinux" in docker.security:
        return warn(
            seen,
            "SELinux keeps containers from reading folders that carry no container label",
            "chcon -R -t container_file_t labs",
        )
    return ok(seen)


def ptrace(host: Host, docker: Engine) -> Diagnosis:
    scope = (host.yama or "0").strip()
    seen = "Yama is not there" if host.yama is None else f"Yama ptrace_scope {scope}"
    if scope in ("2", "3"):
        return warn(
            seen,
            "strace cannot be used by an ordinary user, not even on its own child",
            "sudo sysctl kernel.yama.ptrace_scope=1"
            if scope == "2"
            else "take kernel.yama.ptrace_scope=3 out of /etc/sysctl.d and reboot",
        )
    if scope == "1":
        return ok(seen, "`strace PROGRAM` works, `strace -p PID` only with: sudo sysctl kernel.yama.ptrace_scope=0")
    return ok(seen)


# Holes in runc through which a container can reach the host, and the first release of each line without them.
HOLES = (
    ("CVE-2024-21626", ((1, 1, 12),)),
    ("CVE-2025-31133, CVE-2025-52565, CVE-2025-52881", ((1, 2, 8), (1, 3, 3), (1, 4))),
)


def holes(version: Sequence[int]) -> list[str]:
    """Which known holes a runc of this upstream version has: (1, 2, 7) → ["CVE-2025-31133, …"]."""
    return [name for name, fixed in HOLES if not _has_fix(tuple(version), fixed)]


def _has_fix(version: tuple[int, ...], fixed: Sequence[tuple[int, ...]]) -> bool:
    return version >= fixed[-1] or any(version[:2] == first[:2] and version >= first for first in fixed)


def runc(host: Host, docker: Engine) -> Diagnosis:
    version = parse_version(docker.runc)
    if not version:
        return ok("the engine does not say its version")
    open_holes = holes(version)
    if not open_holes:
        return ok(docker.runc)
    means = f"upstream {'.'.join(map(str, version))} has holes out of the container: {'; '.join(open_holes)}"
    if revision := _distribution_revision(docker):
        return warn(
            revision,
            f"{means}. This is a distribution's own build, which may carry the patches under the old number: "
            "its changelog says",
            "sudo apt-get update && sudo apt-get install --only-upgrade runc && "
            f"apt-get changelog runc | grep -m4 {' '.join('-e ' + cve for cve in _cves(open_holes))}",
        )
    return warn(docker.runc, means, "upgrade the containerd.io package (or Docker Desktop)")


def _distribution_revision(docker: Engine) -> str:
    """Debian and Ubuntu mark their builds ("1.1.5+ds1-1+deb12u1"); upstream says "v1.2.5-0-g59923ef"."""
    marks = ("+ds", "+deb", "ubuntu", "+dfsg")
    return next((text for text in (docker.runc_commit, docker.runc) if any(mark in text for mark in marks)), "")


def _cves(names: Iterable[str]) -> list[str]:
    return [cve for name in names for cve in name.split(", ")]
