"""Samples of /proc as tests write them: processes, their descriptors, a connection between two containers."""

from __future__ import annotations

from dataclasses import replace

from proclab.procfs.sample import Descriptor, Inet, Process, Sample, Signals, Thread


def descriptor(fd, link, way="both", key=None):
    return Descriptor(fd, link, way, link if key is None else key)


def process(pid, ppid=1, *fds, state="S", argv=("a",), start=1, tids=(), blocked=(), syscall=(), status=None):
    threads = tuple(
        Thread(tid, "a", state, Signals(blocked=frozenset(blocked)), syscall=syscall) for tid in (pid, *tids)
    )
    return Process(pid, ppid, "a", state, start, argv, threads, None if state == "Z" else fds, status)


def look(*processes, t=1, box="lab-1"):
    return Sample(box, t, "x86_64", processes)


INIT = process(1, 0)


def sockets(server, client):
    """Two containers and a connection between them, as far as each has come."""
    ends = [Inet(server, "tcp", 1, "10.0.0.2:50", "10.0.0.3:60"), Inet(client, "tcp", 1, "10.0.0.3:60", "10.0.0.2:50")]
    holders = [process(7, 1, descriptor(3, f"socket:[{ino}]")) for ino in (server, client)]
    return [
        replace(look(INIT, holder, box=box), inet=(inet,))
        for box, holder, inet in zip(("server", "client"), holders, ends, strict=True)
    ]


READER = process(7, 1, descriptor(3, "pipe:[1]", "read"), syscall=(0, 3))
