"""What a run leaves in its container, and the proof that nothing is left for the next one. Facts only."""

import ctypes
import functools
import os
import resource
import signal
import stat

LISTED = 40  # of a kind; the rest is counted
MANY = 50  # processes
DEPTH = 100  # of folders; what is deeper makes the session unclean, and the host starts another
LIBC = ctypes.CDLL(None, use_errno=True)


def processes() -> list[dict]:
    """Every process but ourselves: pid, parent, state, command; when there are many, stopped before they are told.

    (Of 255 busy processes each gets a 255th of the processor. So would we, and never finish.)
    """
    found = []
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    if len(pids) > MANY:
        os.kill(-1, signal.SIGSTOP)
    for pid in pids:
        if pid != os.getpid():
            try:
                found.append(_process(pid))
            except OSError:
                continue  # it has ended meanwhile
    return found


def _process(pid: int) -> dict:
    with open(f"/proc/{pid}/stat", "rb") as file:
        after = file.read().rpartition(b")")[2].split()  # the name in parentheses may hold anything
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        command = file.read(400).replace(b"\0", b" ").strip()
    return {
        "pid": pid,
        "ppid": int(after[1]),
        "state": after[0].decode(),
        "command": command.decode("utf-8", "replace"),
    }


@functools.cache
def writable() -> list[str]:
    """Mount points that a program can write to. Nobody in here can mount: they stay the same."""
    with open("/proc/self/mounts") as file:
        mounts = [line.split()[:4] for line in file]
    return [
        target
        for _, target, kind, options in mounts
        if kind in ("tmpfs", "mqueue")
        and options.startswith("rw")
        and os.path.isdir(target)
        and os.access(target, os.W_OK)
    ]


def litter(skip: str) -> list[str]:
    """What lies in the writable places, but for the run's own folder."""
    found = [os.path.join(place, name) for place in writable() for name in os.listdir(place)]
    kept = [path for path in found if path != skip]
    return kept[:LISTED] + ([f"… {len(kept) - LISTED} more"] if len(kept) > LISTED else [])


def sweep() -> list[str]:
    """Empty the writable places; what could not be removed is returned."""
    for place in writable():
        _empty(os.open(place, os.O_RDONLY | os.O_DIRECTORY), DEPTH)
    return [f"{place}/{name}" for place in writable() for name in os.listdir(place)][:LISTED]


def _empty(folder: int, depth: int) -> None:
    """Remove everything in a folder (by descriptors: no path of the program's making is ever followed)."""
    try:
        for name in os.listdir(folder):
            try:
                _remove(folder, name, depth)
            except OSError:
                continue  # sweep() finds it again
    finally:
        os.close(folder)


def _remove(folder: int, name: str, depth: int) -> None:
    if not stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        os.unlink(name, dir_fd=folder)
        return
    if depth:
        os.chmod(name, 0o700, dir_fd=folder)  # its owner may have taken the right to list it away
        _empty(os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder), depth - 1)
    os.rmdir(name, dir_fd=folder)


def sysv() -> list[str]:
    """System V queues, semaphores and shared memory; removed, and what was there returned."""
    found = []
    for kind, remove in (("shm", _shmctl), ("sem", _semctl), ("msg", _msgctl)):
        with open(f"/proc/sysvipc/{kind}") as file:
            for line in file.readlines()[1:]:
                number = int(line.split()[1])
                remove(number)
                found.append(f"{kind} {number}")
    return found


def _shmctl(number: int) -> None:
    LIBC.shmctl(number, 0, None)


def _semctl(number: int) -> None:
    LIBC.semctl(number, 0, 0)


def _msgctl(number: int) -> None:
    LIBC.msgctl(number, 0, None)


def own_state() -> dict:
    """What a program of the same uid can change about us from outside: limits, processors, priority."""
    limits = {name: resource.getrlimit(getattr(resource, name)) for name in dir(resource) if name[:7] == "RLIMIT_"}
    return {
        **{name: list(limit) for name, limit in limits.items()},
        "processors": sorted(os.sched_getaffinity(0)),
        "nice": os.getpriority(os.PRIO_PROCESS, 0),
        "policy": os.sched_getscheduler(0),
    }


def counters() -> tuple[int, int]:
    """(processes killed for want of memory, forks refused at the pids limit) so far, cgroup version 1 or 2."""
    oom = ("/sys/fs/cgroup/memory/memory.oom_control", "/sys/fs/cgroup/memory.events")
    pids = ("/sys/fs/cgroup/pids/pids.events", "/sys/fs/cgroup/pids.events")
    return _counter(oom, "oom_kill"), _counter(pids, "max")


def _counter(places: tuple[str, ...], key: str) -> int:
    for place in places:
        try:
            with open(place) as file:
                return int(dict(line.split() for line in file).get(key, 0))
        except (OSError, ValueError):
            continue
    return 0
