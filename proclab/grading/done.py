"""A run of a student's program that is over: the facts, and the questions that a check asks of them.

The facts are bytes that the agent took, exit statuses, and what the kernel did, by the guarded recording. A question
that is answered wrongly raises CheckFailed; else it returns the run, so that questions can stand in a row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from proclab.engine import Outcome
from proclab.events import Event, Evidence, Fork, Thread
from proclab.findings import BusyWait, Finding, believed, derive
from proclab.grading import ending
from proclab.grading.failure import CheckFailed, NoEvidence
from proclab.grading.record import Verdict
from proclab.grading.standing import all_at_locks
from proclab.strace import TooMuch, evidence, read_folder, stopped_at

BOX = "run"
UNREAPED = ("unreaped",)
LEAKS = ("fd_leak", "no_eof")
SHOWN = 120  # characters of a pattern or a line that a record names
SPIN_CPU = 1.0  # seconds of processor time that no waiting program needs
SPIN_CALLS = 1000  # that came back at once and with nothing; who asks now and then has fewer


@dataclass(frozen=True)
class Request:
    """What is asked for: one run. Two that are equal are one run."""

    argv: tuple[str, ...]
    stdin: bytes = b""
    tty: bool = False
    plan: str = ""
    files: tuple[tuple[str, str | bytes], ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    take: tuple[str, ...] = ()
    wait: float = 5.0  # seconds during which nothing of it is runnable, in all
    quiet: float = 0.0  # after so many such seconds without a break the check has seen enough: no limit, but the end
    cpu: int = 5  # seconds of processor time of a process
    live: str = ""  # the function that acts meanwhile, by its name


@dataclass(frozen=True)
class Done:
    """A run that is over."""

    request: Request
    outcome: Outcome
    heard: dict[str, object] = field(default_factory=dict)  # what a live function noted down
    again: Callable[[], Done] | None = field(default=None, compare=False)  # the same run with source lines

    # ------------------------------------------------------------ facts

    @property
    def out(self) -> str:
        return self.outcome.stdout.text

    @property
    def err(self) -> str:
        return self.outcome.stderr.text

    @property
    def lines(self) -> list[str]:
        """The lines of standard output."""
        return self.outcome.stdout.lines

    @property
    def code(self) -> int | None:
        return self.outcome.exit_code

    @property
    def signal(self) -> str | None:
        return self.outcome.signal

    @property
    def files(self) -> dict[str, str | None]:
        """The files that were asked for, by name; None: not there, or no regular file."""
        found = self.outcome.after.files if self.outcome.after else {}
        return {name: found.get(name) for name in self.request.take}

    @property
    def names(self) -> tuple[str, ...]:
        """What lay in the run's folder at its end, if any file was asked for."""
        return self.outcome.after.names if self.outcome.after else ()

    @cached_property
    def _recording(self) -> dict[str, str]:
        return {
            f"{BOX}/{name}": text for name, text in (self.outcome.after.recording if self.outcome.after else {}).items()
        }

    @cached_property
    def told(self) -> Sequence[Event] | None:
        """The events; None where it went on until the recording was full, or told more than anybody could read.

        (That would take longer to read than it took, and all that can be said of it is known.)
        """
        try:
            return None if self.outcome.timeout == "recording" else read_folder(self._recording)
        except TooMuch:
            return None

    @property
    def events(self) -> Sequence[Event]:
        """What the kernel did for the program, in causal order. Where that can't be read, this is its failure."""
        if self.told is None:
            self._limits()
            raise CheckFailed(Verdict.FAIL, "too_much_to_tell")
        return self.told

    @cached_property
    def worth(self) -> Evidence:
        """What the recording is worth."""
        return evidence(self._recording, self.told or ())

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What follows from the events, as far as the recording supports it."""
        events = self.told or ()
        return believed(derive(events), self.worth, events, stopped_at(self._recording))

    @property
    def accusing(self) -> tuple[str, ...]:
        """The kinds of findings that say that the program has done wrong."""
        return tuple(sorted({finding.kind for finding in self.findings if finding.accuses}))

    @cached_property
    def line(self) -> str:
        """The student's line that accusing findings are about: by a second run, which explains and proves nothing."""
        if not self.accusing:
            return ""
        runs = [self, self.again()] if self.again else [self]
        found = (
            finding for run in runs for finding in run.findings if finding.accuses and finding.kind in self.accusing
        )
        lines = (finding.line for finding in found if finding.line)
        return next((f"{line.file.rpartition('/')[2]}:{line.number}" for line in lines), "")

    def _evidence(self) -> None:
        """Raise where nothing can be concluded. That the run's own limit ended it is known, and no hole.

        A hole is our fault only where it isn't the program's: whoever reached a limit (of memory, the kernel may have
        taken the recorder, too) or let a thread exec, which strace loses sight of, is told that.
        """
        doubts = {doubt.code for doubt in self.worth.doubts} - {"seconds"}
        if doubts:
            self._limits()
        _ = self.events  # that they can be read is asked for, too
        if doubts == {"exec"}:
            raise CheckFailed(Verdict.FAIL, "thread_execs")
        if doubts:
            raise NoEvidence(", ".join(sorted(doubts)))

    # ------------------------------------------------------------ questions: the end

    def ends(self) -> Self:
        """It came to an end by itself: not at a limit, and not by a signal."""
        self._limits()
        if self.signal:
            raise CheckFailed(Verdict.CRASH, "killed", signal=self.signal)
        return self

    def _limits(self) -> None:
        ending.must_be_known(self.outcome)
        if self.outcome.timeout == "quiet":  # as the check wanted
            return
        idle = self.outcome.timeout == "idle"
        stuck = (*self.accusing, *(["deadlock"] if all_at_locks(self.told or ()) else [])) if idle else ()
        ending.must_have_ended(self.outcome, stuck, counted_refusals="fork" not in self.request.plan)

    def exits(self, code: int) -> Self:
        """It ended by itself with this exit status."""
        self.ends()
        if self.code != code:
            if ending.crashed(self.outcome):
                raise CheckFailed(Verdict.CRASH, "traceback", wanted=code)
            raise CheckFailed(Verdict.FAIL, "exit_status", got=self.code if self.code is not None else "?", wanted=code)
        return self

    def killed_by(self, signal: str) -> Self:
        """It was ended by this signal."""
        self._limits()
        if self.signal != signal:
            got = self.signal or f"exit status {self.code}"
            raise CheckFailed(Verdict.FAIL, "not_killed", got=got, wanted=signal)
        return self

    # ------------------------------------------------------------ questions: what was printed

    def prints(self, pattern: str, *, times: int | None = None, least: int = 1, most: int | None = None) -> Self:
        """So many lines in which the pattern is found."""
        count = sum(1 for line in self.lines if re.search(pattern, line))
        least, most = (times, times) if times is not None else (least, most)
        if count < least or (most is not None and count > most):
            self._limits()
            wanted = str(least) if least == most else f"{least}…{'' if most is None else most}"
            raise CheckFailed(Verdict.FAIL, "printed_times", pattern=pattern[:SHOWN], got=count, wanted=wanted)
        return self

    def prints_in_order(self, *patterns: str) -> Self:
        """Lines with these patterns, one after the other; others may stand between them."""
        rest = iter(self.lines)
        for pattern in patterns:
            if not any(re.search(pattern, line) for line in rest):
                self._limits()
                raise CheckFailed(Verdict.FAIL, "not_in_order", pattern=pattern[:SHOWN])
        return self

    def never_prints(self, pattern: str) -> Self:
        """No line in which the pattern is found."""
        if any(re.search(pattern, line) for line in self.lines):
            raise CheckFailed(Verdict.FAIL, "printed", pattern=pattern[:SHOWN])
        return self

    def prints_exactly(self, text: str) -> Self:
        """The whole standard output is this text."""
        if self.out != text:
            self._limits()
            wanted = text.split("\n")
            number = next(
                (n for n, (a, b) in enumerate(zip(self.out.split("\n"), wanted, strict=False), 1) if a != b), 0
            )
            line = number or min(len(wanted), self.out.count("\n") + 1)
            raise CheckFailed(Verdict.FAIL, "output_differs", line=line, wanted=wanted[line - 1][:SHOWN])
        return self

    # ------------------------------------------------------------ questions: what the kernel did

    def no_finding(self, *kinds: str, verdict: Verdict | str = Verdict.FAIL, code: str = "accused") -> Self:
        """The recording accuses the program of none of these."""
        self._evidence()
        if found := sorted(set(kinds) & set(self.accusing)):
            raise CheckFailed(Verdict(verdict), code, kinds=", ".join(found))
        return self

    def reaps_all(self) -> Self:
        """Every child that ended was waited for before its parent ended."""
        self._limits()
        return self.no_finding(*UNREAPED, verdict=Verdict.ZOMBIE, code="unreaped")

    def closes_all(self) -> Self:
        """No end of a pipe was forgotten, no descriptor lost."""
        return self.no_finding(*LEAKS, verdict=Verdict.FD_LEAK, code="fd_leak")

    def no_leak_into_exec(self) -> Self:
        """No descriptor that a program started by this one has no use for was left open in it."""
        return self.no_finding("fd_leak_exec", verdict=Verdict.FD_LEAK, code="fd_leak_exec")

    def leaves_nobody(self) -> Self:
        """Nothing that it started still runs when it has ended."""
        if self.outcome.after and self.outcome.after.leftover_count:
            raise CheckFailed(Verdict.ORPHAN, "left_running")
        return self.no_finding("orphan", verdict=Verdict.ORPHAN, code="left_running")

    def no_spin(self, cpu: float = SPIN_CPU) -> Self:
        """It waits without using a processor. (What the recorder takes is not counted as the program's.)"""
        self._evidence()
        in_vain = sum(finding.count for finding in self.findings if isinstance(finding, BusyWait))
        if in_vain > SPIN_CALLS or self.outcome.user + self.outcome.system > cpu:
            raise CheckFailed(Verdict.TIMEOUT, "spins")
        return self

    def leaves_no_file(self, name: str) -> Self:
        """There is nothing of this name in its folder at the end (`take` must name a file)."""
        return self.must(name not in self.names, "file_left", name=name)

    def forks(self, count: int) -> Self:
        """It, or a process of it, has made so many processes."""
        self._evidence()
        got = self._made(Fork)
        return self.must(got == count, "forks", got=got, wanted=count)

    def threads(self, least: int) -> Self:
        """It has made so many threads at least."""
        self._evidence()
        got = self._made(Thread)
        return self.must(got >= least, "threads", got=got, wanted=least)

    def _made(self, kind: type[Fork] | type[Thread]) -> int:
        return sum(1 for event in self.events if isinstance(event, kind) and event.child)

    def must(self, holds: object, code: str, *, verdict: Verdict | str = Verdict.FAIL, **values: str | int) -> Self:
        """Whatever else a check asks for; the words of `code` stand in checks.toml or the catalogue."""
        if not holds:
            self._limits()
            raise CheckFailed(Verdict(verdict), code, **values)
        return self
