"""A long recording, made up in strace's words: what `views` measures with.

Children send messages to their parent through a pipe and write every tenth into a file, one child after the other.
Pure.
"""

from __future__ import annotations

import json
import math

CHILDREN = 20
PARENT = 8
FIRST = 1_795_400_000_000_000_000  # nanoseconds since the epoch
START = {
    "v": 1,
    "box": "lab-1",
    "argv": ["python3", "busy.py"],
    "cwd": "/work",
    "pid": PARENT,
    "ppid": 7,
    "pgid": PARENT,
    "sid": PARENT,
    "uid": 1000,
    "fds": [],
}
CHILD_EVENTS = 9  # of one child, besides its messages
MESSAGE_EVENTS = 3.3  # of one message: block, write, read; every tenth has a file's open, write, close
MARKERS = 5_000  # in one process, as in real recordings
SOURCE = ["pass"] * 9 + [
    "os.pipe()",
    "os.fork()",
    "os.close(end)",
    "os.read(pipe, 8192)",
    "os.write(pipe, text)",
    "os.open(name, flags)",
    "os.write(file, text)",
    "os.waitpid(child, 0)",
]


class Busy:
    """A recording of so many events or a few more. Calls take a microsecond; a read waits for its write."""

    def __init__(self, events: int, children: int = CHILDREN) -> None:
        messages = math.ceil((events - children * CHILD_EVENTS) / MESSAGE_EVENTS)
        self.now = FIRST
        self.logs: dict[int, list[str]] = {PARENT: []}
        self.lines: dict[int, int] = {}
        self.markers: dict[int, int] = {}
        self.call(PARENT, 'execve("/usr/bin/python3", ["python3", "busy.py"], 0x7ffc0 /* 9 vars */)', 0)
        for number in range(children):
            share = messages // children + (number < messages % children)
            self.child(PARENT + 1 + number, share)
        self.over(PARENT)

    def call(self, tid: int, text: str, result: int | str, line: int = 0, lasts: int = 1000) -> None:
        if line and self.lines.get(tid) != line and self.markers.setdefault(tid, 0) < MARKERS:
            self.markers[tid] += 1
            self.lines[tid] = line
            marker = f"L {line} {SOURCE[line - 1].partition('(')[0]} busy.py"
            self.call(tid, f'write(-1, "{marker}", {len(marker)})', "-1 EBADF (Bad file descriptor)")
        self.now += 2000
        when = f"{self.now // 10**9}.{self.now % 10**9:09}"
        self.logs.setdefault(tid, []).append(f"{when} {text} = {result} <{lasts / 1e9:.9f}>")

    def line(self, tid: int, text: str) -> None:
        self.now += 2000
        self.logs[tid].append(f"{self.now // 10**9}.{self.now % 10**9:09} {text}")

    def over(self, tid: int) -> None:
        self.line(tid, "exit_group(0) = ?")
        self.line(tid, "+++ exited with 0 +++")

    def child(self, pid: int, messages: int) -> None:
        """One child's life: its messages, its end, and that its parent learns of it."""
        self.call(PARENT, "pipe2([3, 4], O_CLOEXEC)", 0, 10)
        self.call(
            PARENT,
            "clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, "
            "child_tidptr=0x7fb17ef55a50)",
            pid,
            11,
        )
        self.call(pid, "close(3)", 0, 12)
        self.call(PARENT, "close(4)", 0, 12)
        for number in range(messages):
            text = f"message {number}"
            self.call(PARENT, f'read(3, "{text}", 8192)', len(text), 13, 5000)  # the write comes meanwhile
            self.call(pid, f'write(4, "{text}", {len(text)})', len(text), 14)
            self.now += 4000
            if number % 10 == 0:
                self.call(pid, 'openat(AT_FDCWD, "/work/log.txt", O_WRONLY|O_CREAT|O_APPEND|O_CLOEXEC, 0666)', 3, 15)
                self.call(pid, f'write(3, "{text}", {len(text)})', len(text), 16)
                self.call(pid, "close(3)", 0, 12)
        self.over(pid)
        self.call(PARENT, 'read(3, "", 8192)', 0, 13)
        self.line(
            PARENT,
            f"--- SIGCHLD {{si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid={pid}, si_uid=1000, "
            "si_status=0, si_utime=0, si_stime=0} ---",
        )
        self.call(PARENT, "close(3)", 0, 12)
        self.call(PARENT, f"wait4({pid}, [{{WIFEXITED(s) && WEXITSTATUS(s) == 0}}], 0, NULL)", pid, 17)

    def files(self) -> dict[str, str]:
        """The recording, by file name."""
        logs = {f"lab-1/1/t.{tid}": "\n".join(lines) + "\n" for tid, lines in self.logs.items()}
        source = {"busy.py": {"path": "/lab/run/busy.py", "text": "\n".join(SOURCE)}}
        return {"lab-1/1/start.json": json.dumps(START), "lab-1/files.json": json.dumps(source), **logs}
