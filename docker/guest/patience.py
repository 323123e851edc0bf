"""How long a program may take, whatever else the machine does: what counts is the time that nothing of it could use.

A wall clock counts against a program what other programs take: on a machine that is loaded enough, each correct program
is late. So two amounts are taken instead. `idle`: the time during which nothing of the run was runnable, so that a
processor would have been of no use. `used`: the processor time of all of it. A program that waits for what never comes
reaches the first, one that goes round in circles the second; one that is only slow because of others reaches neither.

`quiet` is for who wants to know when a program waits: all of it has slept for so long without a break. A file that a
server keeps (FUSE) is waited for asleep, too, but then there is a break after each answer.
"""

import math
import os
import time

import cgroup
import proc

TICK_S = 0.05
REFUSED = 20  # forks at the container's limit of processes; a program that goes on and on gets no further
RUNNABLE, TRACED = "R", "t"  # t: stopped by its tracer, whose turn it is then, or under it by a signal (SIGSTOP)
OF_THE_SYSTEM = ("request_wait_answer", "folio_wait", "io_schedule")  # waits for a file system's daemon, or for a disk


def pause() -> float:
    """Seconds until the next look: a program that knew when it comes would run then, and at no other time."""
    return TICK_S * (0.1 + 1.8 * os.urandom(1)[0] / 255)


class Patience:
    """The amounts of one program, against their limits."""

    def __init__(self, uid: int, idle: float, used: float, quiet: float) -> None:
        self.uid = uid
        self.idle_left = idle
        self.quiet = self.quiet_left = quiet
        self.awaited = self.awaited_left = math.inf  # seconds of quiet that the host wants to hear of
        self.runs = -1
        self.stopped: dict[int, int] = {}  # by process that its tracer had stopped: how often it had run then
        self.used_most = cgroup.cpu_seconds() + used
        self.refused_most = cgroup.refused_forks() + REFUSED
        self.last = time.monotonic()
        self.next_look = math.inf if math.isinf(min(idle, used, quiet)) else self.last + pause()

    def reached(self) -> str:
        """The limit that is reached: "quiet", "idle", "pids", "cpu" or ""."""
        now = time.monotonic()
        if now < self.next_look:
            return ""
        self._look(min(now - self.last, 2 * TICK_S))  # that this look is late is no doing of the program's
        self.last, self.next_look = now, now + pause()
        if self.quiet_left <= 0:
            return "quiet"
        if self.idle_left <= 0:
            return "idle"
        if cgroup.refused_forks() > self.refused_most:
            return "pids"
        return "cpu" if cgroup.cpu_seconds() > self.used_most else ""

    def await_quiet(self, seconds: float) -> None:
        """From now on, look for so many seconds of sleep without a break."""
        self.awaited = self.awaited_left = seconds
        self.runs = -1
        self.next_look = min(self.next_look, time.monotonic() + TICK_S)

    def has_slept(self) -> bool:
        """Whether it has been quiet for as long as was awaited; this is said once."""
        if self.awaited_left > 0:
            return False
        self.awaited = self.awaited_left = math.inf
        return True

    def _look(self, seconds: float) -> None:
        """Count the time since the last look."""
        pids = list(proc.of_user(self.uid))
        if self._busy(pids):
            self.runs = -1
            return
        self.idle_left -= seconds
        if math.isfinite(min(self.quiet, self.awaited)):
            runs = self._times_run(pids)
            still = runs == self.runs >= 0
            self.quiet_left = self.quiet_left - seconds if still else self.quiet
            self.awaited_left = self.awaited_left - seconds if still else self.awaited
            self.runs = runs

    def _times_run(self, pids: list[int]) -> int:
        """A number that stays as it is while none of the threads runs; -1: one has ended meanwhile, which is a run."""
        try:
            return sum(proc.times_run(pid) for pid in pids)
        except OSError:
            return -1

    def _busy(self, pids: list[int]) -> bool:
        """Whether a thread of the user's could make use of a processor now, or is making use of it.

        While nothing is the user's yet, the program is still being started: by root's tools (tracer.guard).
        """
        return not pids or any(self._runs(pid) for pid in pids)

    def _runs(self, pid: int) -> bool:
        """The same of one process. What has stopped itself can wait for ever, and so can its tracer.

        One that makes call after call is stopped most of the time, too, and between two readings its tracer may have
        gone to sleep again: but it has run since the last look.
        """
        found = list(proc.threads(pid))
        if any(state == RUNNABLE or place.startswith(OF_THE_SYSTEM) for state, place in found):
            return True
        if not any(state == TRACED for state, _ in found):
            return False
        before, self.stopped[pid] = self.stopped.get(pid, -1), self._times_run([pid])
        return before != self.stopped[pid] or not proc.tracer_sleeps(pid)


def of(order: dict, uid: int) -> Patience:
    """As an order for a program wants it; without a word there is no limit."""
    return Patience(uid, *(order.get(name, math.inf) for name in ("idle", "used", "quiet")))
