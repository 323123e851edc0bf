"""strace as a program's launcher: its command, what is known before its first line, who is being traced.

Every program has a folder of its own, named 1, 2, 3 … below the recording's:

    start.json   what no log line says: the command, the process, its open files, its signals, clock, versions
    t.TID        strace's log of one thread. A tid that was used again goes on in the same file.

docs/recording.md describes the recording as a whole. Run as a program it becomes the recorded one:

    tracer RECORDING markers|plain[,names] -- PROGRAM…

Started once for every program that a recording sees, so it imports little.
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
from collections.abc import Iterator, Sequence

from launch import exec_by_path

# What is traced: enough to know every process, descriptor, signal and wait, and no more, because the seccomp filter
# lets all else run at full speed. `?`: not on every architecture or in every strace.
CALLS = (
    "%process", "?setpgid", "?setsid",
    "?pipe", "pipe2", "dup", "?dup2", "dup3", "fcntl", "ioctl",
    "?open", "openat", "?openat2", "?creat", "close", "?close_range", "?unlink", "unlinkat",
    "read", "write", "readv", "writev", "?sendfile", "?splice", "?tee",
    "?memfd_create", "?eventfd", "?eventfd2", "?epoll_create", "?epoll_create1", "?epoll_ctl",
    "?pidfd_open", "?pidfd_getfd", "?signalfd", "?signalfd4", "?timerfd_create", "?inotify_init1",
    "socket", "socketpair", "bind", "listen", "accept", "accept4", "connect", "shutdown",
    "sendto", "recvfrom", "sendmsg", "recvmsg", "?sendmmsg", "?recvmmsg",
    "kill", "tgkill", "tkill", "rt_sigqueueinfo", "?rt_tgsigqueueinfo", "?pidfd_send_signal",
    "rt_sigaction", "rt_sigprocmask", "?pause", "rt_sigsuspend", "rt_sigtimedwait", "?alarm", "setitimer",
    "?mknod", "mknodat", "flock", "clock_nanosleep", "?nanosleep",
    "?poll", "ppoll", "?select", "pselect6", "?epoll_wait", "epoll_pwait", "?epoll_pwait2",
)  # fmt: skip
# futex(2) is noise in Python (the interpreter lock), and the only sign of a lock elsewhere.
LOCK_CALLS = ("?futex",)
STRING_BYTES = "64"
MARKERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "traced")  # what a Python program loads first
STUDENT = 1000
GUARD = ["setpriv", f"--reuid={STUDENT}", f"--regid={STUDENT}", "--clear-groups", "--inh-caps=-all",
         "--ambient-caps=-all", "--no-new-privs", "--"]  # fmt: skip
FREE_NUMBERS = range(1, 10_000)


def command(folder: str, argv: Sequence[str], names: bool = False) -> list[str]:
    """The strace that runs argv and logs into the folder.

    -DDD: the tracer is nobody's child, group or session member, so getppid(2), waits and ^C are as without it.
    -A: a tid that is used again must not wipe out its former owner's log.
    -yy (names) has strace look every descriptor up in /proc, which costs four times the rest: for tests.
    """
    return [
        "strace", "-DDD", "-A", "-q", "-ff", "--seccomp-bpf", "--absolute-timestamps=format:unix,precision:ns",
        "--syscall-times=ns", "-s", STRING_BYTES, *(["-yy"] if names else []),
        "--trace=" + traced_calls(CALLS + (() if is_python(argv) else LOCK_CALLS), os.uname().machine),
        "-o", os.path.join(folder, "t"), "--", *argv,
    ]  # fmt: skip


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


def launch(recording: str, argv: list[str], options: Sequence[str]) -> None:
    """Becomes the recorded program: same pid, same descriptors. Returns only by raising OSError.

    Guarded: the tracer stays root, the program becomes the student, without any capability to come back.
    """
    folder = _new_folder(recording)
    cpu = _pin(recording)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them; what a shell starts doesn't
        signal.signal(number, signal.SIG_DFL)
    env = os.environ | {"TZ": os.environ.get("TZ", "UTC")}  # without TZ strace asks for /etc/localtime at every line
    env.pop("PROCLAB_RECORD", None)
    if "markers" in options:
        env["PYTHONPATH"] = os.pathsep.join([MARKERS, *filter(None, [env.get("PYTHONPATH")])])
    facts = start_facts(argv, cpu) | ({"uid": STUDENT} if "guarded" in options else {})
    with open(os.path.join(folder, "start.json"), "w", encoding="utf-8") as file:
        json.dump(facts, file)
    full = command(folder, argv, "names" in options)
    if "guarded" in options:
        full[full.index("--") + 1 : full.index("--") + 1] = GUARD
    exec_by_path(full, env)


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
        cpu = _present_processor()
        os.symlink(f"cpu{cpu}", link)
        return cpu
    except FileExistsError:
        return int(os.readlink(link).removeprefix("cpu"))


def _present_processor() -> int:
    """Field 39 of /proc/PID/stat, proc_pid_stat(5)."""
    with open("/proc/self/stat", encoding="ascii", errors="replace") as file:
        return int(file.read().rpartition(")")[2].split()[36])


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
    with open("/proc/self/status", encoding="ascii", errors="replace") as file:
        fields = dict(line.split(":\t", 1) for line in file if ":\t" in line)
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
        yield {"fd": fd, "of": min([fd, *same]), "target": target, "what": _what(fd, info, target),
               "flags": flags_text(flags), "dev": info.st_dev, "ino": info.st_ino}  # fmt: skip


def same_description(one: int, other: int) -> bool:
    """Whether two descriptors share an open file description, without kcmp(2), which containers may not use.

    F_SETSIG belongs to the description and matters to O_ASYNC only: set at one, it shows at the other.
    """
    try:
        before = fcntl.fcntl(one, fcntl.F_GETSIG)
        probe = signal.SIGURG if before != signal.SIGURG else signal.SIGIO
        fcntl.fcntl(one, fcntl.F_SETSIG, probe)
        try:
            return fcntl.fcntl(other, fcntl.F_GETSIG) == probe
        finally:
            fcntl.fcntl(one, fcntl.F_SETSIG, before)
    except OSError:
        return fcntl.fcntl(one, fcntl.F_GETFL) == fcntl.fcntl(other, fcntl.F_GETFL)


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


# ---------------------------------------------------------------- who is traced


def tracers(recording: str) -> list[int]:
    """The strace processes that log into this recording."""
    return [pid for pid in _pids() if _logs_into(pid, recording)]


def _logs_into(pid: int, recording: str) -> bool:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().split(b"\0")
    except OSError:
        return False
    if words[0] != b"strace" or b"-o" not in words:
        return False
    return words[words.index(b"-o") + 1].startswith(os.fsencode(recording) + b"/")


def traced(by: Sequence[int]) -> list[int]:
    """The processes that one of these traces."""
    return [pid for pid in _pids() if _tracer_of(pid) in by] if by else []


def _tracer_of(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            return next((int(line.split()[1]) for line in file if line.startswith(b"TracerPid:")), 0)
    except OSError:  # it has ended meanwhile
        return 0


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def main(argv: list[str]) -> int:
    """Becomes the recorded program."""
    if len(argv) < 4 or argv[2] != "--":
        print("usage: tracer RECORDING markers|plain[,names] -- PROGRAM…", file=sys.stderr)
        return 2
    try:
        launch(argv[0], argv[3:], argv[1].split(","))
    except OSError as error:
        print(f"proclab: {argv[3]}: {error.strerror}", file=sys.stderr)
        return 127 if error.errno == errno.ENOENT else 126

