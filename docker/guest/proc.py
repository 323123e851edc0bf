"""/proc as the guest reads it: which processes there are, and what the kernel says of one of them (proc(5)).

Many starts wait for this import, so os is the only module that it needs itself.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COMMAND_BYTES = 16_384  # of a command line: strace's own has the list of calls before the folder


def content(path: str, dir_fd: int | None = None) -> bytes:
    """A file of the kernel's. Unbuffered: one read(2) is one consistent answer of most of them."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=dir_fd)
    try:
        return b"".join(iter(lambda: os.read(fd, 1 << 16), b""))
    finally:
        os.close(fd)


def text(data: bytes) -> str:
    """Bytes as text; what is no UTF-8 is escaped."""
    return data.decode("utf-8", "backslashreplace")


class Stat:
    """What /proc/PID/stat holds, proc_pid_stat(5). The name may hold any character: it ends at the last parenthesis."""

    def __init__(self, line: bytes) -> None:
        head, _, rest = line.rpartition(b")")
        pid, _, name = head.partition(b" (")
        fields = rest.split()
        self.pid, self.name, self.state = int(pid), text(name), fields[0].decode()
        self.ppid, self.pgrp, self.session = map(int, fields[1:4])
        self.threads, self.start, self.processor = int(fields[17]), int(fields[19]), int(fields[36])
        self.exit_code = int(fields[49])  # as wait(2) will report it; 0 for a reader of another user

    @property
    def over(self) -> bool:
        """Whether the process can do nothing any more: a zombie, whose other threads have ended too."""
        return self.state in "ZX" and self.threads <= 1


class Status:
    """What is asked of /proc/PID/status, proc_pid_status(5)."""

    def __init__(self, data: bytes) -> None:
        self.fields = fields(data)
        self.name = self.fields["Name"]
        self.uids = [int(word) for word in self.fields["Uid"].split()]  # real, effective, saved, of files
        self.tracer = int(self.fields["TracerPid"])
        self.over = self.fields["State"][0] in "ZX" and self.fields.get("Threads", "0") in "01"  # as in Stat


def fields(data: bytes) -> dict[str, str]:
    """Lines `name:<tab>value`. They end with a line feed only: of a process's name the kernel escapes nothing else."""
    lines = (line.partition(":\t") for line in text(data).split("\n"))
    return {name: value for name, found, value in lines if found}


def pids() -> list[int]:
    """Every process of this container."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def stat(pid: int | str) -> Stat:
    """A process as /proc/PID/stat has it; OSError once it has gone."""
    return Stat(content(f"/proc/{pid}/stat"))


def status(pid: int | str) -> Status:
    """A process as /proc/PID/status has it; OSError once it has gone."""
    return Status(content(f"/proc/{pid}/status"))


def stats(listed: "Iterable[int] | None" = None) -> "Iterator[Stat]":
    """Every process (of those listed before) that hasn't gone before it could be looked at."""
    for pid in pids() if listed is None else listed:
        try:
            yield stat(pid)
        except OSError:
            continue


def statuses() -> "Iterator[tuple[int, Status]]":
    """Every process that hasn't gone before it could be looked at, with its pid."""
    for pid in pids():
        try:
            yield pid, status(pid)
        except OSError:
            continue


def of_user(uid: int) -> "Iterator[int]":
    """The processes of a user. (The owner of /proc/PID is root where a process has made itself undumpable.)"""
    return (pid for pid, status in statuses() if uid in status.uids)


def threads(pid: int) -> "Iterator[tuple[str, str]]":
    """The state of each thread of a process, a letter, and where in the kernel it sleeps; none once it has gone."""
    try:
        tids = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return
    for tid in tids:
        try:
            folder = f"/proc/{pid}/task/{tid}"
            yield Stat(content(f"{folder}/stat")).state, text(content(f"{folder}/wchan"))
        except OSError:
            continue


def tracer_sleeps(pid: int) -> bool:
    """Whether whoever traces a process has nothing to do: what stands still then was stopped by a signal, for good."""
    try:
        tracer = status(pid).tracer
        return bool(tracer) and stat(tracer).state == "S"
    except OSError:
        return False


def times_run(pid: int) -> int:
    """How often threads of the process have left a processor: it rises with every run. OSError when one has ended."""
    found = (fields(content(f"/proc/{pid}/task/{tid}/status")) for tid in os.listdir(f"/proc/{pid}/task"))
    return sum(int(said["voluntary_ctxt_switches"]) + int(said["nonvoluntary_ctxt_switches"]) for said in found)


def command(pid: int, most: int = COMMAND_BYTES) -> list[bytes]:
    """The beginning of a process's command line; [b""] once it has gone."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read(most).split(b"\0")
    except OSError:
        return [b""]
