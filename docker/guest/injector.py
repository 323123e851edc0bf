"""Carries out a fault plan: answers for the kernel where the plan says so, and writes down each time that it did.

Theory of operation. The program goes through `shim.py`, which puts it behind a filter (notices.py) and sends the
filter's other side to injection.py; its next call, an exec, waits for our first answer. From the program's own exec on
calls are counted, in the order in which the kernel asks: of the whole program, not of a thread. Where no part of the
plan hits, the kernel goes on as ever. So it does where a look at the process fails: a doubt costs a fault, never the
program.

What was done stands in `faults.jsonl` beside start.json, a line a fault, and at last one that says how many.
"""

import _thread
import contextlib
import errno
import json
import os
import struct
import time
from collections import Counter
from collections.abc import Sequence
from select import POLLIN, poll

import called
import delays
import faults
import notices
from notices import Listener, Notice

LOGGED = 10_000  # lines
# A look at a process that fails: it has gone, may not be looked at, or has given us pointers that lead nowhere.
BLIND = (OSError, ValueError, KeyError, IndexError, OverflowError, struct.error)


class Injector:
    """The answers."""

    def __init__(self, listener: Listener, plan: Sequence[faults.Fault], through: int, log: int) -> None:
        self.listener = listener
        self.plan = plan
        self.through = through  # execs until the program is itself
        self.log = log
        self.counts: Counter[tuple[int, int]] = Counter()  # by number of the fault, and thread if that matters
        self.refused: dict[int, faults.Fault] = {}  # by thread: what its vfork has met
        self.tried: dict[int, tuple[str, faults.Fault | None]] = {}  # by thread: the program that it tries to exec
        self.delays = delays.Delays()
        self.done = 0

    def serve(self) -> None:
        """Answer until the last process behind the filter has gone."""
        waiting = poll()
        waiting.register(self.listener.fd, POLLIN)
        while True:
            for _, event in waiting.poll(self.delays.patience(delays.now())):
                if not event & POLLIN:
                    return
                if notice := self.listener.receive():
                    self._answer(notice)
            for notice in self.delays.over(delays.now()):
                self.listener.go_on(notice)

    def _answer(self, notice: Notice) -> None:
        now = time.time_ns()
        try:
            fault = self._chosen(notice)
        except BLIND:
            fault = None
        if fault is None:
            self.listener.go_on(notice)
        elif fault.kind == "delay":
            self._noted(fault, notice, now)
            self.delays.hold(notice, fault.value, delays.now())
        elif fault.kind == "short":
            try:
                _thread.start_new_thread(self._shorten, (fault, notice, now))  # the write may wait
            except RuntimeError:  # the container's limit of processes
                self._undone(fault, notice, now)
        else:
            self._strike(fault, notice, now)

    def _strike(self, fault: faults.Fault, notice: Notice, now: int) -> None:
        self._noted(fault, notice, now)
        if fault.kind == "error":
            self.listener.fail(notice, fault.value)
        else:
            with contextlib.suppress(OSError):
                os.kill(notice.tid, fault.value)
            self.listener.go_on(notice)

    def _shorten(self, fault: faults.Fault, notice: Notice, now: int) -> None:
        """Write the first half for the program. Where that fails, the kernel does the whole, and says why itself."""
        try:
            data = called.first_half(notice)
            fd = called.descriptor(notice)
            try:
                written = os.write(fd, data) if self.listener.valid(notice) else 0
            finally:
                os.close(fd)
        except BLIND:
            self._undone(fault, notice, now)
            return
        self._noted(fault, notice, now)
        self.listener.give(notice, written)

    def _undone(self, fault: faults.Fault, notice: Notice, now: int) -> None:
        self._noted(fault._replace(kind="undone"), notice, now)
        self.listener.go_on(notice)

    # ------------------------------------------------------------ which fault hits

    def _chosen(self, notice: Notice) -> faults.Fault | None:
        if notice.call in notices.CALLS["exec"]:
            return self._exec(notice)
        if self.through:
            return None
        return self._fork(notice) if notice.call in notices.FORKS else self._first(notice, "")

    def _fork(self, notice: Notice) -> faults.Fault | None:
        """Python forks where a vfork is refused (_posixsubprocess.c): that is the same attempt, and meets the same."""
        if called.makes_thread(notice):
            return self._first(notice, "")
        borrows = called.borrows(notice)
        again = self.refused.pop(notice.tid, None)
        if again and not borrows:
            return again
        fault = self._first(notice, "")
        if borrows and fault and fault.kind == "error":
            self.refused[notice.tid] = fault
        return fault

    def _exec(self, notice: Notice) -> faults.Fault | None:
        """Whoever looks for a program in PATH tries several: that is one exec, and all meet what the first meets."""
        where = called.path(notice)
        if not os.access(where, os.X_OK) or os.path.isdir(where):
            return None
        if self.through:
            self.through -= 1
            return None
        name = os.path.basename(where)
        before = self.tried.get(notice.tid)
        fault = before[1] if before and before[0] == name else self._first(notice, where)
        self.tried[notice.tid] = (name, fault)
        return fault

    def _first(self, notice: Notice, where: str) -> faults.Fault | None:
        """The first part of the plan that hits; all that it could have been count it."""
        chosen = None
        for number, fault in enumerate(self.plan):
            if notice.call in notices.CALLS[fault.call] and concerns(fault, notice, where):
                key = (number, notice.tid if fault.step > 1 else 0)
                self.counts[key] += 1
                if chosen is None and fault.hits(self.counts[key]):
                    chosen = fault
        return chosen

    # ------------------------------------------------------------ what was done

    def _noted(self, fault: faults.Fault, notice: Notice, now: int) -> None:
        self.done += 1
        if self.done <= LOGGED:
            self.note(t=now, tid=notice.tid, call=notice.call, kind=fault.kind, what=fault.what)

    def note(self, **facts: object) -> None:
        """One line of the log."""
        with contextlib.suppress(OSError):  # no room: the recorder says so
            os.write(self.log, json.dumps(facts).encode() + b"\n")


def concerns(fault: faults.Fault, notice: Notice, where: str) -> bool:
    """Whether a call of the fault's kind counts for it: the program's own doing, and on the file that is named."""
    if fault.value == errno.EINTR and fault.kind == "error" and not called.catches(notice):
        return False
    if fault.call in ("fork", "thread"):
        return called.makes_thread(notice) == (fault.call == "thread")
    if fault.call == "exec":
        return not fault.name or os.path.basename(where) == fault.name
    if fault.call == "open":
        where = called.path(notice)
        return _is(where, fault.name) if fault.name else called.opens_own(where)
    if fault.kind == "short":
        return called.can_be_short(notice) and (not fault.name or _is(os.readlink(called.link(notice)), fault.name))
    if fault.call in ("read", "write"):
        return _is(os.readlink(called.link(notice)), fault.name) if fault.name else called.waits(notice)
    return fault.call != "connect" or called.connects_own(notice)


def _is(where: str, name: str) -> bool:
    """A file of this name, or of this end of its path."""
    return where == name or where.endswith("/" + name.lstrip("/"))
