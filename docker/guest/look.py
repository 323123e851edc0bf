"""Samples /proc: what runs in this container right now, one JSON object a line. Facts only; the host draws and names.

    look.py [--hz 5] [--count 1] [--box NAME]

Runs as the uid of what it looks at (another uid, even root without capabilities, may not read descriptors). Looking
changes nothing: links are read and followed by stat(2), no descriptor, pipe or FIFO of another process is ever opened.
A process that ends under our eyes is left out. Ends after `count` samples (0: never), or when its input is closed:
that is how the host lets it go, killing a `docker exec` doesn't reach what it runs.
"""

import argparse
import contextlib
import json
import os
import platform
import select
import socket
import stat
import struct
import sys
import time
from collections.abc import Iterator
from typing import Any

import proc
from proc import content, text

Fact = dict[str, Any]
GONE = (FileNotFoundError, ProcessLookupError)
VERSION = 1
MASKS = {"SigPnd": "pending", "ShdPnd": "shared", "SigBlk": "blocked", "SigIgn": "ignored", "SigCgt": "caught"}
CMDLINE_MAX = 2000
TABLES_S = 1.0

# sock_diag(7): no file of /proc holds which Unix socket is whose peer
NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST_DUMP, NLMSG_DONE = 4, 20, 0x301, 3
UDIAG_SHOW_PEER, UNIX_DIAG_PEER, ANY = 4, 2, 0xFFFFFFFF


# ---------------------------------------------------------------- processes


def thread(folder: str, tid: str) -> Fact:
    """A thread: name, state, signal masks, where in the kernel it waits."""
    here = f"{folder}/task/{tid}"
    status = proc.fields(content(f"{here}/status"))
    fact: Fact = {"tid": int(tid), "name": status["Name"], "state": status["State"][0]}
    fact |= {word: int(status[name], 16) for name, word in MASKS.items() if name in status}
    if "voluntary_ctxt_switches" in status:  # it has not run between two samples if this is the same in both
        fact["switches"] = int(status["voluntary_ctxt_switches"]) + int(status["nonvoluntary_ctxt_switches"])
    if tracer := int(status.get("TracerPid", 0)):
        fact["tracer"] = tracer
    if fact["state"] not in "ZX":
        fact |= standing(here)
    return fact


def standing(here: str) -> Fact:
    """The system call that a thread is in, with its arguments; only where the kernel waits, if that may not be read."""
    try:
        words = content(f"{here}/syscall").split()
    except PermissionError:  # PTRACE_MODE_ATTACH: Yama refuses it for what is no child of ours
        words = []
    except OSError:
        return {}
    if words and words[0].lstrip(b"-").isdigit():
        return {"syscall": [int(word, 0) for word in words[:7]]}
    if words:
        return {}
    try:
        return {"wchan": text(content(f"{here}/wchan"))}
    except OSError:
        return {}


@contextlib.contextmanager
def directory(path: str) -> Iterator[int]:
    """A directory of /proc, open: by its descriptor a name in it costs a tenth of what it does by path (measured).

    The kernel then neither looks /proc/PID up nor asks for our permission, name by name.
    """
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)


def descriptor(links: int, infos: int, fd: str) -> Fact:
    """One descriptor of a process, whose directories fd and fdinfo are these: what it leads to, how it was opened."""
    link = os.readlink(fd, dir_fd=links)
    fact: Fact = {"fd": int(fd), "link": link.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")}
    info = proc.fields(content(fd, infos))
    fact |= {name: int(info[name], base) for name, base in (("flags", 8), ("pos", 10)) if name in info}
    if link.startswith("/"):
        try:
            found = os.stat(fd, dir_fd=links)  # follows the link into the process's own view, opens nothing
        except OSError:
            return fact
        fact |= {"type": stat.S_IFMT(found.st_mode), "ino": found.st_ino, "dev": found.st_dev}
    return fact


def descriptors(folder: str) -> list[Fact] | None:
    """The descriptor table; None where it may not be read."""
    found = []
    try:
        with directory(f"{folder}/fd") as links, directory(f"{folder}/fdinfo") as infos:
            for fd in sorted(os.listdir(links), key=int):
                with contextlib.suppress(*GONE, PermissionError):  # closed since
                    found.append(descriptor(links, infos, fd))
    except PermissionError:
        return None
    return found


def process(pid: int) -> Fact:
    """One process with its threads and descriptors."""
    folder = f"/proc/{pid}"
    stat = proc.stat(pid)
    fact: Fact = {"pid": stat.pid, "name": stat.name, "state": stat.state, "ppid": stat.ppid, "pgrp": stat.pgrp}
    fact |= {"session": stat.session, "start": stat.start} | ({"exit": stat.exit_code} if stat.state == "Z" else {})
    fact["argv"] = [text(word) for word in content(f"{folder}/cmdline")[:CMDLINE_MAX].split(b"\0")[:-1]]
    threads = []
    for tid in sorted(os.listdir(f"{folder}/task"), key=int):
        with contextlib.suppress(*GONE):
            threads.append(thread(folder, tid))
    fact["threads"] = threads
    fact["fds"] = None if fact["state"] in "ZX" else descriptors(folder)
    return fact


def processes(but: int) -> list[Fact]:
    """Every process of this container but the one with that pid."""
    found = []
    for pid in sorted(proc.pids()):
        with contextlib.suppress(*GONE):
            found += [process(pid)] if pid != but else []
    return found


# ---------------------------------------------------------------- sockets


def address(word: bytes) -> str:
    """An address of /proc/net/tcp: 32-bit words in the machine's byte order, then the port."""
    digits, _, port = word.partition(b":")
    raw = b"".join(int(digits[i : i + 8], 16).to_bytes(4, sys.byteorder) for i in range(0, len(digits), 8))
    if len(raw) == 4:
        return f"{socket.inet_ntop(socket.AF_INET, raw)}:{int(port, 16)}"
    if raw.startswith(b"\0" * 10 + b"\xff\xff"):  # IPv4 on an IPv6 socket: the other side sees IPv4
        return f"{socket.inet_ntop(socket.AF_INET, raw[12:])}:{int(port, 16)}"
    return f"[{socket.inet_ntop(socket.AF_INET6, raw)}]:{int(port, 16)}"


def internet(wanted: set[int]) -> list[Fact]:
    """TCP and UDP sockets of this network namespace, by inode; a table that can't hold one of ours isn't read.

    A TCP table costs the kernel milliseconds: it walks the hash of the whole machine.
    """
    found: list[Fact] = []
    for kind in ("udp", "tcp", "udp6", "tcp6"):
        if wanted <= {fact["ino"] for fact in found}:
            break
        try:
            lines = content(f"/proc/self/net/{kind}").splitlines()[1:]
        except OSError:
            continue
        for words in map(bytes.split, lines):
            if ino := int(words[9]):
                ends = {"local": address(words[1]), "remote": address(words[2])}
                found.append({"ino": ino, "kind": kind[:3], "state": int(words[3], 16), **ends})
    return found


def peers(answer: bytes) -> tuple[dict[int, int], bool]:
    """The pairs in one answer of sock_diag, and whether it was the last."""
    found: dict[int, int] = {}
    while len(answer) >= 16:
        length, kind = struct.unpack_from("=IH", answer)
        if kind != SOCK_DIAG_BY_FAMILY or length < 32:
            return found, True  # NLMSG_DONE, or an error
        (ino,) = struct.unpack_from("=I", answer, 20)
        at = 32
        while at + 4 <= length:
            size, attribute = struct.unpack_from("=HH", answer, at)
            if attribute == UNIX_DIAG_PEER and size >= 8:
                (found[ino],) = struct.unpack_from("=I", answer, at + 4)
            at += max(4, size + 3 & ~3)
        answer = answer[length + 3 & ~3 :]
    return found, False


def unix_peers() -> dict[int, int]:
    """Inode to inode of the connected Unix sockets; empty where the kernel doesn't tell."""
    found: dict[int, int] = {}
    header = (40, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST_DUMP, 1, 0)
    question = (socket.AF_UNIX, 0, 0, ANY, 0, UDIAG_SHOW_PEER, ANY, ANY)
    request = struct.pack("=IHHII BBHIIIII", *header, *question)
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as netlink:
            netlink.settimeout(0.5)
            netlink.sendto(request, (0, 0))
            done = False
            while not done:
                pairs, done = peers(netlink.recv(1 << 16))
                found |= pairs
    except OSError:
        pass
    return found


def unix() -> list[Fact]:
    """The Unix sockets of this network namespace."""
    peer = unix_peers()
    found = []
    for line in content("/proc/self/net/unix").splitlines()[1:]:
        words = line.split(None, 7)
        ino = int(words[6])
        fact: Fact = {"ino": ino, "type": int(words[4], 16), "state": int(words[5], 16)}
        fact["listens"] = bool(int(words[3], 16) & 0x10000)  # __SO_ACCEPTCON
        if len(words) > 7:
            fact["path"] = text(words[7])
        if ino in peer:
            fact["peer"] = peer[ino]
        found.append(fact)
    return found


# ---------------------------------------------------------------- samples


class Tables:
    """The kernel's tables of sockets, read once a second and when other sockets are held: reading them is costly."""

    def __init__(self) -> None:
        self.inodes: set[int] = set()
        self.at = 0.0
        self.facts: Fact = {}

    def read(self, procs: list[Fact]) -> Fact:
        """What they say of the sockets of these processes."""
        links = {fd["link"] for each in procs for fd in each["fds"] or () if fd["link"].startswith("socket:")}
        inodes = {int(link[8:-1]) for link in links}
        now = time.monotonic()
        if inodes != self.inodes or now - self.at >= TABLES_S:
            self.inodes, self.at = inodes, now
            known = unix() if inodes else []
            self.facts = {"unix": known, "inet": internet(inodes - {fact["ino"] for fact in known})}
        return self.facts


def sample(box: str, number: int, tables: Tables) -> Fact:
    """Everything, once."""
    fact: Fact = {"v": VERSION, "sample": number, "box": box, "t": time.time_ns(), "machine": platform.machine()}
    fact["procs"] = processes(os.getpid())
    return fact | tables.read(fact["procs"])


def let_go(seconds: float) -> bool:
    """Waits; whether our input was closed meanwhile."""
    deadline = time.monotonic() + seconds
    while True:  # once in any case: where a sample takes longer than a period nothing is left to wait, each time
        left = max(0.0, deadline - time.monotonic())
        ready, _, _ = select.select([0], [], [], left)
        if ready and not os.read(0, 1024):
            return True
        if not left:
            return False


def main(argv: list[str]) -> int:
    """Samples until it is enough."""
    parser = argparse.ArgumentParser(prog="look")
    parser.add_argument("--hz", type=float, default=5.0)
    parser.add_argument("--count", type=int, default=1, help="0: until the input is closed")
    parser.add_argument("--box", default=os.environ.get("PROCLAB_BOX", "box"))
    args = parser.parse_args(argv)
    number, tables = 0, Tables()
    while True:
        began = time.monotonic()
        line = json.dumps(sample(args.box, number, tables), separators=(",", ":"))
        try:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            return 0
        number += 1
        if number == args.count or let_go(began + 1 / args.hz - time.monotonic()):
            return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
