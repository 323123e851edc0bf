"""Tries what a hostile program would do to a process and to folders; prints {attempt: "done" or the error's name}.

reach.py 1 /work /tmp …     at the agent and at the mount points
reach.py self FOLDER        at a child and a folder of its own: shows that the attempts are made rightly
"""

import ctypes
import errno
import json
import os
import resource
import signal
import struct
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
MACHINE = os.uname().machine
NUMBERS = {  # asm/unistd.h: what the C library has no function for
    "x86_64": {"ioprio_set": 251, "sched_setattr": 314},
    "aarch64": {"ioprio_set": 30, "sched_setattr": 274},
}[MACHINE]
ATTRIBUTES = ctypes.create_string_buffer(struct.pack("=IIQiIQQQ", 48, 0, 0, 1, 0, 0, 0, 0))  # struct sched_attr: nice 1
ACL = struct.pack("=I", 2) + b"".join(struct.pack("=HHI", tag, 0, 2**32 - 1) for tag in (1, 4, 32))


def call(name, *arguments):
    result = LIBC.syscall(NUMBERS[name], *arguments) if name in NUMBERS else getattr(LIBC, name)(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)


def at_process(pid):
    lowest = min(os.sched_getaffinity(0))
    nobodys = resource.prlimit(os.getpid(), resource.RLIMIT_CORE)
    return {
        "SIGTERM": lambda: os.kill(pid, signal.SIGTERM),
        "SIGSTOP": lambda: os.kill(pid, signal.SIGSTOP),
        "a signal by pidfd": lambda: signal.pidfd_send_signal(os.pidfd_open(pid), signal.SIGCONT),
        "prlimit": lambda: resource.prlimit(pid, resource.RLIMIT_CORE, nobodys),
        "setpriority": lambda: os.setpriority(os.PRIO_PROCESS, pid, 1),
        "SCHED_BATCH": lambda: os.sched_setscheduler(pid, os.SCHED_BATCH, os.sched_param(0)),
        "affinity": lambda: os.sched_setaffinity(pid, {lowest}),
        "sched_setattr": lambda: call("sched_setattr", pid, ATTRIBUTES, 0),
        "ioprio_set": lambda: call("ioprio_set", 1, pid, 3 << 13),
        "oom_score_adj": lambda: open(f"/proc/{pid}/oom_score_adj", "w").write("1000"),
        "its memory": lambda: open(f"/proc/{pid}/mem", "rb").close(),
        "its files": lambda: os.listdir(f"/proc/{pid}/fd"),
        "its environment": lambda: open(f"/proc/{pid}/environ").close(),
        "its folder": lambda: os.readlink(f"/proc/{pid}/cwd"),
    }


def at_folder(folder):
    return {
        "chmod": lambda: os.chmod(folder, 0o700),
        "chown": lambda: os.chown(folder, os.getuid(), os.getgid()),
        "times": lambda: os.utime(folder, (1, 1)),
        "an attribute": lambda: os.setxattr(folder, "user.note", b"from the run before"),
        "an ACL": lambda: os.setxattr(folder, "system.posix_acl_default", ACL),
        "rename": lambda: os.rename(folder, folder + ".moved"),
    }


def filtered(child):
    """Refused whoever it is done to: the filter of docker/guest/confine.py."""
    return {
        "ptrace": lambda: call("ptrace", 16, child, None, None),
        "read its memory": lambda: call("process_vm_readv", child, None, 0, None, 0, 0),
        "unshare": lambda: call("unshare", 0x200),  # CLONE_FS, which needs no privilege
        "a filter of its own": lambda: call("prctl", 22, 1, 0, 0, 0),
    }


def attempt(action):
    try:
        action()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"


def main(whom, *folders):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the child stays
    child = os.fork()
    if child == 0:
        while True:
            signal.pause()
    pid = child if whom == "self" else int(whom)
    found = {name: attempt(action) for name, action in at_process(pid).items()}
    for folder in folders:
        found |= {f"{name} of {folder}": attempt(action) for name, action in at_folder(folder).items()}
    found |= {name: attempt(action) for name, action in filtered(child).items()}
    os.kill(child, signal.SIGKILL)
    print(json.dumps(found))


main(*sys.argv[1:])
