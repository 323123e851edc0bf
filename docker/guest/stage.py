"""The stage: programs under observation, and the steps that act on them.

Theory of operation. There is one thread. Every program runs in a session of its own (setsid(2)); its output comes
through one pipe or pseudo-terminal. `pump` is the only place that waits: select(2) over all outputs. Each step is a
method, which reports facts through `emit` and returns the names that it learnt. A step that sees nothing by its
deadline reports that too (`overdue`) and raises Overdue; it draws no conclusion.
"""

import contextlib
import json
import os
import re
import selectors
import shlex
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import child
import proc
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
    """A program of a guided run, and what it has printed so far. (The agent's is program.Program.)"""

    name: str
    pid: int
    out: int
    into: int
    tty: bool
    code: int | None = None  # its exit code, or the signal that killed it, negative
    lines: list[str] = field(default_factory=list)
    partial: bytes = b""
    cursor: int = 0
    open: bool = True

    def ended(self, options: int = os.WNOHANG) -> bool:
        """Whether it has ended (without WNOHANG: once it has)."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, options)
            self.code = os.waitstatus_to_exitcode(status) if pid else None
        return self.code is not None

    def close_input(self) -> None:
        """End of input, once; what is written afterwards fails."""
        if self.into >= 0:
            os.close(self.into)
        self.into = -1

    def close(self) -> None:
        """Our ends of its streams."""
        for fd in {self.out, self.into} - {-1}:
            os.close(fd)


def interrupted(number: int, frame: object) -> None:
    """^C, once: it may come twice (from the terminal, and passed on), and must not break off the cleaning up."""
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


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
        """Plays one step and returns the names that it learnt; raises Overdue, also where the system refuses it."""
        try:
            return getattr(self, "do_" + step["do"])(step, names) or {}
        except ConnectionError:  # whoever the facts go to has gone
            raise
        except OSError as error:  # a line for a program whose input has ended, no process left to fork
            self._overdue(step, "system", None, [error.strerror or str(error)])
            raise

    # steps

    def do_start(self, step: Step, names: Names) -> Names:
        """Starts a program in a session of its own; its pid becomes a name."""
        name = step.get("as", "demo")
        argv = ["python", f"{self.demos}/{step['program']}.py", *(fill(arg, names) for arg in step.get("args", []))]
        env = os.environ | {key: fill(value, names) for key, value in step.get("env", {}).items()}
        program = _spawn(name, [*self.launcher, *argv], env, step.get("tty", False))
        self.programs[name] = program
        self.sessions.add(program.pid)
        self.selector.register(program.out, selectors.EVENT_READ, program)
        self.emit({"fact": "start", "as": name, "pid": program.pid, "argv": argv})
        return {name: str(program.pid)}

    def do_wait(self, step: Step, names: Names) -> Names:
        """Waits for so many lines that match; the groups of the last one become names."""
        program, wanted = self._of(step), pattern(step["line"], names)
        left, found = step.get("times", 1), {}
        deadline = _deadline(step)
        while left:
            if match := self._next_match(program, wanted):
                left, found = left - 1, found | {k: v for k, v in match.groupdict().items() if v is not None}
            elif not program.open or time.monotonic() >= deadline:
                self._overdue(step, "line", program, [wanted.pattern])
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
            program.close_input()

    def do_signal(self, step: Step, names: Names) -> None:
        """kill(2)."""
        number = signal.Signals["SIG" + step["signal"]]
        pid = int(fill(step["to"], names)) if "to" in step else self._of(step).pid
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
        while _runs(pid) and time.monotonic() < deadline:
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
        shown = shlex.join(argv) if isinstance(run, str) else argv[-1]
        self.emit({"fact": "panel", "run": shown, "code": code, "text": text})
        if not seen:
            self._overdue(step, "panel", None, [p.pattern for p in see], never=[p.pattern for p in never])

    def do_expect(self, step: Step, names: Names) -> None:
        """Waits until a program has ended, and reports how; its output up to then has been read."""
        program, deadline = self._of(step), _deadline(step)
        if program.code is None:
            watch = os.pidfd_open(program.pid)
            self.selector.register(watch, selectors.EVENT_READ, None)
            try:
                while not program.ended():
                    if time.monotonic() >= deadline:
                        self._overdue(step, "end", program)
                    self.pump(deadline)
            finally:
                self.selector.unregister(watch)
                os.close(watch)
        self.drain()
        self.emit({"fact": "exit", "of": program.name, **_status(program.code)})

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
        *complete, program.partial = (program.partial + data).split(b"\n")
        for line in complete:
            self._line(program, line)
        if program.partial and (not program.open or len(program.partial) > LINE_BYTES):
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

    def _overdue(
        self, step: Step, lack: str, program: Program | None, wanted: Sequence[str] = (), **more: list[str]
    ) -> None:
        of = program.name if program else None
        self.emit({"fact": "overdue", "do": step["do"], "of": of, "lack": lack, "wanted": list(wanted), **more})
        raise Overdue(lack)

    # the end

    def clear(self) -> None:
        """Ends what still runs in the programs' sessions, and says which programs had to be ended."""
        for program in self.programs.values():
            if not program.ended():
                self.emit({"fact": "killed", "of": program.name, "pid": program.pid})
        started = {
            program.pid for program in self.programs.values() if program.code is None
        }  # in a session, or not yet
        for pid in started | {stat.pid for stat in proc.stats() if stat.session in self.sessions}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for program in self.programs.values():
            program.ended(0)
            if program.open:
                with contextlib.suppress(KeyError):  # ^C came between its start and its registration
                    self.selector.unregister(program.out)
            program.close()
        self.programs.clear()
        self.sessions.clear()


def launcher() -> list[str]:
    """What the recorder wants each program to be started with; nothing when nobody records."""
    return json.loads(os.environ.get("PROCLAB_RECORD", "[]"))


def _deadline(step: Step) -> float:
    return time.monotonic() + float(step.get("timeout", DEADLINE_S))


def _status(code: int) -> dict[str, Any]:
    if code < 0:
        return {"signal": child.signal_name(-code).removeprefix("SIG")}
    return {"exit": code}


def _spawn(name: str, argv: list[str], env: dict[str, str], tty: bool) -> Program:
    if tty:
        ours, theirs = os.openpty()
        termios.tcsetwinsize(theirs, child.SIZE)
        pid = child.start(argv, env, lambda: os.login_tty(theirs))
        os.close(theirs)
        return Program(name, pid, ours, ours, True)
    (stdin, into), (out, stdout) = os.pipe(), os.pipe()
    pid = child.start(argv, env, lambda: _streams(stdin, stdout))
    os.close(stdin)
    os.close(stdout)
    return Program(name, pid, out, into, False)


def _streams(stdin: int, stdout: int) -> None:
    """In the child: a session of its own; standard output and error are one stream, as on a terminal."""
    os.setsid()
    for number, fd in enumerate((stdin, stdout, stdout)):
        os.dup2(fd, number)


def _look(argv: list[str]) -> tuple[int, str]:
    """A tool's exit code and what it prints; where it is missing or hangs, a text that says so."""
    env = os.environ | {"COLUMNS": "110", "LC_ALL": "C.UTF-8"}
    try:
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        done = subprocess.run(argv, env=env, timeout=PANEL_S, check=False, **pipes)
    except (OSError, subprocess.TimeoutExpired) as error:
        return 127, f"{argv[0]}: {error}"
    return done.returncode, done.stdout.decode(errors="replace").rstrip("\n")


def _untraced(text: str) -> str:
    """What ps and /proc would say without a tracer: a stopped process that is traced has state t, not T."""
    return re.sub(r"(?m)(?<=\s)t(?=[sl+]*(?:\s|$))", "T", text.replace("t (tracing stop)", "T (stopped)"))


def _runs(pid: int) -> bool:
    try:
        return proc.stat(pid).state == "R"
    except OSError:
        return False
