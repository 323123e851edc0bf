"""strace as a program's launcher: its command, and what is known before the first line of its log.

Every program has a folder of its own, named 1, 2, 3 … below the recording's:

    start.json   what no log line says: the command, the process, its open files, its signals, clock, versions
    t.TID        strace's log of one thread. A tid that was used again goes on in the same file.

docs/recording.md describes the recording as a whole. Run as a program it becomes the recorded one:

    tracer RECORDING markers|plain[,names][,guarded] -- PROGRAM…

Started once for every program that a recording sees, so it imports little. A fault plan (faults.py) comes by the
environment: PROCLAB_PLAN, and PROCLAB_CHANNEL, the descriptor by which the one who carries it out is reached.
"""

import errno
import fcntl
import json
import os
import re
import signal
import stat
import sys
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence

import child
import proc

# What is traced: enough to know every process, descriptor, signal and wait, every byte that a call moves and every name
# that it makes, and no more, because the seccomp filter lets all else run at full speed. `?`: not on every architecture
# or in every strace.
CALLS = (
    "%process", "?setpgid", "?setsid",
    "?pipe", "pipe2", "dup", "?dup2", "dup3", "fcntl", "ioctl",
    "?open", "openat", "?openat2", "?creat", "close", "?close_range", "?unlink", "unlinkat",
    "?link", "linkat", "?symlink", "symlinkat", "?rename", "?renameat", "renameat2", "?mkdir", "mkdirat", "?rmdir",
    "truncate", "ftruncate",
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "?preadv2", "?pwritev2",
    "?sendfile", "?copy_file_range", "?splice", "?tee", "?vmsplice",
    "?io_uring_setup", "?io_uring_enter", "?io_setup", "?io_submit",
    "?msgget", "?msgsnd", "?msgrcv", "?msgctl", "?semget", "?semop", "?semtimedop", "?semctl",
    "?shmget", "?shmat", "?shmdt", "?shmctl", "?chdir", "fchdir",
    "?mq_open", "?mq_unlink", "?mq_timedsend", "?mq_timedreceive", "?mq_notify",
    "?memfd_create", "?eventfd", "?eventfd2", "?epoll_create", "?epoll_create1", "?epoll_ctl",
    "?pidfd_open", "?pidfd_getfd", "?signalfd", "?signalfd4", "?timerfd_create", "?inotify_init1",
    "socket", "socketpair", "bind", "listen", "accept", "accept4", "connect", "shutdown",
    "sendto", "recvfrom", "sendmsg", "recvmsg", "?sendmmsg", "?recvmmsg",
    "kill", "tgkill", "tkill", "rt_sigqueueinfo", "?rt_tgsigqueueinfo", "?pidfd_send_signal",
    "rt_sigaction", "rt_sigprocmask", "?pause", "rt_sigsuspend", "rt_sigtimedwait", "?alarm", "setitimer",
    "?mknod", "mknodat", "flock", "clock_nanosleep", "?nanosleep",
    "?poll", "ppoll", "?select", "pselect6", "?epoll_wait", "epoll_pwait", "?epoll_pwait2",
    "restart_syscall",
)  # fmt: skip
# futex(2) is noise in Python (the interpreter lock), and the only sign of a lock elsewhere.
LOCK_CALLS = ("?futex",)
STRACE = "strace -DDD -A -q -ff --seccomp-bpf --absolute-timestamps=format:unix,precision:ns --syscall-times=ns -s 64"
MARKERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "traced")  # what a Python program loads first
STUDENT = int(os.environ.get("PROCLAB_UID", "1000"))  # of a guarded program
FILTER = "filter"  # in the recording's folder; setpriv reads it while it is still root
FREE_NUMBERS = range(1, 10_000)


def command(folder: str, argv: Sequence[str], names: bool = False, plan: str = "") -> list[str]:
    """The strace that runs argv and logs into the folder.

    -DDD: the tracer is nobody's child, group or session member, so getppid(2), waits and ^C are as without it.
    -A: a tid that is used again must not wipe out its former owner's log.
    -yy (names) has strace look every descriptor up in /proc, which costs four times the rest: for tests.
    With a plan it stops at every call, for what the plan meets would go past a filter of strace's (notices.py).
    """
    calls = traced_calls(CALLS + (() if is_python(argv) else LOCK_CALLS), os.uname().machine)
    strace = STRACE.replace("--seccomp-bpf", "--kill-on-exit") if plan else STRACE
    options = [*strace.split(), *(["-yy"] if names else []), f"--trace={calls}"]
    return [*options, "-o", os.path.join(folder, "t"), "--", *argv]


def traced_calls(names: Sequence[str], machine: str) -> str:
    """The list for --trace. On x86-64: of its own calls those named, of the other ways into its kernel all.

    Named for one way only, the calls make a filter that compares numbers one after the other. That of all ways at once
    tests bits of a table, which the kernel can't work out beforehand (seccomp_is_const_allow): then every call of the
    program, traced or not, runs the filter, and getppid(2) takes half as long again (measured).
    """
    if machine != "x86_64":
        return ",".join(names)
    return ",".join([*(f"{name}@64" for name in names), "all@32", "all@x32"])


def is_python(argv: Sequence[str]) -> bool:
    """Whether a command is a Python program, which announces its lines and locks by itself."""
    return re.fullmatch(r"python[\d.]*", os.path.basename(argv[0])) is not None


def launch(
    recording: str,
    argv: list[str],
    options: Sequence[str],
    uid: int = STUDENT,
    limits: Mapping[str, int] | None = None,
    plan: str = "",
    channel: int = -1,
) -> None:
    """Turns this process into the recorded program, with the same pid and descriptors. Returns only by OSError.

    Guarded: strace stays root; the program runs as `uid` within `limits` (prlimit(1)), and no capability leads back.
    plan: its faults (WrongPlan, a ValueError, if they are none), carried out by who holds the channel's other end;
    without one by a process of their own.
    """
    if plan and channel < 0:
        channel = _injector(plan, recording)
    folder = _new_folder(recording)
    cpu = _pin(recording)
    child.heed_signals()
    env = os.environ | {"TZ": os.environ.get("TZ", "UTC")}  # without TZ strace asks for /etc/localtime at every line
    for ours in ("PROCLAB_RECORD", "PROCLAB_UID", "PROCLAB_PLAN", "PROCLAB_CHANNEL"):
        env.pop(ours, None)
    if "markers" in options:
        env["PYTHONPATH"] = os.pathsep.join([MARKERS, *filter(None, [env.get("PYTHONPATH")])])
    before = guard(recording, uid, limits or {}) if "guarded" in options else []
    facts = start_facts(argv, cpu) | ({"uid": uid} if before else {})
    if plan:
        facts["plan"] = plan
        facts["fds"] = [file for file in facts["fds"] if file["fd"] != channel]
        before = _planned(before, plan, channel, folder)
    if before:
        facts["through"] = before.count("--")
    with open(os.path.join(folder, "start.json"), "w", encoding="utf-8") as file:
        json.dump(facts, file)
    full = command(folder, argv, "names" in options, plan)
    full[full.index("--") + 1 : full.index("--") + 1] = before
    child.exec_by_path(full, env)


def _injector(plan: str, recording: str) -> int:
    import injection  # not in a recording without a plan

    return injection.beside(plan, recording)


def _planned(before: list[str], plan: str, channel: int, folder: str) -> list[str]:
    """Puts the program behind the plan's filter: as root, after choom and before all that the program gives up.

    shim.py is told how many programs come after it, the recorded one included: their execs meet no fault.
    """
    import faults

    calls = sorted({fault.call for fault in faults.parse(plan)})
    os.set_inheritable(channel, True)
    here = os.path.dirname(os.path.abspath(__file__))
    become = f"import sys; sys.path[:0] = [{here!r}]; import shim; sys.exit(shim.main(sys.argv[1:]))"
    place = before.index("--") + 1 if before else 0
    after = before[place:].count("--") + 1
    shim = [sys.executable, "-IS", "-c", become, str(channel), folder, str(after), ",".join(calls), "--"]
    return [*before[:place], *shim, *before[place:]]


def guard(recording: str, uid: int, limits: Mapping[str, int]) -> list[str]:
    """What strace starts instead of a guarded program: choom(1), prlimit(1), setpriv(1), which turn into it by exec(2).

    So only the traced process gives up what root may do; strace keeps it. choom has the kernel take the program and
    not its recorder when memory runs out. The program may undo that (only CAP_SYS_RESOURCE could forbid it,
    proc_pid_oom_score_adj(5)); but a recorder that is taken leaves no end.json.
    """
    bounds = [f"--{name}={soft}:{soft + (name == 'cpu')}" for name, soft in limits.items()]  # cpu: as in starter.py
    limited = ["prlimit", *bounds, "--"] if bounds else []
    identity = f"--reuid={uid} --regid={uid} --clear-groups --inh-caps=-all --ambient-caps=-all --no-new-privs"
    behind = ["--seccomp-filter", os.path.join(recording, FILTER), "--"]
    return ["choom", "-n", "1000", "--", *limited, "setpriv", *identity.split(), *behind]


def _new_folder(recording: str) -> str:
    for number in FREE_NUMBERS:
        folder = os.path.join(recording, str(number))
        try:
            os.mkdir(folder)
            return folder
        except FileExistsError:
            pass
    raise OSError(f"{recording}: too many programs")


def _pin(recording: str) -> int | None:
    """One processor for tracer and traced: a switch between two costs four times the call (measured).

    The same one in all containers of a recording (PROCLAB_RUN): then their logs can't disagree about the order of time.
    A recording in one container takes the one on which its first program starts: what is in its caches, and a daemon
    that serves the files (fuse-overlayfs) awake there, make Python start in four fifths of the time (measured).
    """
    try:
        run = os.environ.get("PROCLAB_RUN")
        cpu = _first_choice(recording) if run is None else _common_choice(run)
        os.sched_setaffinity(0, {cpu})
        return cpu
    except (OSError, ValueError):  # not allowed; a recorded program has tampered with the link
        return None


def _common_choice(run: str) -> int:
    cpus = sorted(os.sched_getaffinity(0))
    return cpus[zlib.crc32(run.encode()) % len(cpus)]


def _first_choice(recording: str) -> int:
    """The present processor, or the one that an earlier program of the recording has left behind.

    As a link, which is there whole or not at all. It points to nothing: as "1" it would be another name of a folder.
    """
    link = os.path.join(recording, "cpu")
    try:
        cpu = proc.stat("self").processor
        os.symlink(f"cpu{cpu}", link)
        return cpu
    except FileExistsError:
        return int(os.readlink(link).removeprefix("cpu"))


# ---------------------------------------------------------------- what is known before the first line


def start_facts(argv: Sequence[str], cpu: int | None) -> dict:
    """What start.json holds."""
    mask, ignored = _signals()
    return {
        "v": 1,
        "box": os.environ.get("PROCLAB_BOX", os.uname().nodename),
        "argv": list(argv),
        "cwd": os.getcwd(),
        "pid": os.getpid(),
        "ppid": os.getppid(),
        "pgid": os.getpgid(0),
        "sid": os.getsid(0),
        "uid": os.getuid(),
        "realtime": time.time_ns(),
        "monotonic": time.monotonic_ns(),
        "strace": os.environ.get("PROCLAB_STRACE", ""),
        "machine": os.uname().machine,
        "kernel": os.uname().release,
        "python": sys.version.split()[0],
        "cpu": cpu,
        "blocked": mask,
        "ignored": ignored,
        "fds": list(open_files()),
    }


def _signals() -> tuple[list[str], list[str]]:
    """Blocked and ignored signals that the program inherits. (Those that Python itself ignores are reset in launch.)"""
    fields = proc.status("self").fields
    return _names(int(fields["SigBlk"], 16)), _names(int(fields["SigIgn"], 16))


def _names(mask: int) -> list[str]:
    return [number.name for number in signal.Signals if mask >> number - 1 & 1]


def open_files() -> Iterator[dict]:
    """Every descriptor that the program inherits. `of` numbers the open file descriptions: dups have the same."""
    described: list[tuple[int, str]] = []
    for fd in sorted(int(name) for name in os.listdir("/proc/self/fd")):
        try:
            if fcntl.fcntl(fd, fcntl.F_GETFD) & fcntl.FD_CLOEXEC:
                continue
            target = os.readlink(f"/proc/self/fd/{fd}")
            info = os.fstat(fd)
        except OSError:  # the listing's own
            continue
        same = [other for other, name in described if name == target and same_description(fd, other)]
        described.append((fd, target))
        flags = fcntl.fcntl(fd, fcntl.F_GETFL)
        yield {
            "fd": fd,
            "of": min([fd, *same]),
            "target": target,
            "what": _what(fd, info, target),
            "flags": flags_text(flags),
            "dev": info.st_dev,
            "ino": info.st_ino,
        }


def same_description(fd: int, other: int) -> bool:
    """Whether two descriptors share an open file description, without kcmp(2), which containers may not use.

    F_SETSIG belongs to the description and matters to O_ASYNC only: what is set by a descriptor shows by its copies.
    """
    try:
        before = fcntl.fcntl(fd, fcntl.F_GETSIG)
        probe = signal.SIGURG if before != signal.SIGURG else signal.SIGIO
        fcntl.fcntl(fd, fcntl.F_SETSIG, probe)
        try:
            return fcntl.fcntl(other, fcntl.F_GETSIG) == probe
        finally:
            fcntl.fcntl(fd, fcntl.F_SETSIG, before)
    except OSError:
        return fcntl.fcntl(fd, fcntl.F_GETFL) == fcntl.fcntl(other, fcntl.F_GETFL)


def _what(fd: int, info: os.stat_result, target: str) -> str:
    mode = info.st_mode
    if stat.S_ISFIFO(mode):
        return "pipe" if target.startswith("pipe:") else "fifo"
    if stat.S_ISCHR(mode):
        return "tty" if os.isatty(fd) else "device"
    kinds = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFSOCK: "socket"}
    return kinds.get(stat.S_IFMT(mode), "other")


def flags_text(flags: int) -> str:
    """Flags of fcntl(F_GETFL) as strace writes them."""
    access = ("O_RDONLY", "O_WRONLY", "O_RDWR")[min(flags & os.O_ACCMODE, 2)]
    more = [name for name in ("O_APPEND", "O_NONBLOCK", "O_DIRECTORY") if flags & getattr(os, name)]
    return "|".join([access, *more])


def main(argv: list[str]) -> int:
    """Becomes the recorded program."""
    if len(argv) < 4 or argv[2] != "--":
        print("usage: tracer RECORDING markers|plain[,names][,guarded] -- PROGRAM…", file=sys.stderr)
        return 2
    plan, channel = os.environ.get("PROCLAB_PLAN", ""), int(os.environ.get("PROCLAB_CHANNEL", "-1"))
    try:
        launch(argv[0], argv[3:], argv[1].split(","), plan=plan, channel=channel)
    except OSError as error:
        print(f"proclab: {argv[3]}: {error.strerror}", file=sys.stderr)
        return 127 if error.errno == errno.ENOENT else 126
