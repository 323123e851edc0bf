"""A program that the agent started: its pipes or terminal, its limits, what it prints, how it ends. Facts only."""

import errno
import fcntl
import json
import os
import resource
import select
import signal
import termios
import time

CHUNK = 64 * 1024
DEFAULTS = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGCHLD)  # what Python or the agent set otherwise


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
    """A program that was started for the run, and its pipes."""

    def __init__(self, order: dict, cwd: str) -> None:
        self.number: int = order["id"]
        self.begun = time.monotonic()
        self.deadline = self.begun + order.get("wall", 3600.0)
        self.output_limit = order.get("output", 0)
        self.timeout: str | None = None
        self.pending = bytearray()
        self.taken = 0  # bytes of input that went into its pipe
        self.ending = False  # end of input was asked for
        self.tty = bool(order.get("tty"))
        self.alive = True
        ours, theirs = (_terminal if self.tty else _pipes)()
        try:
            self.pid = _spawn(order, cwd, theirs, self.tty)
        except OSError:
            for fd in set(ours):
                os.close(fd)
            raise
        finally:
            for fd in set(theirs):
                os.close(fd)
        self.stdin, stdout, *stderr = ours
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
        if code == -signal.SIGXCPU and not self.timeout:
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

    def close(self) -> None:
        for fd in {self.stdin, *(stream.fd for stream in self.streams)} - {-1}:
            os.close(fd)


def _pipes() -> tuple[list[int], list[int]]:
    """Three pipes: (our ends, the program's ends), both as stdin, stdout, stderr."""
    (in_r, in_w), (out_r, out_w), (err_r, err_w) = os.pipe(), os.pipe(), os.pipe()
    for fd in (in_w, out_r, err_r):
        os.set_blocking(fd, False)
    return [in_w, out_r, err_r], [in_r, out_w, err_w]


def _terminal() -> tuple[list[int], list[int]]:
    """A pseudo-terminal of 80 columns: stdout and stderr are one stream, as on a screen."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, b"\x18\x00\x50\x00\x00\x00\x00\x00")
    os.set_blocking(ours, False)
    return [ours, ours], [theirs, theirs, theirs]


def _spawn(order: dict, cwd: str, fds: list[int], tty: bool) -> int:
    """Start the program; OSError if it cannot be. Without limits or a terminal the fast way: no copy of us is made."""
    pid = _fork(order, cwd, fds, tty) if tty or order.get("rlimits") else _vfork(order, cwd, fds)
    _volunteer(pid)
    return pid


def _vfork(order: dict, cwd: str, fds: list[int]) -> int:
    """posix_spawn(3), which has no chdir here: the agent itself goes there and back (it has one thread)."""
    actions = [(os.POSIX_SPAWN_DUP2, fd, number) for number, fd in enumerate(fds)]
    environment = {**os.environ, **order.get("env", {})}
    os.chdir(cwd)
    try:
        return os.posix_spawnp(
            order["argv"][0], order["argv"], environment, file_actions=actions, setsid=True, setsigdef=DEFAULTS
        )
    finally:
        os.chdir("/")


def _fork(order: dict, cwd: str, fds: list[int], tty: bool) -> int:
    """fork and exec. A failing exec comes back through a pipe that a succeeding one closes."""
    error_r, error_w = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            _become(order, cwd, fds, tty)
        except OSError as error:
            os.write(error_w, str(error.errno or errno.ENOEXEC).encode())
        finally:
            os._exit(127)
    os.close(error_w)
    with open(error_r, "rb") as pipe:
        failure = pipe.read()
    if failure:
        os.waitpid(pid, 0)
        raise OSError(int(failure), os.strerror(int(failure)))
    return pid


def _become(order: dict, cwd: str, fds: list[int], tty: bool) -> None:
    """In the child: a session of its own, its streams, its limits, the signals' defaults; then the program."""
    os.setsid()
    if tty:
        fcntl.ioctl(fds[0], termios.TIOCSCTTY, 0)
    for number, fd in enumerate(fds):
        os.dup2(fd, number)
    os.chdir(cwd)
    for number in DEFAULTS:
        signal.signal(number, signal.SIG_DFL)
    for name, limit in order.get("rlimits", {}).items():
        soft = min(limit, 2**62)
        # CPU: SIGXCPU at the soft limit, so that the end is told from a plain SIGKILL; SIGKILL a second later.
        hard = soft + 1 if name == "cpu" else soft
        resource.setrlimit(getattr(resource, f"RLIMIT_{name.upper()}"), (soft, hard))
    os.execvpe(order["argv"][0], order["argv"], {**os.environ, **order.get("env", {})})


def _volunteer(pid: int) -> None:
    """When memory runs out the kernel shall take the program, never the agent. (After exec: it was undumpable.)"""
    try:
        with open(f"/proc/{pid}/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:
        pass  # it has ended already, or is set-uid


def _readable(fd: int) -> bool:
    return bool(select.select([fd], [], [], 0)[0])
