"""Every reader of bytes out of a container, as a function each: bytes in, all the text of them that a user may see."""

from __future__ import annotations

import io
import json
import re
import tarfile
import xml.etree.ElementTree as tree
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from proclab.engine import message
from proclab.grading.match import lines_match
from proclab.labs import complaints, performances
from proclab.labs.lab import parse as parse_lab
from proclab.live.live import Live
from proclab.live.look import heading, picture
from proclab.live.phrases import Phrases
from proclab.procfs.objects import Objects
from proclab.procfs.sample import parse as sample
from proclab.recording import archive
from proclab.strace import evidence, read_folder, stopped_at
from proclab.trace import outputs
from proclab.views.page import embedded
from tests.unit import recordings
from tests.unit.conducted import BOTH, FACTS, STEPS
from tests.unit.fuzzing import strings

RECORDED = ("yy-pass_fd", "yy-signals", "yy-sockets", "yy-exec_thread", "yy-thread_lock", "yy-fifo")
KEPT = 30  # lines of a log: the last, which are the program's own
DATA = re.compile(r'<script type="application/json" id="run">(.*?)</script>', re.DOTALL)
Read = Callable[[bytes], Iterator[str]]


@dataclass(frozen=True)
class Reader:
    """What is read, how it looks when nobody has spoiled it, and who reads it."""

    name: str
    seeds: Callable[[], Sequence[bytes]]
    read: Read
    calls: int = 50_000  # as much may be done for any input,
    each: int = 40  # and so much more for each of its bytes


# --- a recording ---


@cache
def files(name: str) -> dict[str, str]:
    """A real recording, its longest log cut down to its end."""
    found = {path: text for path, text in recordings.members(name).items() if not path.endswith("files.json")}
    cut = {path: "\n".join(text.split("\n")[-KEPT:]) for path, text in found.items()}
    sources = {"/lab/demos/p.py": {"path": "/lab/demos/p.py", "text": "import os\nos.fork()\n"}}
    return {**cut, "lab/files.json": json.dumps(sources)}


def member(ending: str) -> list[bytes]:
    """One file of each real recording."""
    return [
        text.encode("utf-8", "surrogateescape")
        for name in RECORDED
        for path, text in files(name).items()
        if path.endswith(ending)
    ][: len(RECORDED)]


def logs() -> list[bytes]:
    """The longest log of each real recording, with some markers."""
    marked = '1795434806.32 write(-1, "L 2 os.fork p.py", 16) = -1 EBADF (Bad file descriptor) <0.000009>\n'
    return [
        marked.encode() + max((text for path, text in files(name).items() if "/t." in path), key=len).encode()
        for name in RECORDED
    ]


def recording(path: str) -> Read:
    """The reader of one file of a recording, whose others are as they should be."""

    def read(data: bytes) -> Iterator[str]:
        texts = {**files("yy-fifo"), path: data.decode("utf-8", "surrogateescape")}
        events = read_folder(texts)
        return shown(outputs(events, "en", "fuzz", evidence(texts, events), stopped_at(texts)))

    return read


def shown(written: dict[str, str]) -> Iterator[str]:
    """What a user may see of a recording, line by line; raises where a file is not what its name says."""
    for name, text in written.items():
        text.encode("utf-8")
        if name == "run.html":
            (data,) = DATA.findall(text)
            yield from (text.replace("\t", " ") for text in strings(json.loads(data)))  # keys have tabs
        elif name == "run.svg":
            tree.fromstring(text)
        elif name == "run.trace.json":
            yield from strings(json.loads(text))
        elif name != "events.jsonl":
            yield from text.split("\n")
        if name != "run.html":
            yield from text.split("\n") if name != "run.svg" else re.split("[\n\t]", text)


# --- the others ---


def samples() -> list[bytes]:
    """Looks at two processes that a pipe connects, at sockets, at a zombie."""
    fds = [
        {"fd": 0, "link": "/dev/pts/0", "flags": 2},
        {"fd": 3, "link": "pipe:[12]", "flags": 0o2000000},
        {"fd": 4, "link": "/work/f", "flags": 2, "type": 0o010000, "ino": 5, "dev": 6},
        {"fd": 5, "link": "socket:[9]"},
    ]
    thread = {
        "tid": 7,
        "name": "py",
        "state": "S",
        "blocked": 512,
        "pending": 0,
        "shared": 0,
        "ignored": 4096,
        "caught": 2,
        "syscall": [0, 3, 0, 0, 0, 0, 0],
        "wchan": "pipe_read",
        "switches": 3,
    }
    one = {
        "pid": 7,
        "ppid": 1,
        "name": "py",
        "state": "S",
        "start": 5,
        "argv": ["python", "p.py"],
        "threads": [thread],
        "fds": fds,
    }
    threads = [{**thread, "tid": 8}, {**thread, "tid": 9, "syscall": [202, 64, 128]}]
    two = {**one, "pid": 8, "ppid": 7, "threads": threads, "fds": [{"fd": 4, "link": "pipe:[12]", "flags": 1}]}
    zombie = {"pid": 9, "ppid": 7, "name": "py", "state": "Z", "start": 6, "exit": 256}
    init = {"pid": 1, "ppid": 0, "name": "docker-init", "state": "S", "start": 1, "argv": ["/sbin/docker-init"]}
    whole = {
        "v": 1,
        "box": "lab",
        "t": 1795434806329209883,
        "machine": "x86_64",
        "procs": [init, one, two, zombie],
        "inet": [{"ino": 9, "kind": "tcp", "state": 10, "local": "127.0.0.1:5000", "remote": "0.0.0.0:0"}],
        "unix": [{"ino": 10, "path": "/work/s", "peer": 11, "listens": True}],
    }
    return [json.dumps(each).encode() for each in (whole, {**whole, "procs": [init, one]}, {**whole, "procs": []})]


def look(data: bytes) -> Iterator[str]:
    """The look, the live page, and what they notice, of a sample that comes after a good one and before itself."""
    first, found = sample(samples()[0].decode()), sample(data.decode("utf-8", "replace"))
    live = Live("fuzz")
    for each in (first, found, found):
        live.take(each)
    live.ended(found.box)
    objects = Objects()
    objects.look([first, found])
    for lang in ("en", "ru"):
        yield heading("fuzz", [found], lang)
        for brief in (False, True):
            yield from picture([first, found], Phrases(objects, lang), brief=brief)
    yield from (text.replace("\t", " ") for text in strings(json.loads(embedded(live.data()))))  # keys have tabs


def agent() -> list[bytes]:
    """Facts of the agent."""
    end = {
        "event": "exit",
        "id": 1,
        "code": None,
        "signal": 9,
        "timeout": None,
        "wall": 1,
        "user": 0.5,
        "system": 0.5,
        "max_rss": 1,
        "taken": 0,
        "streams": {"stdout": {"cut": 3, "tail": "abc"}},
    }
    left = {"pid": 1, "ppid": 1, "state": "S", "command": "x"}
    closed = {
        "event": "closed",
        "leftovers": [left],
        "leftover_count": 1,
        "litter": ["/tmp/a"],
        "doubts": ["a mount"],
        "oom_kills": 0,
        "pids_hits": 0,
    }
    rest = [
        {"event": "opened", "cwd": "/work/1"},
        {"event": "started", "id": 1, "pid": 7},
        {"event": "failed", "id": 1, "errno": "ENOENT", "text": "no such file"},
        {"event": "output", "id": 1, "stream": "stdout", "data": "a\n"},
    ]
    return [json.dumps(each).encode() for each in (end, closed, *rest)]


def conductor() -> list[bytes]:
    """The conductor's facts of a scene that showed what it should."""
    return ["\n".join(map(json.dumps, FACTS)).encode()]


def scene(data: bytes) -> Iterator[str]:
    """The facts held against their script."""
    demo = {"name": "fork", "title": BOTH, "scene": [{"step": STEPS}]}
    table = {"title": BOTH, "services": ["lab"], "demo": [demo]}
    found = complaints(parse_lab(table, Path("1-x")), performances(data.decode("utf-8", "replace")))
    for complaint in found:
        yield from complaint.split("\n")


def matched(data: bytes) -> Iterator[str]:
    """A program's lines held against patterns."""
    report = lines_match(data.decode("utf-8", "replace"), ["ready", {"a", "b"}, "bye"], never=["Traceback"])
    yield from str(report).replace("\t", " ").split("\n")


def packed() -> list[bytes]:
    """A recording's archive, and one with everything that has no place there."""
    found = []
    for extra in (False, True):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for name in ("lab/1/start.json", "lab/1/t.11", "lab/end.json"):
                info = tarfile.TarInfo(name)
                info.size = 700
                tar.addfile(info, io.BytesIO(b"x" * 700))
            for number, kind in enumerate((tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.BLKTYPE) if extra else ()):
                info = tarfile.TarInfo(f"lab/1/t.1{number}\x1b\u202e")
                info.type, info.linkname = kind, "/etc/passwd"
                tar.addfile(info)
        found.append(buffer.getvalue())
    return found


def unpacked(data: bytes) -> Iterator[str]:
    for found in archive.members(io.BytesIO(data), "lab"):
        yield found.name
        assert isinstance(found, archive.Refused) or archive.most_bytes(found.name) >= len(found.data)


def told(data: bytes) -> Iterator[str]:
    """A fact of the agent, and what an outcome keeps of it."""
    found = message(data.decode("utf-8", "replace"))
    if found["event"] == "closed":
        yield from (*found["litter"], *found["doubts"])
        yield from (f"{left['state']} {left['command']}" for left in found["leftovers"])
    elif found["event"] == "failed":
        yield from (found["errno"], found["text"])


READERS = (
    Reader("logs", logs, recording("lab/1/t.10"), calls=1_500_000, each=400),
    Reader("start", lambda: member("start.json"), recording("lab/1/start.json"), calls=1_500_000),
    Reader("files", lambda: member("files.json"), recording("lab/files.json"), calls=1_500_000),
    Reader("end", lambda: member("end.json"), recording("lab/end.json"), calls=1_500_000),
    Reader("samples", samples, look, calls=1_500_000, each=400),
    Reader("facts", agent, told),
    Reader("conductor", conductor, scene),
    Reader("match", lambda: [b"ready\nb\na\nbye\n"], matched),
    Reader("tar", packed, unpacked),
)
