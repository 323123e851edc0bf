"""The kernel's side of a fault plan: a seccomp filter that asks us about a program's calls, one notice a call.

strace can inject faults too (strace(1), --inject). It counts them by thread and number of the call, from the loader's
first on: it knows no file's name without losing all the rest of the recording, tells no fork from a thread's start,
hits setpriv's exec instead of the program's, and can't shorten a write. A user notification (seccomp_unotify(2)) stops
the call and leaves the answer to us: an error, a value, or "go on". Linux 5.9 or newer.

It outranks SECCOMP_RET_TRACE, so a recording with a plan runs without --seccomp-bpf: strace sees every call at its
entry, before seccomp does.

Numbers are the kernel's: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h, linux/seccomp.h.
"""

import _socket  # what `socket` wraps in 5 ms of imports
import errno
import fcntl
import os
import struct
from typing import NamedTuple

import confine

NOTIFY = 0x7FC00000  # SECCOMP_RET_USER_NOTIF
SET_MODE_FILTER = 1
NEW_LISTENER, WAIT_KILLABLE = 1 << 3, 1 << 5  # the latter: Linux 5.19. A signal doesn't make the call ask twice
SECCOMP = {"x86_64": 317, "aarch64": 277}
RECEIVE, SEND, VALID = 0xC0502100, 0xC0182101, 0x40082102
NOTICE = struct.Struct("=QIIiIQ6Q")  # struct seccomp_notif
ANSWER = struct.Struct("=QqiI")  # struct seccomp_notif_resp
GO_ON = 1  # SECCOMP_USER_NOTIF_FLAG_CONTINUE
KERNEL = (5, 9)

NUMBERS = {
    "x86_64": {
        "clone": 56, "fork": 57, "vfork": 58, "clone3": 435, "execve": 59, "execveat": 322, "wait4": 61, "waitid": 247,
        "open": 2, "creat": 85, "openat": 257, "openat2": 437, "read": 0, "readv": 19, "recvfrom": 45, "recvmsg": 47,
        "write": 1, "writev": 20, "sendto": 44, "sendmsg": 46, "pipe": 22, "pipe2": 293, "accept": 43, "accept4": 288,
        "connect": 42,
    },
    "aarch64": {
        "clone": 220, "clone3": 435, "execve": 221, "execveat": 281, "wait4": 260, "waitid": 95, "openat": 56,
        "openat2": 437, "read": 63, "readv": 65, "recvfrom": 207, "recvmsg": 212, "write": 64, "writev": 66,
        "sendto": 206, "sendmsg": 211, "pipe2": 59, "accept": 202, "accept4": 242, "connect": 203,
    },
}  # fmt: skip
FORKS = ("clone", "fork", "vfork", "clone3")
CALLS = {
    "fork": FORKS,
    "thread": FORKS,
    "exec": ("execve", "execveat"),
    "wait": ("wait4", "waitid"),
    "open": ("open", "creat", "openat", "openat2"),
    "read": ("read", "readv", "recvfrom", "recvmsg"),
    "write": ("write", "writev", "sendto", "sendmsg"),
    "pipe": ("pipe", "pipe2"),
    "accept": ("accept", "accept4"),
    "connect": ("connect",),
}


class Notice(NamedTuple):
    """A call that waits for our answer."""

    id: int
    tid: int
    call: str  # the system call's name
    args: tuple[int, ...]


def program(calls: set[str], machine: str, channel: int) -> bytes:
    """The filter: these calls are asked about, and every exec, by which we know when the program itself begins.

    But one is not: the message by which the other side of the filter goes to who answers (`send`).
    """
    numbers = NUMBERS[machine]
    names = sorted({name for call in calls | {"exec"} for name in CALLS[call] if name in numbers})
    return confine.asking(machine, [numbers[name] for name in names], NOTIFY, (numbers["sendmsg"], channel))


def new_enough(release: str) -> bool:
    """Whether the kernel of this release can do it."""
    parts = release.split("-")[0].split(".")
    return tuple(int(part) if part.isdecimal() else 0 for part in parts[:2]) >= KERNEL


def install(filter_: bytes) -> int:
    """This process is behind the filter from now on; the descriptor (closed by exec) on which its notices come."""
    import ctypes

    libc, word = ctypes.CDLL(None, use_errno=True), ctypes.c_ulong
    steps = ctypes.create_string_buffer(filter_)  # and a zero byte, which isn't counted below
    fprog = struct.pack("@HP", len(filter_) // confine.STEP_BYTES, ctypes.addressof(steps))
    if libc.prctl(confine.PR_SET_NO_NEW_PRIVS, word(1), word(0), word(0), word(0)) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    for flags in (NEW_LISTENER | WAIT_KILLABLE, NEW_LISTENER):
        fd = libc.syscall(word(SECCOMP[os.uname().machine]), word(SET_MODE_FILTER), word(flags), fprog)
        if fd >= 0:
            return int(fd)
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def send(channel: int, fd: int, folder: str, after: str) -> None:
    """Sends the descriptor, which program's it is, and after how many execs it is itself, to who answers."""
    rights = (_socket.SOL_SOCKET, _socket.SCM_RIGHTS, struct.pack("i", fd))
    out = _socket.socket(fileno=channel)
    out.sendmsg([f"{os.path.basename(folder)} {after}".encode()], [rights])
    out.close()


class Listener:
    """The descriptor's other side."""

    def __init__(self, fd: int, machine: str) -> None:
        self.fd = fd
        self.names = {number: name for name, number in NUMBERS[machine].items()}

    def receive(self) -> Notice | None:
        """The next notice; None where its thread has gone meanwhile."""
        room = bytearray(NOTICE.size)
        try:
            fcntl.ioctl(self.fd, RECEIVE, room)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR):
                return None
            raise
        number, tid, _, call, _, _, *args = NOTICE.unpack(room)
        return Notice(number, tid, self.names.get(call, ""), tuple(args))

    def go_on(self, notice: Notice) -> None:
        """Let the kernel do what it was called for."""
        self._answer(notice.id, 0, 0, GO_ON)

    def fail(self, notice: Notice, error: int) -> None:
        """The call has failed."""
        self._answer(notice.id, 0, -error, 0)

    def give(self, notice: Notice, value: int) -> None:
        """The call has returned this: we have done its work."""
        self._answer(notice.id, value, 0, 0)

    def _answer(self, number: int, value: int, error: int, flags: int) -> None:
        try:
            fcntl.ioctl(self.fd, SEND, ANSWER.pack(number, value, error, flags))
        except OSError as error_:
            if error_.errno != errno.ENOENT:  # its thread has gone, or a signal has taken it away
                raise

    def valid(self, notice: Notice) -> bool:
        """Whether the thread waits still: then its number is no other's, and what was read of it was its own."""
        try:
            fcntl.ioctl(self.fd, VALID, struct.pack("=Q", notice.id))
            return True
        except OSError:
            return False
