"""What a run leaves in its container, and the proof that nothing is left for the next one. Facts only."""

import contextlib
import functools
import itertools
import os
import signal
import stat
import time

import proc
from user import LIBC, User

LISTED = 40  # of a kind; the rest is counted
FILE_BYTES = 64 * 1024  # of a file that the host asks for
MANY = 50  # processes
COMMAND_BYTES = 400
BORN = time.time_ns()
SWEEPING = 4.0  # seconds: where 700 000 names were made, a new container is there sooner than they are gone
NAMES = 10_000  # at a time, for what they take in memory
DEPTH = 100  # of folders; what is deeper makes the session unclean, and the host starts another


def processes() -> list[dict]:
    """Every process but ourselves: pid, parent, state, command. Where there are many they are stopped first.

    (Of 255 busy processes each gets a 255th of the processor. So would we, and never finish.)
    """
    pids = proc.pids()
    if len(pids) > MANY:
        os.kill(-1, signal.SIGSTOP)
    found = []
    for each in proc.stats(pids):
        if each.pid != os.getpid():
            command = b" ".join(proc.command(each.pid, COMMAND_BYTES)).strip().decode("utf-8", "replace")
            found.append({"pid": each.pid, "ppid": each.ppid, "state": each.state, "command": command})
    return found


@functools.cache
def writable() -> list[str]:
    """Mount points that a program can write to. Nobody in here can mount or change a mode: they stay the same."""
    with open("/proc/self/mounts") as file:
        mounts = [line.split()[:4] for line in file]
    return [
        target
        for _, target, kind, options in mounts
        if kind in ("tmpfs", "mqueue") and options.startswith("rw") and os.path.isdir(target) and _open_to_all(target)
    ]


def _open_to_all(folder: str) -> bool:
    info = os.stat(folder)
    return bool(info.st_mode & stat.S_IWOTH) or info.st_uid == os.getuid() != 0  # the latter: an agent that is no root


def content(folder: str, name: str) -> str:
    """The beginning of a regular file in the run's folder; OSError where it is none: a link isn't followed."""
    fd = os.open(os.path.join(folder, os.path.basename(name)), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(f"{name} is no regular file")
        return os.read(fd, FILE_BYTES).decode("utf-8", "surrogateescape")
    finally:
        os.close(fd)


def names(folder: str) -> list[str]:
    """Some of the names in a folder, in their order: all of them where there are no more than MANY."""
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in itertools.islice(entries, MANY))


def litter(skip: str) -> list[str]:
    """What lies in the writable places, but for the run's own folder.

    (One name at a time: the memory that a program's 100 000 files have left is all that there is for us.)
    """
    kept: list[str] = []
    more = 0
    for place in writable():
        for entry in os.scandir(place):
            if len(kept) < LISTED:
                kept += [entry.path] if entry.path != skip else []
            else:
                more += entry.path != skip
    return kept + ([f"… {more} more"] if more else [])


@functools.cache
def _stamped() -> list[str]:
    """What is ours, and a program can touch(1) and not remove: mount points, and devices that it may write to."""
    devices = [entry.path for entry in os.scandir("/dev") if stat.S_ISCHR(entry.stat(follow_symlinks=False).st_mode)]
    return [path for path in writable() + devices if os.stat(path).st_uid == os.getuid()]


def forget_times() -> None:
    """Access and modification times say when a program used these. They are root's, and are set back for the next."""
    for path in _stamped():
        with contextlib.suppress(OSError):  # read-only: then nobody can
            os.utime(path, ns=(BORN, BORN))


def sweep(user: User) -> list[str]:
    """Empty the writable places; what could not be removed is returned."""
    deadline = time.monotonic() + SWEEPING
    with user.files():
        for place in writable():
            _empty(os.open(place, os.O_RDONLY | os.O_DIRECTORY), DEPTH, deadline)
    return [os.path.join(place, name) for place in writable() for name in _first(place, LISTED)][:LISTED]


def _first(folder: int | str, most: int) -> list[str]:
    with os.scandir(folder) as entries:
        return [entry.name for entry in itertools.islice(entries, most)]


def _empty(folder: int, depth: int, deadline: float) -> None:
    """Remove everything in a folder (by descriptors: no path of the program's making is ever followed)."""
    try:
        while names := _first(folder, NAMES):
            if not sum(_removed(folder, name, depth, deadline) for name in names):
                break  # sweep() finds them again
    finally:
        os.close(folder)


def _removed(folder: int, name: str, depth: int, deadline: float) -> bool:
    if time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            _remove(folder, name, depth, deadline)
            return True
    return False


def _remove(folder: int, name: str, depth: int, deadline: float) -> None:
    if not stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        os.unlink(name, dir_fd=folder)
        return
    if depth:
        os.chmod(name, 0o700, dir_fd=folder)  # its owner may have taken the right to list it away
        _empty(os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder), depth - 1, deadline)
    os.rmdir(name, dir_fd=folder)


def sockets() -> list[str]:
    """Sockets that live on without a process: a port in TIME_WAIT refuses the next run's bind(2) for a minute."""
    found = [counted(line.split(), before) for line, before in zip(_tcp(), sockets_before(), strict=False)]
    for place, word in (("unix", "unix sockets"), ("ip6_flowlabel", "IPv6 flow labels that linger")):
        with contextlib.suppress(FileNotFoundError), open(f"/proc/net/{place}") as file:
            count = len(file.readlines()) - 1
            found += [f"{count} {word}"] if count else []
    return list(filter(None, found))


def _tcp() -> list[str]:
    """The namespace's counters: /proc/net/tcp goes through the whole machine's table and takes 5 ms."""
    found = []
    for place, word in (("sockstat", "TCP:"), ("sockstat6", "TCP6:")):
        with contextlib.suppress(FileNotFoundError), open(f"/proc/net/{place}") as file:  # a kernel without IPv6
            found += [line for line in file if line.startswith(word)]
    return found


@functools.cache
def sockets_before() -> list[int]:
    """How many were open when the agent started and asked: in a network, the engine's own name server listens."""
    return [int(line.split()[2]) for line in _tcp()]


def counted(words: list[str], before: int = 0) -> str:
    """ "TCP: inuse 1 orphan 0 tw 2 alloc 9 mem 9": orphan, alloc and mem are the whole machine's."""
    counts = dict(zip(words[1::2], map(int, words[2::2]), strict=False))
    more = {"open": counts.get("inuse", 0) - before, "in TIME_WAIT": counts.get("tw", 0)}
    parts = [f"{count} {meaning}" for meaning, count in more.items() if count > 0]
    return " ".join([words[0], *parts]) if parts else ""


# shmctl(2), semctl(2), msgctl(2) with IPC_RMID, which is 0
REMOVES = {
    "shm": lambda number: LIBC.shmctl(number, 0, None),
    "sem": lambda number: LIBC.semctl(number, 0, 0),
    "msg": lambda number: LIBC.msgctl(number, 0, None),
}


def sysv(user: User) -> list[str]:
    """System V queues, semaphores and shared memory; removed, and what was there returned."""
    found = objects()
    if found:
        with user.objects():
            for kind, number in found:
                REMOVES[kind](number)
    return [f"{kind} {number}" for kind, number in found]


def objects() -> list[tuple[str, int]]:
    """System V objects that are there: their kind and number."""
    found = []
    for kind in ("shm", "sem", "msg"):
        with open(f"/proc/sysvipc/{kind}") as file:
            found += [(kind, int(line.split()[1])) for line in file.readlines()[1:]]
    return found
