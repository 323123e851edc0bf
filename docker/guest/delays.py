"""Calls that a plan holds up, and when each of them goes on.

A delay gives the rest of the program time to go on, and on a busy machine nothing goes on by the clock. So a held call
goes on when its time is over and all other threads of the program wait for something, too: a race that is lost in these
milliseconds is lost every time, however slowly they pass. One that spins instead of waiting ends the delay by what it
uses of a processor, one that is stopped by time.
"""

import heapq
import itertools
import os
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import proc
from notices import Notice

TICK_NS = 1_000_000  # between looks
STOPPED_NS = 200_000_000  # a thread that strace is about to let go on is no longer in that state, nearly always
MOST_NS = 5_000_000_000
SPUN = 3  # hundredths of a second

Look = Callable[[int], "dict[int, Seen]"]


class Seen(NamedTuple):
    """A thread at one moment."""

    state: str
    switches: str  # how often it has left its processor
    ticks: int  # of processor time, hundredths of a second


class Held:
    """A call whose time is not over, or was over and others were busy."""

    def __init__(self, notice: Notice) -> None:
        self.notice = notice
        self.seen: dict[int, Seen] = {}
        self.since = 0  # what is seen has been the same
        self.ticks: int | None = None  # of all others when its time was over
        self.last = 0  # however busy they are


class Delays:
    """The calls that are held."""

    def __init__(self, look: "Look | None" = None) -> None:
        self.look = look or others
        self.held: list[tuple[int, int, Held]] = []
        self.numbers = itertools.count()

    def hold(self, notice: Notice, nanoseconds: int, now: int) -> None:
        """It goes on after so long at the soonest."""
        heapq.heappush(self.held, (now + nanoseconds, next(self.numbers), Held(notice)))

    def patience(self, now: int) -> float | None:
        """Milliseconds until one may go on."""
        return max(0.0, (self.held[0][0] - now) / 1e6) if self.held else None

    def over(self, now: int) -> Iterator[Notice]:
        """Those that go on now."""
        while self.held and self.held[0][0] <= now:
            _, _, held = heapq.heappop(self.held)
            if self._goes_on(held, now):
                yield held.notice
            else:
                heapq.heappush(self.held, (now + TICK_NS, next(self.numbers), held))

    def _goes_on(self, held: Held, now: int) -> bool:
        seen = self.look(held.notice.tid)
        ticks = sum(thread.ticks for thread in seen.values())
        if held.ticks is None:
            held.ticks, held.last = ticks, now + MOST_NS
        if seen != held.seen or not held.since:
            held.seen, held.since = seen, now
            same = False
        else:
            same = not any(thread.state in "Rt" for thread in seen.values()) or (
                now - held.since >= STOPPED_NS and not any(thread.state == "R" for thread in seen.values())
            )
        return same or ticks - held.ticks >= SPUN or now >= held.last


def others(tid: int) -> dict[int, Seen]:
    """All other threads of the program: whatever has the same tracer."""
    try:
        tracer = proc.status(tid).tracer
    except OSError:
        return {}
    found: dict[int, Seen] = {}
    for pid, status in proc.statuses():
        if tracer and status.tracer == tracer:
            found |= {thread: seen for thread, seen in _threads(pid) if thread != tid}
    return found


def _threads(pid: int) -> Iterator[tuple[int, Seen]]:
    try:
        tids = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return
    for tid in tids:
        try:
            fields = proc.fields(proc.content(f"/proc/{pid}/task/{tid}/status"))
            line = proc.content(f"/proc/{pid}/task/{tid}/stat").rpartition(b")")[2].split()
        except OSError:
            continue
        switches = f"{fields['voluntary_ctxt_switches']} {fields['nonvoluntary_ctxt_switches']}"
        yield int(tid), Seen(fields["State"][0], switches, int(line[11]) + int(line[12]))


def now() -> int:
    """The clock of delays: it stands still for nobody and is never set."""
    return time.monotonic_ns()
