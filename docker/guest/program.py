"""A program that the agent started: its pipes or terminal, its limits, what it prints, how it ends. Facts only."""

import json
import os
import resource
import select
import signal
import time

import patience

TYPE_CHECKING = False
if TYPE_CHECKING:
    from observed import Observed
    from starter import Starter

CHUNK = 64 * 1024


def report(event: str, **facts: object) -> None:
    """One line of facts. Blocks when the host is slow, which slows nobody but the run."""
    line = memoryview(json.dumps({"event": event, **facts}).encode() + b"\n")
    while line:
        line = line[os.write(1, line) :]


def text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


class Stream:
    """One output stream of a program: the head is reported as it comes, of the rest the tail at the end."""

    def __init__(self, fd: int, name: str, order: dict) -> None:
        self.fd, self.name = fd, name
        self.head, self.tail_cap = order.get("head", 1 << 20), order.get("tail", 64 * 1024)
        self.total = 0
        self.tail = b""
        self.done = False

    def read(self, number: int) -> bool:
        """Take what is there; False at the end of the stream (EIO: the last process has let go of the terminal)."""
        try:
            data = os.read(self.fd, CHUNK)
        except BlockingIOError:
            return True
        except OSError:
            data = b""
        self.done = not data
        self.take(number, data)
        return not self.done

    def take(self, number: int, data: bytes) -> None:
        now = data[: max(0, self.head - self.total)]
        self.total += len(data)
        self.tail = (self.tail + data[len(now) :])[-self.tail_cap :] if self.tail_cap else b""
        if now:
            report("output", id=number, stream=self.name, data=text(now))

    def rest(self) -> dict:
        """What was held back: how many bytes were cut, and the tail after them."""
        held = max(0, self.total - self.head)
        tail, self.tail = self.tail, b""
        self.head = self.total  # what comes later (from an orphan) is cut
        return {"cut": held - len(tail), "tail": text(tail)}


class Program:
    """A program that the agent has started for the run, and its pipes. (A guided run's is stage.Program.)"""

    def __init__(self, order: dict, cwd: str, starter: "Starter | Observed", waits: patience.Patience) -> None:
        self.number: int = order["id"]
        self.recorded = "record" in order
        self.waits = waits
        self.begun = time.monotonic()
        self.deadline = self.begun + order.get("wall", 3600.0)
        self.output_limit = order.get("output", 0)
        self.cpu: int = order.get("rlimits", {}).get("cpu", 0)
        self.timeout: str | None = None
        self.pending = bytearray()
        self.taken = 0  # bytes of input that went into its pipe
        self.ending = False  # end of input was asked for
        self.tty = bool(order.get("tty"))
        self.alive = True
        self.stdin, stdout, *stderr = starter.start(order, cwd) * (2 if self.tty else 1)
        self.pid = starter.pid
        for fd in {self.stdin, stdout, *stderr}:
            os.set_blocking(fd, False)
        self.streams = [Stream(stdout, "stdout", order), *(Stream(fd, "stderr", order) for fd in stderr)]

    def write(self) -> None:
        """Give the program what its pipe takes; drop the rest when nobody reads any more."""
        try:
            taken = os.write(self.stdin, self.pending[:CHUNK])
            self.taken += taken
            del self.pending[:taken]
        except BlockingIOError:
            return
        except OSError:
            self.pending.clear()
        self.finish_input()

    def finish_input(self) -> None:
        """End of input, once everything before it is written. On a terminal that is a ^D."""
        if not self.ending or self.pending or self.stdin < 0:
            return
        self.ending = False
        if self.tty:
            self.pending += b"\x04"
        else:
            os.close(self.stdin)
            self.stdin = -1

    def drain(self) -> None:
        """Everything the program wrote before its end is in the pipes by now; a survivor may keep them open."""
        for stream in self.streams:
            while not stream.done and _readable(stream.fd) and stream.read(self.number):
                if self.output_limit and stream.total > 2 * self.output_limit:
                    break  # a survivor floods

    @property
    def next_look(self) -> float:
        """When a limit of time is to be looked at next."""
        return min(self.deadline, self.waits.next_look)

    def overdue(self) -> str:
        """Which limit of time the program has reached; "": none, or it has ended."""
        if not self.alive or self.timeout:
            return ""
        return "wall" if self.deadline <= time.monotonic() else self.waits.reached()

    def kill(self, why: str) -> None:
        """A limit is reached: end the program's whole process group."""
        if self.alive and not self.timeout:
            self.timeout = why
            os.killpg(self.pid, signal.SIGKILL)

    def ended(self, status: int, usage: resource.struct_rusage) -> None:
        """Report the end, with everything the program wrote before it."""
        self.alive = False
        self.drain()
        code = os.waitstatus_to_exitcode(status)
        if not self.timeout and (code == -signal.SIGXCPU or self._outlasted(code, usage)):
            self.timeout = "cpu"
        report(
            "exit",
            id=self.number,
            code=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            timeout=self.timeout,
            wall=time.monotonic() - self.begun,
            user=usage.ru_utime,
            system=usage.ru_stime,
            max_rss=usage.ru_maxrss * 1024,
            taken=self.taken,
            streams={stream.name: stream.rest() for stream in self.streams},
        )

    def _outlasted(self, code: int, usage: resource.struct_rusage) -> bool:
        """Whether the program ignored SIGXCPU, so that the kernel killed it at its hard limit (starter.py).

        The kernel goes by ticks there; rusage has the exact sum, which can be far less on a busy machine. So the
        soft limit is asked for.
        """
        return 0 < self.cpu < usage.ru_utime + usage.ru_stime and code == -signal.SIGKILL

    def close(self) -> None:
        for fd in {self.stdin, *(stream.fd for stream in self.streams)} - {-1}:
            os.close(fd)


def _readable(fd: int) -> bool:
    return bool(select.select([fd], [], [], 0)[0])
