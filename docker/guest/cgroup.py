"""What the kernel counts of this container, in version 1 or 2 of its control groups (cgroups(7))."""

ROOT = "/sys/fs/cgroup/"


def oom_kills() -> int:
    """How often the kernel has killed here for want of memory."""
    return _counter("oom_kill", "memory/memory.oom_control", "memory.events")


def refused_forks() -> int:
    """How often a fork was refused at the limit of processes."""
    return _counter("max", "pids/pids.events", "pids.events")


def memory_limit() -> str:
    """The container's memory limit in MiB, as text."""
    limit = _text("memory/memory.limit_in_bytes", "memory.max").strip()
    return f"{int(limit) >> 20} MiB" if limit.isdigit() else "?"


def cpu_seconds() -> float:
    """How much processor time everything here has used, ourselves included; 0 where the kernel doesn't say."""
    nanoseconds = _text("cpuacct/cpuacct.usage", "cpu,cpuacct/cpuacct.usage").strip()
    if nanoseconds.isdigit():
        return int(nanoseconds) / 1e9
    return _counter("usage_usec", "cpu.stat") / 1e6


def _counter(key: str, *names: str) -> int:
    lines = (line.split() for line in _text(*names).splitlines())
    return next((int(words[1]) for words in lines if words[:1] == [key]), 0)


def _text(*names: str) -> str:
    """The first of these files that is there."""
    for name in names:
        try:
            with open(ROOT + name, encoding="utf-8") as file:
                return file.read()
        except OSError:
            continue
    return ""
