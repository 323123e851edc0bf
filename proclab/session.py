"""A container as a session: many runs inside one, each with its own folder, programs, limits and clean-state proof.

Theory of operation. The container's main process is docker/guest/agent.py (PID 1, out of the programs' reach). We send
it orders as JSON lines and get facts back; the pump's thread checks each fact and files it under its program, callers
wait on `Session.changed` with their own deadlines. A run that breaks its session (or leaves it unclean) is told so in
its aftermath, and the next run gets a new container. Only what the engine does wrong is an InfraError.

`Session.changed` guards everything that the pump's thread writes.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from proclab.errors import InfraError, ProtocolError
from proclab.facts import LINE, Leftover, fact
from proclab.logs import Lines
from proclab.outcome import Aftermath, Outcome
from proclab.process import GRACE, Limits, Process
from proclab.sandbox import Engine, Sandbox
from proclab.spec import ContainerSpec
from proclab.stream import Transcript

__all__ = ["Limits", "Process", "Run", "Session"]

AGENT = ("python3", "-I", "-S", "/usr/lib/proclab/agent.py")


@dataclass
class Run:
    """One run of a session, while it is open. `after` is there once it is closed."""

    session: Session
    cwd: str = ""
    after: Aftermath = field(default_factory=Aftermath)

    def start(
        self,
        *argv: str,
        tty: bool = False,
        limits: Limits | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Process:
        """Start a program in the run's folder."""
        return self.session.start(argv, tty, limits or Limits(), dict(env or {}))

    def look(self, *argv: str, seconds: float = 10) -> Outcome:
        """Run a looking tool to its end, while the run's other programs live."""
        process = self.start(*argv, limits=Limits(wall=seconds))
        process.end_input()
        return process.wait()


class Session:
    """A lab container with an agent in it. Use it in a `with` statement, from one thread."""

    def __init__(self, engine: Engine, spec: ContainerSpec, *, networks: dict[str, str] | None = None) -> None:
        self.changed = threading.Condition()
        self.containers = 0  # how many it took so far
        self._engine = engine
        self._networks = networks
        # The agent is PID 1 itself: an init in front of it would share its pipes with the programs.
        self._spec = replace(spec, init=False, stdin_open=True, tty=False, entrypoint=None, command=AGENT)
        self._sandbox: Sandbox | None = None
        self._reset()

    def _reset(self) -> None:
        self._orders: list[str] = []
        self._gathering = False
        self._close_ordered = False
        self._lines = Lines(LINE)
        self._complaint = Transcript(4096, 4096)
        self._processes: dict[int, Process] = {}
        self._facts: dict[str, dict[str, Any]] = {}
        self._closed = False
        self._error: Exception | None = None

    def __enter__(self) -> Session:
        self._renew()
        return self

    def __exit__(self, *exc: object) -> None:
        self._let_go()

    def _renew(self) -> None:
        self._reset()
        self.containers += 1
        self._sandbox = Sandbox(self._engine, self._spec, networks=self._networks, listener=self).__enter__()

    def _let_go(self) -> None:
        sandbox, self._sandbox = self._sandbox, None
        if sandbox:
            sandbox.__exit__(None, None, None)

    def feed(self, stream: str, data: bytes) -> None:
        """Bytes from the agent (on the pump's thread)."""
        if stream == "stderr":
            self._complaint.feed("stderr", data)
            return
        with self.changed:
            found = [fact(line) for line in self._lines.feed(data)]
            for each in found:
                self._file(each)
            if any(each["event"] != "output" for each in found):  # for output there is the transcript's own condition
                self.changed.notify_all()

    def close(self, error: Exception | None = None) -> None:
        """The agent's stream has ended (on the pump's thread)."""
        with self.changed:
            self._closed = True
            self._error = error
            for process in self._processes.values():
                process.transcript.close()
            self.changed.notify_all()

    def _file(self, found: dict[str, Any]) -> None:
        if "id" not in found:
            self._facts[found["event"]] = found
        elif process := self._processes.get(found["id"]):
            process.file(found)
        else:
            raise ProtocolError(f"a fact about program {found['id']}, which was never started")

    def order(self, **order: Any) -> None:
        """Send the agent an order (or keep it, while orders are gathered). Returns at once."""
        self._orders.append(json.dumps(order))
        if not self._gathering:
            self._send()

    def _send(self) -> None:
        orders, self._orders = self._orders, []
        if self._sandbox:
            self._sandbox.send("\n".join(orders) + "\n")

    @contextmanager
    def _gathered(self) -> Iterator[None]:
        """The orders given meanwhile go out together: one way there and back instead of several."""
        self._gathering = True
        try:
            yield
        finally:
            self._gathering = False
            self._send()

    def wait_until(self, true: Callable[[], Any], seconds: float) -> bool:
        """Wait for something that the pump's thread brings about; False if the session ends or time is up."""
        with self.changed:
            self.changed.wait_for(lambda: true() or self._closed, seconds)
            if isinstance(self._error, ProtocolError):
                raise self._error
            return bool(true())

    @contextmanager
    def open(self, files: Mapping[str, str | bytes] | None = None, grace: float = 0.0) -> Iterator[Run]:
        """A run: a fresh folder with these files. At its end everything in it is killed, removed and told."""
        if not self._sandbox:
            self._renew()
        run = Run(self)
        texts = {n: t if isinstance(t, str) else t.decode("utf-8", "surrogateescape") for n, t in (files or {}).items()}
        self._facts.clear()
        self._close_ordered = False
        self.order(do="open", files=texts)
        try:
            yield run
        finally:
            run.after = self._finish(grace)
            if run.after.broken or not run.after.clean:
                self._let_go()

    def start(self, argv: tuple[str, ...], tty: bool, limits: Limits, env: dict[str, str]) -> Process:
        """Order a program to be started; that it could not be is an outcome."""
        number = len(self._processes) + 1
        process = Process(self, number, limits)
        with self.changed:
            self._processes[number] = process
        self.order(do="start", id=number, argv=argv, tty=tty, env=env, **limits.order())
        if not self._gathering:
            self.wait_until(lambda: process.pid or process.end, GRACE)
        return process

    def _finish(self, grace: float) -> Aftermath:
        """Close the run in the agent; or find out why that is no longer possible."""
        if not self._close_ordered:
            self.order(do="close", grace=grace)
        if not self.wait_until(lambda: "closed" in self._facts, grace + GRACE):
            return self._broken()
        found = self._facts["closed"]
        return Aftermath(
            leftovers=tuple(Leftover(**{k: p[k] for k in Leftover.__match_args__}) for p in found["leftovers"]),
            leftover_count=found["leftover_count"],
            litter=tuple(str(each) for each in found["litter"]),
            clean=found["clean"],
            oom_kills=found["oom_kills"],
            pids_hits=found["pids_hits"],
        )

    def _broken(self) -> Aftermath:
        """The session ended under the run, or the agent is stuck; whether the engine failed, the engine says."""
        sandbox = self._sandbox
        if sandbox is None:
            raise InfraError("a run of a session that is closed")
        state = self._engine.inspect(sandbox.id)["State"]
        if complaint := self._complaint.output("stderr").text.strip():
            raise InfraError(f"the agent of {sandbox.name} failed: {complaint.splitlines()[-1]}")
        why = "the agent does not answer" if state["Running"] else f"the container ended ({state['ExitCode']})"
        return Aftermath(broken=why, oom_kills=int(bool(state["OOMKilled"])))

    def run(
        self,
        *argv: str,
        stdin: bytes | str = b"",
        files: Mapping[str, str | bytes] | None = None,
        tty: bool = False,
        limits: Limits | None = None,
        env: Mapping[str, str] | None = None,
        grace: float = 0.0,
    ) -> Outcome:
        """One program as a run of its own: input as given, then its end; the outcome, with the aftermath."""
        with self.open(files, grace) as run:
            with self._gathered():
                process = run.start(*argv, tty=tty, limits=limits, env=env)
                if stdin:
                    process.send(stdin)
                process.end_input()
                self.order(do="close", grace=grace, ended=True)
                self._close_ordered = True
            outcome = process.wait()
        after = run.after
        return replace(outcome, after=after, oom_kills=after.oom_kills, pids_hits=after.pids_hits)
