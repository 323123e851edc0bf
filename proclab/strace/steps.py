"""Lines → steps: for each pid, what it did, one after the other, with unfinished and resumed calls put together.

A Step is a call, a signal, or an end. Times are nanoseconds; a log without time stamps is counted in lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from proclab.strace import terminal
from proclab.strace.lines import Kind, Record, finished, parse
from proclab.strace.tokens import NAMED, decoration, number

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
LINE = 1_000  # nanoseconds that a line counts for where a log has no times
StepKind = Literal["call", "signal", "stopped", "exited", "killed", "superseded", "text"]


@dataclass(slots=True)
class Step:
    """One thing that a thread did or that befell it."""

    kind: StepKind
    pid: int
    begin: int
    end: int | None  # None: it never returned
    at: tuple[int, int]  # lines where it begins and ends, for steps of the same time
    name: str = ""
    args: tuple[str, ...] = ()
    ret: int | None = None  # None: "?", or no number
    error: str = ""
    note: str = ""
    decoration: str = ""
    text: str = ""
    fault: str = ""  # what a fault plan did to it: error, value, delay, short, signal
    resumed: bool = False  # it began before another thread's line: it was not over at once

    @property
    def failed(self) -> bool:
        return bool(self.error) or self.ret is None or self.ret == -1

    def arg(self, index: int) -> str:
        """An argument without the name that -N puts before it; '' where there is none."""
        text = self.args[index] if index < len(self.args) else ""
        found = NAMED.match(text) if "=" in text else None
        return text[found.end() :] if found else text

    def fd(self, index: int = 0) -> int:
        """An argument that is a descriptor; -1 if it is none."""
        text = self.args[index] if index < len(self.args) else ""
        if text.isdecimal() and len(text) < 10:  # nearly always
            return int(text)
        fd = number(self.arg(index))
        return -1 if fd is None else fd

    def said(self, index: int = 0) -> str:
        """What -y said of the descriptor in this argument."""
        return decoration(self.arg(index))

    def named(self, name: str) -> str:
        """The argument `name=…` (clone has such)."""
        return next((arg.partition("=")[2] for arg in self.args if arg.startswith(f"{name}=")), "")


@dataclass
class Journal:
    """All steps of a recording by pid."""

    steps: dict[int, list[Step]] = field(default_factory=dict)
    timed: bool = True

    def add(self, step: Step) -> None:
        self.steps.setdefault(step.pid, []).append(step)


class Clock:
    """Time stamps of whatever kind → nanoseconds that never go back by a midnight."""

    def __init__(self) -> None:
        self.last = 0
        self.days = 0
        self.seen = False

    def read(self, stamp: str, line: int) -> int:
        """The time of a line; without a stamp its number counts."""
        if not stamp:
            return self.last + LINE if self.seen else line * LINE
        self.seen = True
        if ":" in stamp:
            hours, minutes, seconds = stamp.split(":")
            now = (int(hours) * 60 + int(minutes)) * 60 * SECOND + nanoseconds(seconds) + self.days
            if now < self.last - DAY // 2:
                self.days += DAY
                now += DAY
        else:
            now = nanoseconds(stamp)
            if now < DAY * 365:  # strace -r: since the line before
                now += self.last
        self.last = now
        return now


def nanoseconds(text: str) -> int:
    """A decimal number of seconds, exactly."""
    whole, _, part = text.partition(".")
    if len(part) == 9:
        return int(whole + part)
    return int(whole) * SECOND + int(f"{part[:9]:0<9}" if part else 0)


def read_files(texts: Mapping[int, str]) -> Journal:
    """The logs of `strace -ff`, one text for each thread id."""
    journal = Journal()
    clocks = [_read(journal, _lines(pid, text)) for pid, text in sorted(texts.items())]
    journal.timed = any(clock.seen for clock in clocks)
    _supersede(journal)
    return journal


def _lines(pid: int, text: str) -> Iterator[tuple[int, int, Record]]:
    for number_, line in enumerate(text.split("\n"), 1):
        if line:
            record = parse(line)
            yield number_, pid if record.pid is None else record.pid, record


def read_single(text: str, root: int | None = None) -> Journal:
    """The log of `strace -f`. Lines without a pid are the first process's, `root` if it is known."""
    journal = Journal()
    journal.timed = _read(journal, terminal.lines(text, root)).seen
    _supersede(journal)
    return journal


def _read(journal: Journal, lines: Iterable[tuple[int, int, Record]]) -> Clock:
    clock = Clock()
    open_calls: dict[int, tuple[Record, int, int]] = {}
    for number_, owner, record in lines:
        _line(journal, record, owner, clock, number_, open_calls)
    for owner, (record, begin, line_) in open_calls.items():
        journal.add(_call(parse(f"{record.text}) = ?"), owner, begin, None, (line_, line_)))
    return clock


def _line(
    journal: Journal,
    record: Record,
    owner: int,
    clock: Clock,
    line: int,
    open_calls: dict[int, tuple[Record, int, int]],
) -> None:
    now = clock.read(record.time, line)
    if record.kind not in ("resumed", "text", "superseded") and owner in open_calls:
        journal.add(_broken(open_calls.pop(owner), owner))
    if record.kind == "unfinished":
        open_calls[owner] = (record, now, line)
    elif record.kind == "resumed":
        journal.add(_resumed(record, owner, now, line, open_calls))
    elif record.kind == "text":
        if not IDLE.match(record.text):
            journal.add(Step("text", owner, now, now, (line, line), text=record.text))
    elif record.kind == "call":
        journal.add(_call(record, owner, now, _end(record, now), (line, line)))
    else:
        if record.kind in ("killed", "exited"):
            _forget_nameless(journal, owner)
        journal.add(_befell(record, owner, now, line))


def _forget_nameless(journal: Journal, owner: int) -> None:
    """A call whose thread was killed at its door, before strace could ask which one it is: the kernel makes none then.

    (In seccomp's stop, __seccomp_filter skips the call of a task that a fatal signal waits for.
    Another thread's exit_group is such a signal, and the log says "exited".)
    """
    steps = journal.steps.get(owner, [])
    if steps and steps[-1].kind == "text" and NAMELESS.fullmatch(steps[-1].text):
        steps.pop()


NAMELESS = re.compile(r"[\d\s.:]*\?{3,4}\((?: <unfinished \.\.\.>|(?: <unavailable>)?\) += \?)?\s*")
IDLE = re.compile(r"strace: Process \d{1,10} (attached|detached)|\[ ?Process PID=|\s*$")


def _end(record: Record, now: int) -> int | None:
    if record.dur:
        return now + nanoseconds(record.dur)
    return now if record.ret != "?" or record.error else None


def _call(record: Record, pid: int, begin: int, end: int | None, at: tuple[int, int]) -> Step:
    if record.kind != "call":
        return Step("text", pid, begin, begin, at, text=record.text)
    ret = number(record.ret) if record.ret != "?" else None
    return Step(
        "call",
        pid,
        begin,
        end,
        at,
        record.name,
        record.args,
        ret,
        record.error,
        record.note,
        record.decoration,
        record.text,
        record.fault,
    )


def _resumed(record: Record, pid: int, now: int, line: int, open_calls: dict[int, tuple[Record, int, int]]) -> Step:
    begun, begin, first = open_calls.pop(pid, (None, now, line))
    if begun is None or begun.name != record.name:
        if record.name in ("execve", "execveat"):  # from another thread, see _supersede
            return Step("call", pid, now, now, (line, line), "<execve>", text=record.text)
        return Step("text", pid, now, now, (line, line), text=f"<... {record.name} resumed>{record.text}")
    whole = finished(begun, record.text)
    step = _call(whole, pid, begin, None if whole.ret == "?" and not whole.error else now, (first, line))
    step.resumed = True
    return step


def _broken(begun: tuple[Record, int, int], pid: int) -> Step:
    """A call that its thread's end broke off."""
    record, begin, line = begun
    return _call(parse(f"{record.text}) = ?"), pid, begin, None, (line, line))


STEP_KINDS: dict[Kind, StepKind] = {
    "signal": "signal",
    "stopped": "stopped",
    "exited": "exited",
    "killed": "killed",
    "superseded": "superseded",
}


def _befell(record: Record, pid: int, now: int, line: int) -> Step:
    ret = int(record.ret) if record.ret else None
    return Step(
        STEP_KINDS[record.kind], pid, now, now, (line, line), record.name, (), ret, note=record.note, text=record.text
    )


def _supersede(journal: Journal) -> None:
    """An exec from a thread ends in the main thread's log: put its two halves together there.

    strace reports it as failed (ENOSYS) when it runs with --seccomp-bpf; that it has superseded says it has not.
    """
    for steps in journal.steps.values():
        for place, step in enumerate(steps):
            if step.kind == "superseded":
                thread = journal.steps.get(int(step.note), [])
                begun = next((s for s in reversed(thread) if s.name in ("execve", "execveat") and s.ret is None), None)
                _join(steps, place, begun, thread)


def _join(steps: list[Step], place: int, begun: Step | None, thread: list[Step]) -> None:
    second = next((s for s in steps[place + 1 : place + 3] if s.name == "<execve>"), None)
    if second is None or begun is None:
        return
    thread.remove(begun)
    second.name, second.args, second.ret, second.begin = begun.name, begun.args, 0, begun.begin
    if second.text.startswith(") = -1"):
        second.note = "lost"  # the next call's result: that call itself is nowhere in the log
    second.at = (min(begun.at[0], second.at[0]), second.at[1])


def merge(journals: Sequence[Journal]) -> Journal:
    """Several recordings of one box: a pid in two of them was used twice, one after the other."""
    if len(journals) == 1:
        return journals[0]
    whole = Journal(timed=all(journal.timed for journal in journals))
    for journal in journals:
        for pid, steps in journal.steps.items():
            whole.steps[pid] = sorted(whole.steps.get(pid, []) + steps, key=lambda step: (step.begin, step.at))
    return whole
