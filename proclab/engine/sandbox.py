"""One container, from before it starts until it is gone: specification in, outcome out.

Theory of operation. A container is created under a name made up beforehand, attached *before* it starts so that no byte
is lost, started, and removed in every case: the removal is entered into an ExitStack before the first side effect, goes
by that name, and is shielded from ^C.

What the engine or the machine does wrong is an InfraError. What the program does is an Outcome.
"""

from __future__ import annotations

import os
import re
import socket
import time
from contextlib import ExitStack, suppress
from dataclasses import replace
from types import TracebackType
from typing import Any

from proclab.clock import Deadline
from proclab.compose import ContainerSpec
from proclab.engine import cgroup
from proclab.engine.engine import Engine
from proclab.engine.outcome import Outcome, shell_status
from proclab.engine.request import create_request
from proclab.engine.stream import Listener, Pump, Transcript
from proclab.errors import EngineDown, Gone, InfraError


class Sandbox:
    """One container, from before it starts until it is gone. Use it in a `with` statement."""

    def __init__(
        self,
        engine: Engine,
        spec: ContainerSpec,
        *,
        networks: dict[str, str] | None = None,
        listener: Listener | None = None,
        keep: int = 64 * 1024,
        lifetime: float = 3600,
    ) -> None:
        self.engine = engine
        self.spec = replace(spec, logging=("none", ()))  # we read the stream: nothing is written to the host's disk
        self.name = engine.owner.unique(spec.service)
        self.id = ""
        self.transcript = Transcript(keep, keep)  # bytes kept of each stream's head and tail
        self._networks = [(networks or {})[n.name] for n in spec.networks]
        self._labels = engine.owner.labels(lifetime)
        self._listener: Listener = listener or self.transcript
        self._started = 0.0
        self._stack = ExitStack()

    def __enter__(self) -> Sandbox:
        with ExitStack() as stack:
            stack.callback(self.engine.remove, "container", self.name)
            self._create()
            self._pump = Pump(self._attach(), self._listener.feed, self._listener.close, self.spec.tty)
            stack.callback(self._pump.close)
            self.engine.call(f"start {self.name}", lambda client: client.start(self.id))
            self._started = time.monotonic()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def _create(self) -> None:
        network, *more = self._networks or [""]
        request = create_request(self.spec, self._labels, network)
        answer = self.engine.call(
            f"create {self.name}", lambda client: client.create_container_from_config(request, self.name)
        )
        self.id = answer["Id"]
        for name in more:
            self._connect(name)
        if self.engine.on_create:
            self.engine.on_create(self.engine, self.id)

    def _connect(self, network: str) -> None:
        self.engine.call(
            f"connect {self.name} to {network}",
            lambda client: client.connect_container_to_network(self.id, network, aliases=[self.spec.service]),
        )

    def _attach(self) -> socket.socket:
        """The hijacked connection as a socket of our own: the SDK's wrapper and its pool are let go of."""
        stdin = int(self.spec.stdin_open)
        params = {"stdin": stdin, "stdout": 1, "stderr": 1, "stream": 1}

        def ask(client: Any) -> socket.socket:
            wrapper: Any = client.attach_socket(self.id, params=params)
            own = socket.socket(fileno=os.dup(wrapper.fileno()))
            wrapper._response.close()
            wrapper.close()
            return own

        return self.engine.call(f"attach {self.name}", ask)  # type: ignore[no-any-return]

    def send(self, data: bytes | str) -> None:
        """Input for the program. Returns at once; what it never reads is counted in the outcome."""
        self._pump.send(data.encode() if isinstance(data, str) else data)

    def send_line(self, line: str = "") -> None:
        """One line of input, as if typed."""
        self.send(line + "\n")

    def end_input(self) -> None:
        """End of input: half-close on a pipe, ^D on a terminal (at the beginning of a line)."""
        if self.spec.tty:
            self._pump.send(b"\x04")
        else:
            self._pump.end()

    def wait_for_line(self, pattern: str, seconds: float = 10) -> re.Match[str] | None:
        """The next output line that the pattern is found in, or None if none comes in time."""
        return self.transcript.wait_for_line(pattern, Deadline.after(seconds))

    def signal(self, name: str) -> None:
        """Send a signal to PID 1 (an init passes it on)."""
        self.engine.call(f"kill -{name} {self.name}", lambda client: client.kill(self.id, name))

    def wait(self, seconds: float) -> Outcome:
        """The outcome; a program that has not ended in time is killed, and the outcome says so."""
        deadline = Deadline.after(seconds)
        ended = self.transcript.wait_closed(deadline) and self.ended(deadline)
        oom, pids = cgroup.read(self.id)  # while the group is still there
        if not ended:
            self._kill()
        self._want_all_output()
        state = self.engine.inspect(self.id)["State"]
        code, signal = shell_status(int(state["ExitCode"]))
        return Outcome(
            exit_code=code if ended else None,
            signal=signal if ended else "SIGKILL",
            timeout=None if ended else "wall",
            oom_kills=max(oom or 0, int(bool(state["OOMKilled"]))),
            pids_hits=pids or 0,
            wall=time.monotonic() - self._started,
            stdout=self.transcript.output("stdout"),
            stderr=self.transcript.output("stderr"),
            unread_input=self._pump.unsent,
        )

    def _want_all_output(self) -> None:
        """Raise if the stream broke: what came before that must not pass for all that the program wrote.

        A reset is the usual end where input is open: the engine closes its side with input that was never read.
        """
        error = self.transcript.error
        if error and not (self.spec.stdin_open and isinstance(error, ConnectionResetError)):
            raise InfraError(f"the output of {self.name} broke off: {error}")

    def ended(self, deadline: Deadline) -> bool:
        """True when PID 1 has ended. Its streams have, but a program may close those and go on.

        A wait that is not answered means either that or a hanging daemon; the calls that follow tell which.
        """
        seconds = max(deadline.left, 2.0)  # the engine notes the end a moment after the streams'
        try:
            self.engine.call(
                f"wait for {self.name}",
                lambda client: client.wait(self.id, timeout=seconds),
                seconds=seconds + 1,
            )
        except EngineDown:
            return False
        return True

    def _kill(self) -> None:
        """SIGKILL to the container itself, by its id, and wait for the end."""

        with suppress(Gone):  # it has just ended
            self.engine.call(f"kill {self.name}", lambda client: client.kill(self.id, "SIGKILL"))
        self.transcript.wait_closed(Deadline.after(self.engine.call_seconds))
        if not self.ended(Deadline.after(self.engine.call_seconds)):
            raise InfraError(f"container {self.name} did not end after SIGKILL")


def run(engine: Engine, spec: ContainerSpec, stdin: bytes | None = None, seconds: float = 30) -> Outcome:
    """One container for one program: input as given, then end of input; the outcome when it has ended."""
    if stdin is not None:
        spec = replace(spec, stdin_open=True)
    with Sandbox(engine, spec) as sandbox:
        if stdin is not None:
            sandbox.send(stdin)
            sandbox.end_input()
        return sandbox.wait(seconds)
