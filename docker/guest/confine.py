"""What takes everything from a program before it starts: its uid, its capabilities, its ways around the recorder.

The filter refuses whatever a recorder can't see. Without it a program can have its files read and written by the kernel
(io_uring), make children that strace doesn't follow (CLONE_UNTRACED) and trace those itself, or put a filter of its own
in front of the recorder's: a user notification outranks SECCOMP_RET_TRACE, seccomp(2). A refusal outranks it too: a
refused call has done nothing, and does not show in the recording.

It refuses, too, to be told when somebody looks at a process (inotify, fanotify, dnotify work on /proc): a program that
runs whenever the agent looks, and at no other time, would never be seen to wait (patience.py). And what belongs to no
namespace of the container's, and so leads out of it or outlives its programs: keys, and sockets of other families than
FAMILIES (AF_VSOCK talks to the hypervisor, and to whatever listens on its side).

Numbers are the kernel's: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h, linux/seccomp.h,
linux/audit.h, linux/bpf_common.h, linux/prctl.h, linux/sched.h, linux/capability.h, linux/socket.h.
"""

import errno
import functools
import os
import signal
import struct
from typing import NamedTuple

# linux/bpf_common.h: class | size | mode, and class | operation | source
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
# struct seccomp_data. Of an argument the low word (both architectures are little-endian): what is looked at is an int.
NUMBER, ARCHITECTURE, FIRST_ARGUMENT, SECOND_ARGUMENT = 0, 4, 16, 24
ALLOW, REFUSE = 0x7FFF0000, 0x00050000  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO: the error's number in the low half
X32 = 0x40000000  # __X32_SYSCALL_BIT: x86-64's second way into the kernel, with the same AUDIT_ARCH
CLONE_UNTRACED = 0x00800000
CLONE_NEWUSER = 0x10000000
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 38, 22
SECCOMP_MODE_FILTER = 2
CAPABILITIES_V3 = 0x20080522  # _LINUX_CAPABILITY_VERSION_3: two words of each set
STEP_BYTES = 8  # struct sock_filter
NOBODYS = 9_999  # a uid that no process of a container has: neither an image's nor a program's (user.py)

# "no such call": a library that gets this answer takes another way. glibc makes threads and processes by clone, whose
# flags a filter can see (clone3 has them in memory); POSIX aio is threads in glibc and needs no io_submit.
MISSING = (
    "clone3 io_uring_setup io_uring_enter io_uring_register io_setup io_submit inotify_init inotify_init1 fanotify_init"
)
F_NOTIFY = 1026
FORBIDDEN = (
    "ptrace seccomp process_vm_readv process_vm_writev pidfd_getfd kcmp userfaultfd bpf perf_event_open unshare setns "
    "add_key request_key keyctl"
)
FAMILIES = (1, 2, 10, 16)  # AF_UNIX, AF_INET, AF_INET6, AF_NETLINK: those that a network namespace has for itself


class Machine(NamedTuple):
    """An architecture: its AUDIT_ARCH, and the numbers of calls that aren't the same everywhere."""

    arch: int
    calls: dict[str, int]


EVERYWHERE = {"clone3": 435, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "pidfd_getfd": 438}
MACHINES = {
    "x86_64": Machine(0xC000003E, EVERYWHERE | {
        "clone": 56, "prctl": 157, "io_setup": 206, "io_submit": 209, "ptrace": 101, "seccomp": 317,
        "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "userfaultfd": 323, "bpf": 321,
        "perf_event_open": 298, "unshare": 272, "setns": 308, "add_key": 248, "request_key": 249, "keyctl": 250,
        "socket": 41, "fcntl": 72, "inotify_init": 253, "inotify_init1": 294, "fanotify_init": 300,
    }),
    "aarch64": Machine(0xC00000B7, EVERYWHERE | {
        "clone": 220, "prctl": 167, "io_setup": 0, "io_submit": 2, "ptrace": 117, "seccomp": 277,
        "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272, "userfaultfd": 282, "bpf": 280,
        "perf_event_open": 241, "unshare": 97, "setns": 268, "add_key": 217, "request_key": 218, "keyctl": 219,
        "socket": 198, "fcntl": 25, "inotify_init": 26, "inotify_init1": 26, "fanotify_init": 262,
    }),
}  # fmt: skip


# ---------------------------------------------------------------- the filter


def seccomp_program(machine: str = "") -> bytes:
    """The filter as `struct sock_filter[]`, for prctl(2) or `setpriv --seccomp-filter`; for this machine by default.

    Every test of a number alone lets the kernel work the answer out beforehand (seccomp_is_const_allow): a call that
    is allowed costs nothing. An architecture that isn't listed is refused with KeyError: no program starts unconfined.
    """
    arch, calls = MACHINES[machine or os.uname().machine]
    missing, forbidden = REFUSE | errno.ENOSYS, REFUSE | errno.EPERM
    program = [
        _step(LOAD, ARCHITECTURE),
        *_unless(EQUAL, arch, missing),  # i386, arm: calls of other numbers
        _step(LOAD, NUMBER),
    ]
    if arch == MACHINES["x86_64"].arch:
        program += _if(AT_LEAST, X32, missing)
    for names, answer in ((MISSING, missing), (FORBIDDEN, forbidden)):
        for name in names.split():
            program += _if(EQUAL, calls[name], answer)
    program += _argument(calls["clone"], _if(ANY_BIT, CLONE_UNTRACED | CLONE_NEWUSER, forbidden), ALLOW)
    program += _argument(calls["prctl"], _if(EQUAL, PR_SET_SECCOMP, forbidden), ALLOW)
    program += _argument(calls["fcntl"], _if(EQUAL, F_NOTIFY, forbidden), ALLOW, SECOND_ARGUMENT)
    known = [step for family in FAMILIES for step in _if(EQUAL, family, ALLOW)]
    program += _argument(calls["socket"], known, REFUSE | errno.EAFNOSUPPORT)
    return b"".join([*program, _step(RETURN, ALLOW)])


def asking(machine: str, numbers: list[int], answer: int, but: tuple[int, int]) -> bytes:
    """A filter that gives this answer to calls of these numbers and lets all others be (notices.py).

    but: a call's number and its first argument; that call is let be, too.
    """
    program = [_step(LOAD, ARCHITECTURE), *_unless(EQUAL, MACHINES[machine].arch, ALLOW), _step(LOAD, NUMBER)]
    for number in numbers:
        if number == but[0]:
            program += _argument(number, _if(EQUAL, but[1], ALLOW), answer)
        else:
            program += _if(EQUAL, number, answer)
    return b"".join([*program, _step(RETURN, ALLOW)])


def _step(code: int, value: int, skip_if: int = 0, skip_else: int = 0) -> bytes:
    return struct.pack("=HBBI", code, skip_if, skip_else, value)


def _if(test: int, value: int, answer: int) -> list[bytes]:
    return [_step(test, value, 0, 1), _step(RETURN, answer)]


def _unless(test: int, value: int, answer: int) -> list[bytes]:
    return [_step(test, value, 1, 0), _step(RETURN, answer)]


def _argument(call: int, tests: list[bytes], otherwise: int, which: int = FIRST_ARGUMENT) -> list[bytes]:
    """Of one call: one argument decides. Every way ends in an answer, for the call's number is no more loaded."""
    steps = [_step(LOAD, which), *tests, _step(RETURN, otherwise)]
    return [_step(EQUAL, call, 0, len(steps)), *steps]


# ---------------------------------------------------------------- in the child, before exec


@functools.cache
def tools() -> tuple:
    """What becoming somebody takes: the C library, the filter's steps, and its struct sock_fprog.

    A parent that forks often asks for them before, and its children have them. ctypes is imported here, because a
    recorder that starts programs by setpriv(1) needs none.
    """
    import ctypes

    steps = ctypes.create_string_buffer(seccomp_program())  # and a zero byte, which isn't counted below
    fprog = struct.pack("@HP", len(steps) // STEP_BYTES, ctypes.addressof(steps))
    return ctypes.CDLL(None, use_errno=True), steps, fprog, ctypes.c_ulong, ctypes.get_errno


def become(uid: int) -> None:
    """This process is that user from now on: no group, no capability, no set-id program, behind the filter.

    For a child between fork and exec, as root with CAP_SETUID and CAP_SETGID. OSError where any of it is refused: then
    nothing may be started.
    """
    libc, _, fprog, word, get_errno = tools()

    def must(result: int) -> None:
        if result != 0:
            raise OSError(get_errno(), os.strerror(get_errno()))

    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)  # from root to another: permitted, effective and ambient sets are empty now
    must(libc.capset(struct.pack("=Ii", CAPABILITIES_V3, 0), bytes(24)))  # the inheritable set too
    must(libc.prctl(PR_SET_NO_NEW_PRIVS, word(1), word(0), word(0), word(0)))
    must(libc.prctl(PR_SET_SECCOMP, word(SECCOMP_MODE_FILTER), fprog, word(0), word(0)))


# ---------------------------------------------------------------- its end


def kill_all(uid: int) -> bool:
    """SIGKILL to everything that runs as that user, at once and whether it is traced or not; False: nothing was there.

    By the only call that no fork can outrun: kill(-1) of a process that may signal this user and nobody else. So the
    caller, root with CAP_SETUID, has for that moment the user's effective uid and a real one that is nobody's; the
    saved one stays root's: the user can't signal it, nor trace or limit it. It could slow it down in that moment
    (setpriority(2) asks for the effective uid), and is dead after it. With root's real uid the tracers would be killed
    too; a helper made for it would need a free pid, and could be stopped.
    """
    os.setresuid(NOBODYS, uid, 0)
    try:
        os.kill(-1, signal.SIGKILL)
        return True
    except ProcessLookupError:
        return False
    finally:
        os.setresuid(0, 0, 0)
