"""What a thread stands still in: numbers of /proc/TID/syscall, names of /proc/TID/wchan, in words.

Pure. Numbers differ by architecture, wait channels by kernel; what is unknown is told as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass

from proclab.procfs import Process, Thread

# The calls in which a thread may stand still, by their number.
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
PHRASES = {
    "nanosleep": "sleeps", "clock_nanosleep": "sleeps", "pause": "waits for a signal",
    "rt_sigsuspend": "waits for a signal", "rt_sigtimedwait": "waits for a signal (sigwait)",
    "poll": "waits for one of several descriptors (poll)", "ppoll": "waits for one of several descriptors (ppoll)",
    "select": "waits for one of several descriptors (select)", "open": "opens a FIFO, or a slow file",
    "pselect6": "waits for one of several descriptors (select)", "openat": "opens a FIFO, or a slow file",
    "futex_waitv": "waits for a lock (futex_waitv)",
}  # fmt: skip

# Where a thread stands when its call may not be read: by the beginning of the wait channel's name.
CHANNELS = (
    ("pipe_read", "waits for bytes in a pipe"), ("anon_pipe_read", "waits for bytes in a pipe"),
    ("pipe_write", "waits for room in a pipe"), ("anon_pipe_write", "waits for room in a pipe"),
    ("do_wait", "waits for a child"), ("futex_", "waits for a lock (futex)"),
    ("hrtimer_nanosleep", "sleeps"), ("do_nanosleep", "sleeps"), ("do_poll", "waits for one of several descriptors"),
    ("poll_schedule", "waits for one of several descriptors"), ("do_select", "waits for one of several descriptors"),
    ("ep_poll", "waits for one of several descriptors (epoll)"), ("inet_csk_accept", "waits for a connection"),
    ("unix_accept", "waits for a connection"), ("unix_stream", "waits for bytes of a socket"),
    ("sk_wait_data", "waits for bytes of a socket"), ("wait_woken", "waits for bytes of a socket or terminal"),
    ("n_tty_read", "waits for a line of the terminal"), ("do_sigtimedwait", "waits for a signal (sigwait)"),
    ("sigsuspend", "waits for a signal"), ("do_signal_stop", "stopped by a signal"),
    ("wait_for_partner", "opens a FIFO"), ("fifo_open", "opens a FIFO"),
)  # fmt: skip

STATES = {
    "R": "runs", "S": "sleeps", "D": "sleeps, not to be disturbed", "T": "stopped by a signal", "t": "traced",
    "Z": "zombie", "X": "dead", "I": "idle", "P": "parked",
}  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """What a thread stands in: the call, the descriptor or the futex that it is about; `words` where that is all."""

    words: str
    call: str = ""
    fd: int | None = None
    futex: int = 0
    child: int | None = None  # as in waitpid(2)


def state(letter: str) -> str:
    """A state in words."""
    return STATES.get(letter, f"state {letter}")


def standing(thread: Thread, machine: str) -> Standing | None:
    """Where a thread stands still; None: it runs, or nothing is known."""
    if thread.state in "RZXT":
        return None
    if thread.syscall and thread.syscall[0] >= 0:
        return _call(thread.syscall, machine)
    if thread.wchan not in ("", "0"):
        return Standing(next((words for name, words in CHANNELS if thread.wchan.startswith(name)), thread.wchan))
    return None


def _call(syscall: tuple[int, ...], machine: str) -> Standing:
    number, *arguments = syscall
    call = CALLS.get(machine, {}).get(number, f"system call {number}")
    first = arguments[0] if arguments else 0
    if call in ON_FD:
        return Standing(f"in {call} of fd {_signed(first)}", call, fd=_signed(first))
    if call == "futex":
        return Standing("waits for a lock or a thread (futex)", call, futex=first)
    if call == "wait4":
        return _child(call, _signed(first))
    if call == "waitid":
        return _child(call, _signed(arguments[1]) if first == 1 and len(arguments) > 1 else -1)
    return Standing(PHRASES.get(call, f"in {call}"), call)


def _child(call: str, pid: int) -> Standing:
    return Standing(f"waits for child {pid}" if pid > 0 else "waits for a child", call, child=pid)


def _signed(number: int) -> int:
    """A C int out of a register."""
    number &= 0xFFFFFFFF
    return number - (1 << 32) if number >> 31 else number


def sharers(process: Process, futex: int) -> tuple[int, ...]:
    """The threads of a process that wait at the same futex."""
    return tuple(t.tid for t in process.threads if futex and len(t.syscall) > 1 and t.syscall[1] == futex)
