"""What a noticed call is about: which file, which kind of descriptor, which bytes. Read from /proc of its process.

The process waits meanwhile, but its other threads don't: what is read here is what it asked for at that moment. That
is enough for a plan that means it well, and proves nothing.
"""

import os
import stat
import struct

import proc
from notices import Notice

CLONE_THREAD, CLONE_VFORK = 0x00010000, 0x00004000
GLIBC = 0b11 << 31
PIPE_BUF = 4096  # up to here the kernel writes into a pipe all or nothing
PATH_MAX = 4096
PAGE = 4096
IOV_MAX = 1024
SHORT_MAX = 1 << 20
AT_FDCWD = -100
AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10
# Where interpreter, loader and C library look for what is their own.
SYSTEM = ("/usr/", "/lib", "/etc/", "/proc/", "/sys/", "/dev/", "/lab/demos/", "/opt/")
MODULES = (".py", ".pyc", ".pth", ".so", ".cfg", ".zip")
NAME_SERVICE = b"/nscd/"  # of the C library's look-ups
PATH_AT = {"open": 0, "creat": 0, "openat": 1, "openat2": 1, "execve": 0, "execveat": 1}
IOVEC = struct.Struct("=QQ")
MSGHDR = struct.Struct("=QIxxxxQQQQ")


def memory(tid: int, address: int, size: int) -> bytes:
    """Bytes of a process, or as many as there are; OSError if there is none."""
    with open(f"/proc/{tid}/mem", "rb", 0) as file:
        return os.pread(file.fileno(), size, address)


def text(tid: int, address: int) -> str:
    """The string that stands at this address."""
    found = b""
    while b"\0" not in found and len(found) < PATH_MAX:
        here = address + len(found)
        piece = memory(tid, here, PAGE - here % PAGE)
        if not piece:
            break
        found += piece
    return os.fsdecode(found.partition(b"\0")[0])


def path(notice: Notice) -> str:
    """The path that the call names, seen from here."""
    at = PATH_AT[notice.call]
    named = text(notice.tid, notice.args[at])
    folder = notice.args[0] & 0xFFFFFFFF if at else AT_FDCWD & 0xFFFFFFFF
    base = "cwd" if folder == AT_FDCWD & 0xFFFFFFFF else f"fd/{folder}"
    return named if named.startswith("/") else os.path.join(os.readlink(f"/proc/{notice.tid}/{base}"), named)


def makes_thread(notice: Notice) -> bool:
    """Whether a call of the fork family makes a thread."""
    return bool(_flags(notice) & CLONE_THREAD)


def borrows(notice: Notice) -> bool:
    """Whether a call of the fork family is vfork(2) or the like: the child has its parent's memory until it execs."""
    return bool(_flags(notice) & CLONE_VFORK)


def _flags(notice: Notice) -> int:
    if notice.call == "clone":
        return notice.args[0]
    if notice.call == "clone3":
        return int.from_bytes(memory(notice.tid, notice.args[0], 8), "little")
    return CLONE_VFORK if notice.call == "vfork" else 0


def opens_own(where: str) -> bool:
    """Whether a file that is opened is the program's business, and no module or library."""
    return not where.startswith(SYSTEM) and not where.endswith(MODULES) and not os.path.isdir(where)


def link(notice: Notice) -> str:
    """What the descriptor in the first argument is, as a path."""
    return f"/proc/{notice.tid}/fd/{notice.args[0] & 0xFFFFFFFF}"


def waits(notice: Notice) -> bool:
    """Whether the descriptor is one whose calls may wait, and so be interrupted: a pipe, socket or terminal."""
    mode = os.stat(link(notice)).st_mode
    if stat.S_ISCHR(mode):
        return os.readlink(link(notice)).startswith(("/dev/pts/", "/dev/tty", "/dev/console"))
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def catches(notice: Notice) -> bool:
    """Whether the process handles a signal at all: no call of another is ever interrupted. (32 and 33 are glibc's.)"""
    return bool(int(proc.status(notice.tid).fields["SigCgt"], 16) & ~GLIBC)


def protocol(notice: Notice) -> str:
    """Of a socket: TCP, TCPv6, UDP, UNIX-STREAM …; UNIX before Linux 5.13."""
    return os.getxattr(link(notice), "system.sockprotoname").rstrip(b"\0").decode("ascii", "replace")


def connects_own(notice: Notice) -> bool:
    """Whether a connection is the program's: no datagram socket's, no name look-up."""
    if not protocol(notice).startswith(("TCP", "UNIX")):
        return False
    address = memory(notice.tid, notice.args[1], min(notice.args[2], 128))
    family = int.from_bytes(address[:2], "little")
    return family in (AF_INET, AF_INET6) or (family == AF_UNIX and NAME_SERVICE not in address)


def pieces(notice: Notice) -> list[tuple[int, int]]:
    """Address and size of all that a call is to write; none where it sends descriptors, too."""
    if notice.call in ("write", "sendto"):
        return [(notice.args[1], notice.args[2])]
    address, count = notice.args[1], notice.args[2]
    if notice.call == "sendmsg":
        header = MSGHDR.unpack(memory(notice.tid, address, MSGHDR.size))
        _, _, address, count, _, control = header[:6]
        if control:
            return []
    listed = memory(notice.tid, address, min(count, IOV_MAX) * IOVEC.size)
    return list(IOVEC.iter_unpack(listed[: len(listed) // IOVEC.size * IOVEC.size]))


def can_be_short(notice: Notice) -> bool:
    """Whether the kernel itself may write less than it is asked to: a long write into a pipe, one to a stream."""
    size = sum(length for _, length in pieces(notice))
    mode = os.stat(link(notice)).st_mode
    if stat.S_ISFIFO(mode):
        return size > PIPE_BUF
    return stat.S_ISSOCK(mode) and size > 1 and protocol(notice) in ("TCP", "TCPv6", "UNIX", "UNIX-STREAM")


def first_half(notice: Notice) -> bytes:
    """The bytes that a write that comes up short still writes."""
    listed = pieces(notice)
    left = min(sum(length for _, length in listed) // 2, SHORT_MAX)
    found = b""
    for address, length in listed:
        found += memory(notice.tid, address, min(length, left - len(found)))
        if len(found) >= left:
            break
    return found


def descriptor(notice: Notice) -> int:
    """A descriptor of ours of what the call writes to. OSError where there is no way to it.

    The kernel gives it to root with SYS_PTRACE only (pidfd_getfd(2); Docker's filter). Else a pipe can be opened once
    more; a socket can't.
    """
    number = notice.args[0] & 0xFFFFFFFF
    try:
        return _taken(notice.tid, number)
    except OSError:
        if os.geteuid() == 0:  # who could open for the program what it may not open itself
            raise
        flags = int(proc.fields(proc.content(f"/proc/{notice.tid}/fdinfo/{number}"))["flags"], 8)
        fd = _pipe(link(notice))
        os.set_blocking(fd, not flags & os.O_NONBLOCK)
        return fd


def _pipe(where: str) -> int:
    """A pipe's or FIFO's write end; OSError where it is none.

    The program may have put anything else in its place since we looked, which it may read only and we may write to
    (/proc/1/oom_score_adj). So what is looked at is what is opened.
    """
    found = os.open(where, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISFIFO(os.fstat(found).st_mode):
            raise OSError(f"{where} is no pipe")
        # without O_NONBLOCK it would wait for a reader
        return os.open(f"/proc/self/fd/{found}", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    finally:
        os.close(found)


def _taken(tid: int, number: int) -> int:
    import ctypes

    leader = os.pidfd_open(int(proc.status(tid).fields["Tgid"]))
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        fd = libc.syscall(ctypes.c_ulong(PIDFD_GETFD), leader, number, 0)
        if fd < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return int(fd)
    finally:
        os.close(leader)


PIDFD_GETFD = 438  # everywhere
