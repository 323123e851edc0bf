"""The stage: programs under observation, and the steps that act on them.

Theory of operation. One thread. Every program runs in a session of its own (setsid(2)); its output comes through
one pipe or pseudo-terminal. `pump` is the only place that waits: select(2) over all outputs. Each step is a method;
it reports facts through `emit` and returns the names it learnt. A step that sees nothing by its deadline reports
that too (`overdue`) and raises Overdue; it draws no conclusion.
"""

import contextlib
import fcntl
import json
import os
import pty
import re
import selectors
import shlex
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from script import Names, Step, fill, pattern

Emit = Callable[[dict[str, Any]], None]
DEADLINE_S = 10.0
PANEL_S = 5.0
LOOK_AGAIN_S = 0.02
SETTLE_S = 2.0
LINE_BYTES = 4096
OUTPUT_LINES = 20_000
DEMOS = "/lab/demos"


class Overdue(Exception):
    """What a step waited for did not come by its deadline."""


@dataclass
class Program:
    """A started program and what it has printed so far."""

    name: str
    process: subprocess.Popen[bytes]
    out: int
    into: int
    tty: bool
    lines: list[str] = field(default_factory=list)
    partial: bytes = b""
    cursor: int = 0
    open: bool = True


class Stage:
    """Programs by name, and one method for each kind of step."""

    def __init__(self, emit: Emit, demos: str = DEMOS) -> None:
        self.emit = emit
        self.demos = demos
        self.launcher = launcher()  # what a program is started with: a recorder that becomes the program
        self.programs: dict[str, Program] = {}
        self.sessions: set[int] = set()
        self.selector = selectors.DefaultSelector()

    def play(self, step: Step, names: Names) -> Names:
        """Plays one step and returns the names that it learnt; raises Overdue."""
        return getattr(self, "do_" + step["do"])(step, names) or {}

    # steps

    def do_start(self, step: Step, names: Names) -> Names:
        """Starts a program in a session of its own; its pid becomes a name."""
        name = step.get("as", "demo")
        argv = [
            "python",
            f"{self.demos}/{step['program']}.py",
            *(fill(arg, names) for arg in step.get("args", [])),
        ]
        env = os.environ | {key: fill(value, names) for key, value in step.get("env", {}).items()}
        program = _spawn(name, [*self.launcher, *argv], env, step.get("tty", False))
        self.programs[name] = program
        self.sessions.add(program.process.pid)
        self.selector.register(program.out, selectors.EVENT_READ, program)
        self.emit({"fact": "start", "as": name, "pid": program.process.pid, "argv": argv})
        return {name: str(program.process.pid)}

    def do_wait(self, step: Step, names: Names) -> Names:
        """Waits for so many lines that match; the groups of the last one become names."""
        program, wanted = self._of(step), pattern(step["line"], names)
        left, found = step.get("times", 1), {}
        deadline = _deadline(step)
        while left:
            match = self._next_match(program, wanted)
            if match:
                left, found = left - 1, found | {k: v for k, v in match.groupdict().items() if v is not None}
            elif not program.open or time.monotonic() >= deadline:
                self._overdue(step, program, wanted.pattern)
            else:
                self.pump(deadline)
        if found:
            self.emit({"fact": "names", "names": found})
        return found

    def do_send(self, step: Step, names: Names) -> None:
        """Writes a line to a program's standard input."""
        program, line = self._of(step), fill(step["line"], names)
        self.emit({"fact": "sent", "of": program.name, "line": line})
        with contextlib.suppress(BrokenPipeError):
            os.write(program.into, line.encode() + b"\n")

    def do_end(self, step: Step, names: Names) -> None:
        """End of input: closes the pipe, or types ^D on the terminal."""
        program = self._of(step)
        self.emit({"fact": "end", "of": program.name})
        if program.tty:
            os.write(program.into, b"\x04")
        else:
            program.process.stdin.close()  # type: ignore[union-attr]

    def do_signal(self, step: Step, names: Names) -> None:
        """kill(2)."""
        number = signal.Signals["SIG" + step["signal"]]
        pid = int(fill(step["to"], names)) if "to" in step else self._of(step).process.pid
        fact = {"fact": "signal", "signal": step["signal"], "pid": pid}
        self._settle(pid)
        try:
            os.kill(pid, number)
        except OSError as error:
            fact["error"] = error.strerror
        self.emit(fact)

    def _settle(self, pid: int) -> None:
        """Waits, not for ever, until a program no longer runs: it has printed its line and goes to sleep in read(2).

        A signal between its last look and that sleep would wake nobody: Python's handlers run between bytecodes.
        """
        deadline = time.monotonic() + SETTLE_S
        while _state(pid) == b"R" and time.monotonic() < deadline:
            self.pump(min(deadline, time.monotonic() + LOOK_AGAIN_S))

    def do_panel(self, step: Step, names: Names) -> None:
        """Runs a looking tool until it shows what the step says that can be seen, and shows it once."""
        run = step["run"]
        argv = [fill(word, names) for word in (shlex.split(run) if isinstance(run, str) else run)]
        see = [pattern(text, names) for text in step.get("see", [])]
        never = [pattern(text, names) for text in step.get("never", [])]
        deadline = _deadline(step)
        while True:
            code, text = _look(argv)
            meant = _untraced(text) if self.launcher else text
            seen = all(p.search(meant) for p in see) and not any(p.search(meant) for p in never)
            if seen or time.monotonic() >= deadline:
                break
            self.pump(min(deadline, time.monotonic() + LOOK_AGAIN_S))
        self.drain()
        self.emit({"fact": "panel", "run": shlex.join(argv) if isinstance(run, str) else argv[-1],
                   "code": code, "text": text})  # fmt: skip
        if not seen:
            self._overdue(step, None, " and ".join(p.pattern for p in see) + (" without " if never else "")
                          + " or ".join(p.pattern for p in never))  # fmt: skip

    def do_expect(self, step: Step, names: Names) -> None:
        """Waits until a program has ended, and reports how; its output up to then has been read."""
        program, deadline = self._of(step), _deadline(step)
        watch = os.pidfd_open(program.process.pid) if program.process.returncode is None else None
        if watch is not None:
            self.selector.register(watch, selectors.EVENT_READ, None)
            try:
                while program.process.poll() is None:
                    if time.monotonic() >= deadline:
                        self._overdue(step, program, "its end")
                    self.pump(deadline)
            finally:
                self.selector.unregister(watch)
                os.close(watch)
        self.drain()
        self.emit({"fact": "exit", "of": program.name, **_status(program.process.returncode)})

    def do_show(self, step: Step, names: Names) -> None:
        """Reports how many lines of a program's output so far match."""
        program, wanted = self._of(step), pattern(step["line"], names)
        self.drain()
        found = [line for line in program.lines if wanted.search(line)]
        fact = {"fact": "count", "of": program.name, "line": wanted.pattern, "count": len(found)}
        self.emit(fact | {"first": found[0] if found else None})

    # output

    def pump(self, deadline: float) -> None:
        """Waits for output until the deadline and takes in what comes first."""
        for key, _ in self.selector.select(max(0.0, deadline - time.monotonic())):
            if key.data is not None:
                self._read(key.data)

    def drain(self) -> None:
        """Takes in all output that is there already."""
        while any(key.data is not None for key, _ in self.selector.select(0)):
            self.pump(time.monotonic())

    def _read(self, program: Program) -> None:
        try:
            data = os.read(program.out, 65536)
        except OSError:  # EIO: the last holder of the pseudo-terminal's other side has closed it, pty(7)
            data = b""
        if not data:
            self.selector.unregister(program.out)
            program.open = False
            if program.partial:
                self._line(program, program.partial)
                program.partial = b""
            return
        *complete, program.partial = (program.partial + data).split(b"\n")
        for line in complete:
            self._line(program, line)
        if len(program.partial) > LINE_BYTES:
            self._line(program, program.partial)
            program.partial = b""

    def _line(self, program: Program, data: bytes) -> None:
        text = data[:LINE_BYTES].decode(errors="replace").rstrip("\r")
        if len(program.lines) < OUTPUT_LINES:
            program.lines.append(text)
            self.emit({"fact": "line", "of": program.name, "text": text})
        elif len(program.lines) == OUTPUT_LINES:
            program.lines.append("")
            self.emit({"fact": "cut", "of": program.name, "lines": OUTPUT_LINES})

    def _next_match(self, program: Program, wanted: Any) -> Any:
        while program.cursor < len(program.lines):
            line = program.lines[program.cursor]
            program.cursor += 1
            if match := wanted.search(line):
                return match
        return None

    def _of(self, step: Step) -> Program:
        return self.programs[step.get("of", "demo")]

    def _overdue(self, step: Step, program: Program | None, wanted: str) -> None:
        self.emit({"fact": "overdue", "do": step["do"], "of": program.name if program else None, "wanted": wanted})
        raise Overdue(wanted)

    # the end

    def clear(self) -> None:
        """Ends what still runs in the programs' sessions, and says which programs had to be ended."""
        for program in self.programs.values():
            if program.process.poll() is None:
                self.emit({"fact": "killed", "of": program.name, "pid": program.process.pid})
        for pid in _members(self.sessions):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for program in self.programs.values():
            program.process.wait()
            if program.open:
                with contextlib.suppress(KeyError):  # ^C came between its start and its registration
                    self.selector.unregister(program.out)
            _close(program)
        self.programs.clear()
        self.sessions.clear()


def launcher() -> list[str]:
    """What the recorder wants each program to be started with; nothing when nobody records."""
    return json.loads(os.environ.get("PROCLAB_RECORD", "[]"))


def _deadline(step: Step) -> float:
    return time.monotonic() + float(step.get("timeout", DEADLINE_S))


def _status(returncode: int) -> dict[str, Any]:
    if returncode < 0:
        known = {s.value: s.name.removeprefix("SIG") for s in signal.Signals}  # a real-time signal may have no name
        return {"signal": known.get(-returncode, f"RTMIN+{-returncode - signal.SIGRTMIN}")}
    return {"exit": returncode}


def _spawn(name: str, argv: list[str], env: dict[str, str], tty: bool) -> Program:
    if not tty:
        process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   env=env, start_new_session=True, bufsize=0)  # fmt: skip
        return Program(name, process, process.stdout.fileno(), process.stdin.fileno(), False)  # type: ignore[union-attr]
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    process = subprocess.Popen(argv, preexec_fn=lambda: os.login_tty(theirs), pass_fds=(theirs,), env=env)
    os.close(theirs)
    return Program(name, process, ours, ours, True)


def _close(program: Program) -> None:
    if program.tty:
        os.close(program.out)
        return
    for stream in (program.process.stdin, program.process.stdout):
        with contextlib.suppress(OSError):
            stream.close()  # type: ignore[union-attr]


def _look(argv: list[str]) -> tuple[int, str]:
    """A tool's exit code and what it prints; a tool that is missing or hangs is told as text."""
    env = os.environ | {"COLUMNS": "110", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=PANEL_S, env=env, check=False)  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return 127, f"{argv[0]}: {error}"
    return done.returncode, done.stdout.decode(errors="replace").rstrip("\n")


def _untraced(text: str) -> str:
    """What ps and /proc would say without a tracer: a stopped process that is traced has state t, not T."""
    return re.sub(r"(?m)(?<=\s)t(?=[sl+]*(?:\s|$))", "T", text.replace("t (tracing stop)", "T (stopped)"))


def _state(pid: int) -> bytes:
    """The state letter of /proc/PID/stat, proc_pid_stat(5); nothing for a process that is not there."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0]
    except OSError:
        return b""


def _members(sessions: set[int]) -> list[int]:
    """The processes of these sessions (/proc/PID/stat field 6, proc_pid_stat(5)); one that ends meanwhile is none."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        with contextlib.suppress(OSError), open(f"/proc/{entry}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
            if int(fields[3]) in sessions:
                found.append(int(entry))
    return found
