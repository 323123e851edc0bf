"""A user at a terminal: types when something has been read, never after a sleep."""

import contextlib
import os
import pty
import re
import select
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

DEADLINE = 60.0


@dataclass
class Terminal:
    """A command with a pseudo-terminal of its own."""

    pid: int
    fd: int
    text: str = ""
    read_to: int = 0
    status: int | None = None

    def until(self, *words: str) -> str:
        """Reads until one of the words appears behind what was read before; the text up to the end of the first."""
        deadline = time.monotonic() + DEADLINE
        pattern = re.compile("|".join(map(re.escape, words)))
        while not (found := pattern.search(self.text, self.read_to)):
            if not self._read(deadline):
                raise AssertionError(f"{words!r} did not come, but:\n{self.text}")
        end = found.end()
        seen, self.read_to = self.text[self.read_to : end], end
        return seen

    def type(self, keys: str) -> None:
        """Presses keys; \\x03 is ^C, \\x04 end of input."""
        os.write(self.fd, keys.encode())

    def end(self) -> int:
        """Reads to the end and returns the exit status."""
        deadline = time.monotonic() + DEADLINE
        while self._read(deadline):
            pass
        if self.status is None:
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

    def _read(self, deadline: float) -> bool:
        if not select.select([self.fd], [], [], max(0, deadline - time.monotonic()))[0]:
            raise AssertionError(f"silence; so far:\n{self.text}")
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # EIO: everybody has closed the other side
            return False
        self.text += data.decode(errors="replace")
        return bool(data)


@contextmanager
def terminal(command: str, environment: Mapping[str, str]) -> Iterator[Terminal]:
    """Runs a shell command on a terminal; its whole session is gone afterwards."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe("bash", ["bash", "-c", command], dict(environment))
    user = Terminal(pid, fd)
    try:
        yield user
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGTERM)  # make and its scripts clean up on TERM
        if user.status is None:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
        os.close(fd)
