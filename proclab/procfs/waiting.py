"""What a thread waits in: numbers of /proc/TID/syscall and names of /proc/TID/wchan as a record.

Pure. Numbers differ by architecture, wait channels by kernel; what is unknown keeps the kernel's name.
"""

from __future__ import annotations

from dataclasses import dataclass

from proclab.procfs.sample import Process, Thread

# The calls in which a thread may wait, by their number.
X86_64 = {
    0: "read", 1: "write", 7: "poll", 17: "pread64", 19: "readv", 20: "writev", 22: "pipe", 23: "select", 34: "pause",
    35: "nanosleep", 42: "connect", 43: "accept", 44: "sendto", 45: "recvfrom", 46: "sendmsg", 47: "recvmsg",
    61: "wait4", 72: "fcntl", 73: "flock", 2: "open", 128: "rt_sigtimedwait", 130: "rt_sigsuspend", 202: "futex",
    230: "clock_nanosleep", 232: "epoll_wait", 247: "waitid", 257: "openat", 270: "pselect6", 271: "ppoll",
    281: "epoll_pwait", 288: "accept4", 299: "recvmmsg", 441: "epoll_pwait2", 449: "futex_waitv", 56: "clone",
    57: "fork", 58: "vfork", 59: "execve", 435: "clone3",
}  # fmt: skip
AARCH64 = {
    22: "epoll_pwait", 25: "fcntl", 32: "flock", 56: "openat", 63: "read", 64: "write", 65: "readv", 66: "writev",
    67: "pread64", 72: "pselect6", 73: "ppoll", 95: "waitid", 98: "futex", 101: "nanosleep", 115: "clock_nanosleep",
    133: "rt_sigsuspend", 137: "rt_sigtimedwait", 202: "accept", 203: "connect", 206: "sendto", 207: "recvfrom",
    211: "sendmsg", 212: "recvmsg", 220: "clone", 221: "execve", 242: "accept4", 243: "recvmmsg", 260: "wait4",
    435: "clone3", 441: "epoll_pwait2", 449: "futex_waitv",
}  # fmt: skip
CALLS = {"x86_64": X86_64, "amd64": X86_64, "aarch64": AARCH64, "arm64": AARCH64}

ON_FD = {
    "read", "write", "pread64", "readv", "writev", "connect", "accept", "accept4", "sendto", "recvfrom", "sendmsg",
    "recvmsg", "recvmmsg", "fcntl", "flock", "epoll_wait", "epoll_pwait", "epoll_pwait2",
}  # fmt: skip
PURPOSES = {  # what such a call waits for
    "nanosleep": "sleep",
    "clock_nanosleep": "sleep",
    "pause": "signal",
    "rt_sigsuspend": "signal",
    "rt_sigtimedwait": "sigwait",
    "poll": "poll",
    "ppoll": "poll",
    "select": "poll",
    "pselect6": "poll",
    "open": "open",
    "openat": "open",
    "futex": "futex",
    "futex_waitv": "futex",
}

# What a thread waits for when its call may not be read: by the beginning of the wait channel's name.
CHANNELS = (
    ("pipe_read", "pipe.read"), ("anon_pipe_read", "pipe.read"), ("pipe_write", "pipe.write"),
    ("anon_pipe_write", "pipe.write"), ("do_wait", "children"), ("futex_", "futex"), ("hrtimer_nanosleep", "sleep"),
    ("do_nanosleep", "sleep"), ("do_poll", "poll"), ("poll_schedule", "poll"), ("do_select", "poll"),
    ("ep_poll", "poll"), ("inet_csk_accept", "accept"), ("unix_accept", "accept"), ("unix_stream", "socket.read"),
    ("sk_wait_data", "socket.read"), ("wait_woken", "woken"), ("n_tty_read", "tty"), ("do_sigtimedwait", "sigwait"),
    ("sigsuspend", "signal"), ("do_signal_stop", "stopped"), ("wait_for_partner", "fifo"), ("fifo_open", "fifo"),
)  # fmt: skip


@dataclass(frozen=True)
class Waiting:
    """What a thread waits in: the call, and the descriptor, futex or child that it is about. `key`: what for."""

    key: str
    call: str = ""
    fd: int | None = None
    futex: int = 0
    child: int | None = None  # as in waitpid(2)
    raw: str = ""  # the wait channel


def waiting_of(thread: Thread, machine: str) -> Waiting | None:
    """What a thread waits in; None: it runs, or nothing is known."""
    if thread.state in "RZXT":
        return None
    if thread.syscall and thread.syscall[0] >= 0:
        return _call(thread.syscall, machine)
    if thread.wchan not in ("", "0"):
        key = next((key for name, key in CHANNELS if thread.wchan.startswith(name)), "in.channel")
        return Waiting(key, raw=thread.wchan)
    return None


def _call(syscall: tuple[int, ...], machine: str) -> Waiting:
    number, *arguments = syscall
    call = CALLS.get(machine, {}).get(number, f"system call {number}")
    first = arguments[0] if arguments else 0
    if call in ON_FD:
        return Waiting("in.fd", call, fd=_signed(first))
    if call == "futex":
        return Waiting("futex", call, futex=first)
    if call == "wait4":
        return _child(call, _signed(first))
    if call == "waitid":
        return _child(call, _signed(arguments[1]) if first == 1 and len(arguments) > 1 else -1)
    return Waiting(PURPOSES.get(call, "in.call"), call)


def _child(call: str, pid: int) -> Waiting:
    return Waiting("child" if pid > 0 else "children", call, child=pid)


def _signed(number: int) -> int:
    """A C int out of a register."""
    number &= 0xFFFFFFFF
    return number - (1 << 32) if number >> 31 else number


def sharers(process: Process, futex: int) -> tuple[int, ...]:
    """The threads of a process that wait at the same futex."""
    return tuple(t.tid for t in process.threads if futex and len(t.syscall) > 1 and t.syscall[1] == futex)
