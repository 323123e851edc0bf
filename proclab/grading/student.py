"""The student's program of one task, ready to be run, and a program that runs while a check acts on it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Protocol

from proclab.engine import Aftermath, Limits, Outcome, Program, Run, Session
from proclab.grading.done import Done, Request
from proclab.grading.failure import CheckFailed
from proclab.grading.record import Verdict

WALL = 90.0  # seconds; reached only where the machine is so busy that neither other limit is
RUNS_OF_CPU = 4  # how many times a process's processor time all processes of a run may use together
OUTPUT = 1 << 20  # bytes of a stream
# Of a recorded process the recorder hears first: its parent can't reap it before the recorder has let go of it.
ZOMBIES = """while kill -0 $0; do
    [ $(grep -lszE "State:.Z.*PPid:.$0[^0-9].*TracerPid:.0" /proc/[0-9]*/status | wc -l) -lt $1 ] || exit 0
done
exit 1"""
Act = Callable[["Live"], object]
Files = Mapping[str, str | bytes]


class Place(Protocol):
    """Where programs of a submission run."""

    def session(self, place: str) -> Session:
        """The session in this place."""


class Live:
    """A program that is running."""

    def __init__(self, program: Program, run: Run, start: Callable[[], Program] | None = None) -> None:
        self.heard: dict[str, object] = {}  # whatever the check wants to remember
        self.done: Done | None = None  # once it has ended
        self._program = program
        self._run = run
        self._start = start
        self._later: Live | None = None

    @property
    def pid(self) -> int:
        return self._program.pid

    @property
    def over(self) -> Done:
        """Its run, once that is over."""
        assert self.done, "it still runs"
        return self.done

    def wait_for_line(self, pattern: str, seconds: float = WALL) -> re.Match[str] | None:
        """The next line of output in which the pattern is found; None when the program has ended without it."""
        return self._program.wait_for_line(pattern, seconds)

    def wait_until_quiet(self, seconds: float = 0.3) -> bool:
        """Wait until all of it sleeps, however busy the machine is; False when it has ended before."""
        return self._program.wait_until_quiet(seconds, WALL)

    def send(self, text: str | bytes) -> None:
        """Input. Returns at once."""
        self._program.send(text)

    def send_line(self, line: str = "") -> None:
        """A line of input."""
        self._program.send_line(line)

    def end_input(self) -> None:
        """End of input: end of file on a pipe, ^D on a terminal."""
        self._program.end_input()

    def signal(self, name: str, group: bool = False) -> None:
        """kill(2): "TERM" to the program, or to its process group."""
        self._program.signal(name, group)

    def wait_for_zombies(self, count: int) -> bool:
        """Waits until so many of its children have ended and are not reaped: no line of output can tell that.

        False when the program has ended without it.
        """
        return self._run.look("sh", "-c", ZOMBIES, str(self.pid), str(count)).exit_code == 0

    def again(self) -> Live:
        """The same once more, unrecorded, when this one has ended: in the same run, so with all that it has left."""
        assert self._start, "only a student's program is started again"
        self._program.wait()
        self._later = Live(self._start(), self._run)
        return self._later

    def wait(self) -> Outcome:
        """The outcome, once nothing runs any more that was started here."""
        if self._later:
            self._later.wait()
        return self._program.wait()


class Runs:
    """The runs of one submission, and which of them is judged now."""

    def __init__(self) -> None:
        self.done: dict[object, Done] = {}
        self.last: Done | None = None

    def judged(self, done: Done) -> Done:
        """A check is about to ask this run."""
        self.last = done
        return done


class Student:
    """Calls run the program; equal calls are one run."""

    def __init__(self, ground: Place, main: str, files: Files, place: str, runs: Runs) -> None:
        self.main = main
        self._ground = ground
        self._files = files
        self._place = place
        self._runs = runs

    def __call__(self, *args: str, live: Act | None = None, **more: object) -> Done:
        """Runs `python main args…`, recorded, and returns when it is over. See Request for what else can be said."""
        request = self._request(args, f"{live.__module__}.{live.__qualname__}" if live else "", more)
        key = (self.main, self._place, request)
        if key not in self._runs.done:
            self._runs.done[key] = self._run(request, live)
        return self._runs.judged(self._runs.done[key])

    def _request(self, args: tuple[str, ...], live: str, more: Mapping[str, object]) -> Request:
        if self.main not in self._files:
            raise CheckFailed(Verdict.MISSING, "missing", file=self.main)
        values = dict(more)
        for name in ("files", "env"):
            if isinstance(found := values.get(name), Mapping):
                values[name] = tuple(sorted(found.items()))
        if isinstance(text := values.get("stdin"), str):
            values["stdin"] = text.encode()
        return Request((self.main, *args), live=live, **values)  # type: ignore[arg-type]

    def _run(self, request: Request, live: Act | None, lines: bool = False) -> Done:
        again = None if lines else partial(self._run, request, live, True)
        if live is None:
            outcome = self._ground.session(self._place).run(
                "python3", *request.argv, stdin=request.stdin, files={**self._files, **dict(request.files)},
                tty=request.tty, limits=limits(request), env=dict(request.env), record=request.plan, lines=lines,
                take=request.take,
            )  # fmt: skip
            return Done(request, outcome, again=again)
        with self._open(request, lines) as program:
            live(program)
        assert program.done is not None
        return replace(program.done, again=again)

    @contextmanager
    def running(self, *args: str, **more: object) -> Iterator[Live]:
        """The program while it runs; `done` of what this yields is there afterwards."""
        with self._open(self._request(args, "running", more)) as program:
            yield program
        if program.done:
            self._runs.judged(program.done)

    @contextmanager
    def _open(self, request: Request, lines: bool = False) -> Iterator[Live]:
        session = self._ground.session(self._place)
        with session.open({**self._files, **dict(request.files)}, take=request.take) as run:
            start = partial(
                run.start, "python3", *request.argv, tty=request.tty, limits=limits(request), env=dict(request.env)
            )
            program = start(record=request.plan, lines=lines)
            if request.stdin:
                program.send(request.stdin)
            live = Live(program, run, start)
            yield live
            outcome = live.wait()
        live.done = Done(request, joined(outcome, run.after), live.heard)


def joined(outcome: Outcome, after: Aftermath) -> Outcome:
    """An outcome with what the run's end has shown."""
    return replace(outcome, after=after, oom_kills=after.oom_kills, pids_hits=after.pids_hits)


def limits(request: Request) -> Limits:
    """What a run may use, as the agent wants it."""
    used = float(RUNS_OF_CPU * request.cpu)
    return Limits(WALL, idle=request.wait, quiet=request.quiet, used=used, cpu=request.cpu, output=OUTPUT)


class Ours:
    """Our own counterparts of a lab's programs: they run, unrecorded, in the other container."""

    def __init__(self, ground: Place, files: Files) -> None:
        self._ground = ground
        self._files = files

    def __call__(self, name: str, *args: str, at: str = "client", stdin: str | bytes = b"") -> Answer:
        """Runs one to its end."""
        session = self._ground.session(at)
        outcome = session.run("python3", name, *args, stdin=stdin, files=self._files, limits=Limits(wall=WALL))
        return Answer(outcome)

    @contextmanager
    def running(self, name: str, *args: str, at: str = "server") -> Iterator[Live]:
        """One while it runs; it is ended with the block."""
        with self._ground.session(at).open(self._files) as run:
            yield Live(run.start("python3", name, *args, limits=Limits(wall=WALL)), run)


class Answer:
    """What became of a counterpart's run."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.out = outcome.stdout.text
        self.err = outcome.stderr.text
        self.lines = outcome.stdout.lines
        self.code = outcome.exit_code
