"""Samples of a lab's container: its init and its starter run beside the processes that a test is about."""

from __future__ import annotations

from dataclasses import replace

from proclab.procfs.sample import Descriptor, Process, Sample, Signals, Thread

READ, WRITE, WAIT4, SLEEP, FUTEX, POLL = (0, 3), (1, 4), (61, -1), (230, 0), (202, 0x10, 0x189, 0, 0), (7, 0)


TTY = Descriptor(0, "/dev/pts/0", "both")


def pipe(fd, way, number=12):
    return Descriptor(fd, f"pipe:[{number}]", way, f"pipe:[{number}]")


def thread(tid, syscall=(), state="S", switches=5, **signals):
    return Thread(tid, "a", state, Signals(**signals), syscall, switches=switches)


def process(pid, ppid, *fds, syscall=(), state="S", threads=(), start=None, name="python"):
    threads = threads or (thread(pid, syscall, state),)
    argv = ("python", "/lab/a.py")
    return Process(pid, ppid, name, state, start or pid, argv, threads, None if state == "Z" else fds, 0)


INIT = process(1, 0, pipe(0, "read", 1), pipe(1, "write", 2), name="docker-init")
RUN = replace(process(7, 1, pipe(0, "read", 1)), argv=("python", "-EsS", "/usr/lib/proclab/run.py", "/lab/a.py"))


def sample(*processes, t=1):
    return Sample("lab-3", t, "x86_64", (INIT, RUN, *processes))


def threads(*calls, **signals):
    return sample(process(8, 7, TTY, threads=tuple(thread(8 + n, call, **signals) for n, call in enumerate(calls))))
