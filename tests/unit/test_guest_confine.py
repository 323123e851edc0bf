"""The filter in front of a confined program: what it answers, by interpreting it as the kernel does."""

import errno
import os
import struct
import subprocess
import sys

import pytest

from tests.unit.guest import FOLDER, module

confine = module("confine")
ALLOWED = "allowed"
OTHER_ARCHES = {"i386": 0x40000003, "arm": 0x40000028, "riscv64": 0xC00000F3}
# Numbers by hand, not from the module: asm/unistd_64.h and asm-generic/unistd.h.
REFUSED = {
    "x86_64": {"io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "ptrace": 101, "seccomp": 317,
               "process_vm_readv": 310, "process_vm_writev": 311, "pidfd_getfd": 438, "kcmp": 312, "userfaultfd": 323,
               "bpf": 321, "perf_event_open": 298, "clone3": 435, "io_setup": 206, "io_submit": 209, "unshare": 272,
               "setns": 308, "add_key": 248, "request_key": 249, "keyctl": 250,
               "inotify_init": 253, "inotify_init1": 294, "fanotify_init": 300},
    "aarch64": {"io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "ptrace": 117, "seccomp": 277,
                "process_vm_readv": 270, "process_vm_writev": 271, "pidfd_getfd": 438, "kcmp": 272,
                "userfaultfd": 282, "bpf": 280, "perf_event_open": 241, "clone3": 435, "io_setup": 0, "io_submit": 2,
                "unshare": 97, "setns": 268, "add_key": 217, "request_key": 218, "keyctl": 219,
                "inotify_init1": 26, "fanotify_init": 262},
}  # fmt: skip
CLONE = {"x86_64": 56, "aarch64": 220}
PRCTL = {"x86_64": 157, "aarch64": 167}
SOCKET = {"x86_64": 41, "aarch64": 198}
CLONE_THREAD_OF_GLIBC = 0x3D0F00  # CLONE_VM|FS|FILES|SIGHAND|THREAD|SYSVSEM|SETTLS|PARENT_SETTID|CHILD_CLEARTID
CLONE_FORK_OF_GLIBC = 0x01200011  # CLONE_CHILD_CLEARTID|CHILD_SETTID|SIGCHLD
CLONE_UNTRACED = 0x00800000
machines = pytest.mark.parametrize("machine", list(REFUSED))


def answer(program, number, *args, arch):
    """What the kernel does with this call: the answer of the classic BPF program over struct seccomp_data."""
    data = struct.pack("<iIQ6Q", number, arch, 0, *args, *[0] * (6 - len(args)))
    steps = list(struct.iter_unpack("<HBBI", program))
    tests = {0x15: lambda a, k: a == k, 0x35: lambda a, k: a >= k, 0x45: lambda a, k: bool(a & k)}
    at = accumulator = 0
    while True:
        code, true, false, value = steps[at]
        at += 1
        if code == 0x06:
            return ALLOWED if value == 0x7FFF0000 else errno.errorcode[value - 0x00050000]
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
        else:
            at += true if tests[code](accumulator, value) else false


@pytest.fixture
def ask(machine):
    program = confine.seccomp_program(machine)
    own = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}[machine]
    return lambda number, *args, arch=own: answer(program, number, *args, arch=arch)


@machines
def test_what_a_recorder_can_not_see_is_refused(machine, ask):
    found = {name: ask(number) for name, number in REFUSED[machine].items()}
    absent = {"clone3", "io_uring_setup", "io_uring_enter", "io_uring_register", "io_setup", "io_submit"}
    absent |= {"inotify_init", "inotify_init1", "fanotify_init"}
    assert found == {name: "ENOSYS" if name in absent else "EPERM" for name in REFUSED[machine]}


@machines
def test_every_other_call_is_allowed(machine, ask):
    refused = {*REFUSED[machine].values(), SOCKET[machine]}
    assert {ask(number) for number in range(600) if number not in refused} == {ALLOWED}


@machines
def test_children_are_made_in_the_ordinary_ways_only(machine, ask):
    clone = CLONE[machine]
    assert ask(clone, CLONE_FORK_OF_GLIBC) == ask(clone, CLONE_THREAD_OF_GLIBC) == ALLOWED
    assert ask(clone, CLONE_FORK_OF_GLIBC | CLONE_UNTRACED) == "EPERM"
    assert ask(clone, CLONE_UNTRACED | 7 << 32) == "EPERM", "the kernel looks at the low half only"
    assert ask(clone, CLONE_UNTRACED << 32) == ALLOWED
    assert ask(clone, 0x10000000) == "EPERM", "a user namespace has every capability in it"


@machines
def test_nobody_is_told_who_looks_at_a_folder_and_fcntl_does_all_else(machine, ask):
    fcntl = {"x86_64": 72, "aarch64": 25}[machine]
    assert ask(fcntl, 3, 1026) == ask(fcntl, 3, 1026 | 1 << 32) == "EPERM", "F_NOTIFY"
    assert {ask(fcntl, 1026, command) for command in [*range(20), *range(1024, 1040)] if command != 1026} == {ALLOWED}


@machines
def test_no_filter_is_put_in_front_of_the_recorders(machine, ask):
    assert ask(PRCTL[machine], 22, 2) == "EPERM"
    assert ask(PRCTL[machine], 22 | 1 << 32, 2) == "EPERM", "prctl(2) takes an int"
    assert ask(PRCTL[machine], 15) == ask(PRCTL[machine], 38, 1) == ALLOWED, "PR_SET_NAME, PR_SET_NO_NEW_PRIVS"


@machines
def test_sockets_are_of_families_that_a_container_has_for_itself(machine, ask):
    """AF_VSOCK (40) leads to the hypervisor and to other containers, AF_ALG (38) and AF_RDS (21) load modules."""
    found = {family: ask(SOCKET[machine], family, 1) for family in range(64)}
    allowed = {1, 2, 10, 16}
    assert {family for family, said in found.items() if said == ALLOWED} == allowed, "unix, inet, inet6, netlink"
    assert {said for family, said in found.items() if family not in allowed} == {"EAFNOSUPPORT"}
    assert ask(SOCKET[machine], 40 | 1 << 32, 1) == "EAFNOSUPPORT", "socket(2) takes an int"
    assert ask(SOCKET[machine], 1 | 40 << 32, 1) == ALLOWED


@machines
def test_no_call_is_made_by_another_door(machine, ask):
    assert {ask(number, arch=arch) for arch in OTHER_ARCHES.values() for number in range(500)} == {"ENOSYS"}


def test_x32_has_the_architecture_of_x86_64_and_is_refused_by_its_numbers():
    arch = 0xC000003E
    program = confine.seccomp_program("x86_64")
    assert {answer(program, 0x40000000 | number, arch=arch) for number in range(600)} == {"ENOSYS"}
    assert answer(program, -1, arch=arch) == "ENOSYS", "syscall(2) of no number"
    assert answer(program, 0x3FFFFFFF, arch=arch) == ALLOWED


def test_a_machine_that_is_not_known_starts_nothing_unconfined():
    with pytest.raises(KeyError):
        confine.seccomp_program("riscv64")


CHECK = """
import errno, os, sys
sys.path.insert(0, sys.argv[1])
import confine
for name in ("setgroups", "setresgid", "setresuid"):
    setattr(os, name, lambda *args: None)
confine.become(os.getuid())
import ctypes, multiprocessing, subprocess, threading
libc = ctypes.CDLL(None, use_errno=True)
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print({status[f"Cap{one}"].strip() for one in ("Inh", "Prm", "Eff")}, int(status["NoNewPrivs"]), int(status["Seccomp"]))
print(libc.ptrace(0, 0, 0, 0), errno.errorcode[ctypes.get_errno()])
thread = threading.Thread(target=print, args=("thread",)); thread.start(); thread.join()
print(subprocess.run(["echo", "child"], capture_output=True, text=True).stdout.strip())
child = multiprocessing.get_context("fork").Process(target=print, args=("worker",), daemon=False)
sys.stdout.flush(); child.start(); child.join()
"""


@pytest.mark.slow
@pytest.mark.skipif(os.uname().machine not in REFUSED, reason="no filter for this machine")
def test_the_kernel_takes_the_filter_and_ordinary_programs_live_behind_it():
    done = subprocess.run(
        [sys.executable, "-c", CHECK, str(FOLDER)], capture_output=True, text=True, timeout=60, check=False
    )
    none = "{'0000000000000000'}"
    assert done.stdout.split("\n") == [f"{none} 1 2", "-1 EPERM", "thread", "child", "worker", ""], done.stderr
