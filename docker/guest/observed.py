"""Programs of a session that are recorded, guarded as by `record.py run --guarded`: who starts them, their recording.

The agent is their parent and does the recorder's part itself: it is root, it is out of their reach, and a recorder's
process for each program would cost more than the program. strace stands between them as in every recording: the agent's
child turns into strace, which turns into the program (-DDD), so that the child's pid is the program's.
"""

import contextlib
import errno
import fcntl
import json
import os
import signal
import termios
import time
from collections.abc import Iterator

import archive
import child
import end
import guard
import meter
import processes
import starter
import tracer
from user import User

GONE_S = 5.0
# Of 250 processes, each with its calls logged, the agent would get a 250th of the container's processor, and never come
# to end them. Against other containers a nice value counts nothing: their shares are their groups' (sched(7)).
NICE = 19


class Observed:
    """What starts a recorded program, in the place of a Starter: called once."""

    def __init__(self, user: User, recording: str, plan: str) -> None:
        self.user = user
        self.recording = recording
        self.plan = plan
        if plan:
            self._check()
        self.pid = 0

    def _check(self) -> None:
        """A plan that is none, or that this kernel can't carry out, must not look like a fault of the program's."""
        import faults  # not needed without a plan
        import notices

        try:
            faults.parse(self.plan)
        except faults.WrongPlan as error:
            raise OSError(errno.EINVAL, f"plan: {error.code}") from error
        if not notices.new_enough(os.uname().release):
            raise OSError(errno.ENOSYS, "plan: kernel")

    def start(self, order: dict, cwd: str) -> list[int]:
        """The agent's ends of the program's streams. What can't be executed says so on its stderr, as in a shell."""
        ours, theirs = self._terminal() if order.get("tty") else self._pipes()
        try:
            self.pid = os.fork()
            if self.pid == 0:
                self._become(order, cwd, theirs)
        except OSError:
            for fd in {*ours}:
                os.close(fd)
            raise
        finally:
            for fd in {*theirs}:
                os.close(fd)
        return ours

    def _pipes(self) -> tuple[list[int], list[int]]:
        with self.user.files():  # their maker alone may open pipes by name (/dev/stdin)
            return starter.pipes()

    def _terminal(self) -> tuple[list[int], list[int]]:
        with self.user.terminals():
            ours, theirs = os.openpty()
        termios.tcsetwinsize(theirs, child.SIZE)
        return [ours], [theirs, theirs, theirs]

    def _become(self, order: dict, cwd: str, fds: list[int]) -> None:
        """In the child; never returns."""
        try:
            os.setsid()
            os.nice(NICE)
            for number, fd in enumerate(fds):
                os.dup2(fd, number)
            if order.get("tty"):
                fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            os.chdir(cwd)
            environment = starter.environment() | order.get("env", {})
            os.environ.clear()
            os.environ.update(environment)
            limits = order.get("rlimits", {})
            options = ["guarded", *(["markers"] if order.get("lines") else [])]
            tracer.launch(self.recording, order["argv"], options, self.user.uid, limits, self.plan)
        except OSError as error:
            os.write(2, f"proclab: {order['argv'][0]}: {error.strerror}\n".encode(errors="surrogateescape"))
        finally:
            os._exit(127)


class Recording:
    """The recording of one run: all its recorded programs."""

    def __init__(self, user: User) -> None:
        self.folder = guard.place()
        self.user = user
        guard.make(self.folder)
        os.environ["PROCLAB_UID"] = str(user.uid)
        self.guard = guard.Guard(self.folder)
        self.meter = meter.Meter(self.folder, meter.LIMITS | {"seconds": 1e9})
        self.began = end.clocks()
        self.stopped = ""
        self.stopped_at: int | None = None
        self.status = 0  # of the program that ended last

    def tracers(self) -> list[int]:
        return processes.tracers(self.folder)

    def reached(self) -> str:
        """Which of the recording's limits is reached; "": none. Then the caller ends its programs."""
        return self.meter.reached()

    def stop(self, why: str) -> None:
        """All that is recorded ends now, by our doing; what was so until now is so at the end."""
        if not self.stopped:
            self.stopped, self.stopped_at = why, time.time_ns()
        self.guard.kill()
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGCONT)  # where processes are too many, all are stopped to be counted: tracers, too

    def files(self) -> Iterator[tuple[str, str]]:
        """The recording, name by name; by now its programs have ended, and its tracers end by themselves."""
        if processes.see_out(self.tracers, GONE_S):
            self.guard.doubts.add("untraced")
        self.guard.settle()
        facts = end.facts(
            self.meter, self.status, (self.stopped, self.stopped_at), self.began, self.guard.doubts, guarded=True
        )
        for name in archive.members(self.folder):
            yield name, archive.content(self.folder, name, archive.ARCHIVE_BYTES).decode("utf-8", "surrogateescape")
        yield "end.json", json.dumps(facts)


def recording(user: User) -> Recording:
    """A new recording; OSError where there can be none."""
    try:
        return Recording(user)
    except guard.Foreign as error:
        raise PermissionError(errno.EACCES, str(error)) from error
