"""Which processes of this container are whose: a program's survivors, another user's, tracers and what they trace.

launch.py imports this when its program has ended, so few modules come with it.
"""

import os
import time
from select import POLLIN, poll

import proc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import TypeVar

    Found = TypeVar("Found", bound=Collection[int])

LOOKS = 5
TICK_MS = 100  # where the kernel has no pidfds


def survivors() -> list[int]:
    """What runs below process 1, ourselves excepted: what a program has started and left behind.

    A process is found by its ancestors: an orphan's parent is process 1, while what `docker exec` brought into the
    container (a shell, a live view) has a parent outside, 0.
    """
    found: list[int] = []
    for _ in range(LOOKS):
        listed = proc.pids()
        there = {stat.pid: stat for stat in proc.stats(listed)}
        alive = [stat for stat in there.values() if not stat.over and stat.pid not in (1, os.getpid())]
        found = [stat.pid for stat in alive if _below_init(stat.ppid, there)]
        if found or (len(there) == len(listed) and not any(stat.over for stat in there.values())):
            break  # else what is over, or has gone since it was listed, may have forked just before
    return found


def _below_init(pid: int, there: dict[int, proc.Stat]) -> bool:
    while pid > 1:
        pid = there[pid].ppid if pid in there else 0
    return pid == 1


def orphans() -> list[int]:
    """The survivors that are our user's."""
    return [pid for pid in survivors() if _owner(pid) == os.getuid()]


def _owner(pid: int) -> int:
    try:
        return proc.status(pid).uids[0]
    except OSError:
        return -1


def strangers() -> dict[int, str]:
    """What runs here for another user than ours, process 1 excepted: pid → name."""
    others = {pid: status for pid, status in proc.statuses() if pid != 1 and status.uids[0] != os.getuid()}
    return {pid: status.name for pid, status in others.items() if not status.over}


# ---------------------------------------------------------------- waiting for their end


def see_out(find: "Callable[[], Found]", seconds: float | None = None) -> "Found":
    """Waits until nothing is found any more; what is found still when the time is over."""
    deadline = None if seconds is None else time.monotonic() + seconds
    while found := find():
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            break
        await_end(min(found), left)
    return found


def await_end(pid: int, seconds: float | None) -> None:
    """Returns when the process is over, or after so many seconds."""
    patience = None if seconds is None else int(1000 * seconds) + 1
    waiting = poll()
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    except OSError:  # this kernel has none
        waiting.poll(min(TICK_MS, patience or TICK_MS))
        return
    try:
        waiting.register(fd, POLLIN)
        waiting.poll(patience)
    finally:
        os.close(fd)


# ---------------------------------------------------------------- who traces whom


def tracers(recording: str) -> list[int]:
    """The strace processes that log into this recording: those that we have started.

    Anything may call itself so. But ours runs under our uid, and nobody traces it: what the program starts is traced,
    and guarded it has another uid. (That first: a program's command line may have megabytes.)
    """
    ours = [pid for pid, status in proc.statuses() if status.uids == [os.getuid()] * 4 and not status.tracer]
    return [pid for pid in ours if _logs_into(pid, recording)]


def _logs_into(pid: int, recording: str) -> bool:
    command = proc.command(pid)
    if command[0] != b"strace" or b"-o" not in command[:-1]:
        return False
    return command[command.index(b"-o") + 1].startswith(os.fsencode(recording) + b"/")


def traced(by: "Collection[int]") -> list[int]:
    """The processes that one of these traces."""
    return [pid for pid, status in proc.statuses() if status.tracer in by] if by else []


def untraced(uid: int) -> set[int]:
    """The processes of a user that can do something and nobody traces."""
    return {pid for pid, status in proc.statuses() if uid in status.uids and not (status.tracer or status.over)}
