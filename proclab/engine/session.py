"""A container as a session: many runs inside one, each with its own folder, programs, limits and clean-state proof.

Theory of operation. The container's main program is docker/guest/agent.py (PID 1, out of the programs' reach). We send
it orders and get messages back, as protocol.py lays down. The pump's thread files each message under its program;
callers wait on `Session.changed` with their own deadlines.

A session of a lab's service lives in that service's home (x-session in compose.yaml): the lab's mounts, environment and
networks, and for the rest the confinement of `grading`. Each container's programs have a uid that no other container
has, so that no limit which the kernel counts by uid is shared. A service without a home is taken as it is: its
programs share the agent's uid, so no run is proven clean and each one gets a container of its own.

Whatever a run does is in its outcome, and the next run gets a new container wherever there is any doubt. An agent that
dies, is stuck, paused, killed from outside or talks nonsense is such a doubt (`broken` in the outcome); where messages
are overdue, the container is ended from here. An InfraError is for what the engine refuses, and for an agent that never
said a word (then nothing of a run was started).

`Session.changed` guards everything that the pump's thread writes.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from proclab.clock import Deadline
from proclab.compose import ContainerSpec
from proclab.engine.engine import Engine
from proclab.engine.messages import Leftover
from proclab.engine.outcome import Aftermath, Outcome
from proclab.engine.program import GRACE, Limits, Program
from proclab.engine.protocol import Protocol
from proclab.engine.sandbox import Sandbox
from proclab.engine.stream import Transcript
from proclab.errors import Gone, InfraError, ProtocolError

__all__ = ["Limits", "Program", "Run", "Session"]

AGENT = ("python3", "-I", "-S", "/usr/lib/proclab/agent.py")
# 268 million uids that no system hands out (systemd's "Users, Groups, UIDs and GIDs"). Two containers of one machine
# draw the same one with a chance of 1 : 268 million.
UIDS = range(0x7000_0000, 0x7FFF_0000)


@dataclass
class Run:
    """One run of a session, while it is open. `after` is there once it is closed."""

    session: Session
    cwd: str = ""
    after: Aftermath = field(default_factory=Aftermath)
    take: tuple[str, ...] = ()  # files of its folder that are wanted at the end

    def start(
        self,
        *argv: str,
        tty: bool = False,
        limits: Limits | None = None,
        env: Mapping[str, str] | None = None,
        record: str | None = None,
        lines: bool = False,
    ) -> Program:
        """Start a program in the run's folder; `record`: recorded, guarded, with faults by this plan ("": none).

        `lines`: with the source lines of a Python program, which announces them itself, so that they prove nothing.
        """
        return self.session.start(argv, tty, limits or Limits(), dict(env or {}), record, lines)

    def look(self, *argv: str, seconds: float = 10) -> Outcome:
        """Run a looking tool to its end, while the run's other programs live."""
        program = self.start(*argv, limits=Limits(wall=seconds))
        program.end_input()
        return program.wait()


@dataclass(frozen=True)
class _Ear:
    """What a container's pump talks to: a late word of one container's is nothing to the next."""

    session: Session
    container: int

    def feed(self, stream: str, data: bytes) -> None:
        self.session.hear(self.container, stream, data)

    def close(self, error: Exception | None = None) -> None:
        self.session.hang_up(self.container, error)


class Session:
    """A lab container with an agent in it. Use it in a `with` statement, from one thread."""

    def __init__(self, engine: Engine, spec: ContainerSpec, *, networks: dict[str, str] | None = None) -> None:
        self.changed = threading.Condition()
        self.containers = 0  # how many it took so far
        self._engine = engine
        self._networks = networks
        # The agent is PID 1 itself: an init in front of it would share its pipes with the programs.
        home = spec.at_home()
        self._spec = replace(home, init=False, stdin_open=True, tty=False, command=AGENT)
        self._sandbox: Sandbox | None = None
        self._reset()

    def _reset(self) -> None:
        self._orders: list[str] = []
        self._gathering = False
        self._protocol = Protocol()
        self._complaint = Transcript(4096, 4096)
        self._programs: dict[int, Program] = {}
        self._messages: dict[str, dict[str, Any]] = {}
        self._files: dict[tuple[str, str], list[str]] = {}
        self._closed = False
        self._error: Exception | None = None
        self._lost = ""
        self._agent_out_of_memory = False

    def __enter__(self) -> Session:
        self._renew()
        return self

    def __exit__(self, *exc: object) -> None:
        self._let_go()

    def _renew(self) -> None:
        with self.changed:
            self._reset()
            self.containers += 1
        spec = self._spec.running(PROCLAB_UID=str(secrets.choice(UIDS)))
        ear = _Ear(self, self.containers)
        self._sandbox = Sandbox(self._engine, spec, networks=self._networks, listener=ear).__enter__()

    def _let_go(self) -> None:
        sandbox, self._sandbox = self._sandbox, None
        if sandbox:
            sandbox.__exit__(None, None, None)

    def be_there(self) -> None:
        """Have a container now, and not only when a run needs it: for whoever looks its name up from another one."""
        if not self._sandbox:
            self._renew()

    def hear(self, container: int, stream: str, data: bytes) -> None:
        """Bytes from an agent (on the pump's thread)."""
        with self.changed:
            if container != self.containers:
                return
            if stream == "stderr":
                self._complaint.feed("stderr", data)
                return
            found = self._protocol.receive(data)
            for each in found:
                self._file(each)
            if any(each["event"] != "output" for each in found):  # for output there is the transcript's own condition
                self.changed.notify_all()

    def hang_up(self, container: int, error: Exception | None) -> None:
        """An agent's stream has ended (on the pump's thread)."""
        with self.changed:
            if container != self.containers:
                return
            self._closed = True
            self._error = error
            for program in self._programs.values():
                program.transcript.close()
            self.changed.notify_all()

    def _file(self, found: dict[str, Any]) -> None:
        if "id" in found:
            self._programs[found["id"]].file(found)
        elif found["event"] == "file":
            self._files.setdefault((found["of"], found["name"]), []).append(found["data"])
        else:
            self._messages[found["event"]] = found

    def order(self, **order: Any) -> None:
        """Send the agent an order (or keep it, while orders are gathered). Returns at once."""
        with self.changed:
            self._orders.append(self._protocol.order(order))
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

    def wait_until(self, holds: Callable[[], Any], seconds: float) -> bool:
        """Wait for something that the pump's thread brings about; False if the session ends or time is up."""
        with self.changed:
            self.changed.wait_for(lambda: holds() or self._closed or self._lost, seconds)
            return bool(holds())

    @contextmanager
    def open(
        self, files: Mapping[str, str | bytes] | None = None, grace: float = 0.0, take: tuple[str, ...] = ()
    ) -> Iterator[Run]:
        """A run: a fresh folder with these files. At its end all in it is killed, removed, and listed in `after`."""
        self.be_there()
        run = Run(self, take=take)
        texts = {n: t if isinstance(t, str) else t.decode("utf-8", "surrogateescape") for n, t in (files or {}).items()}
        self._messages.clear()
        self._files.clear()
        self.order(do="open", files=texts)
        try:
            yield run
        finally:
            try:
                run.after = self._finish(grace, take)
            finally:
                if not run.after.clean:
                    self._let_go()

    def start(
        self,
        argv: tuple[str, ...],
        tty: bool,
        limits: Limits,
        env: dict[str, str],
        record: str | None = None,
        lines: bool = False,
    ) -> Program:
        """Order a program to be started; that it could not be is an outcome."""
        number = len(self._programs) + 1
        program = Program(self, number, limits)
        with self.changed:
            self._programs[number] = program
        recorded = {} if record is None else {"record": record, "lines": lines}
        self.order(do="start", id=number, argv=argv, tty=tty, env=env, **recorded, **limits.order())
        if not self._gathering:
            self.wait_until(lambda: program.pid or program.end, GRACE)
        return program

    def _finish(self, grace: float, take: tuple[str, ...]) -> Aftermath:
        """Close the run in the agent; or find out why that is no longer possible."""
        if self._protocol.run == "open":
            self.order(do="close", grace=grace, take=take)
        if not self.wait_until(lambda: "closed" in self._messages, grace + GRACE):
            return self._broken()
        found = self._messages["closed"]
        return Aftermath(
            leftovers=tuple(Leftover(**{k: p[k] for k in Leftover.__match_args__}) for p in found["leftovers"]),
            leftover_count=found["leftover_count"],
            litter=tuple(str(each) for each in found["litter"]),
            clean=not found["doubts"],
            doubts=tuple(str(each) for each in found["doubts"]),
            oom_kills=found["oom_kills"],
            pids_hits=found["pids_hits"],
            recording=self._texts("recording"),
            files=self._texts("folder"),
            names=tuple(self._texts("names")),
        )

    def _texts(self, of: str) -> dict[str, str]:
        return {name: "".join(pieces) for (where, name), pieces in self._files.items() if where == of}

    def _broken(self) -> Aftermath:
        why = self.lost()
        return Aftermath(broken=why, doubts=(why,), oom_kills=int(self._agent_out_of_memory))

    def lost(self) -> str:
        """Why no message comes any more: asked once, then everybody who waits for this container's gives up."""
        if not self._lost:
            why = self._why_lost()
            with self.changed:
                self._lost = why
                self.changed.notify_all()
            if not self._protocol.heard:
                raise InfraError(f"no agent ever answered in a container of {self._spec.service}: {why}")
        return self._lost

    def _why_lost(self) -> str:
        """What the engine knows, or what the agent said last."""
        if self._sandbox is None:
            raise InfraError("a run of a session that is closed")
        try:
            if self._closed:
                self._sandbox.ended(Deadline.after(0))  # the engine notes it a moment after the stream's end
            state = self._engine.inspect(self._sandbox.id)["State"]
        except Gone:
            return "the container was removed"
        self._agent_out_of_memory = bool(state["OOMKilled"])
        if isinstance(self._error, ProtocolError):
            return f"the agent's messages are none: {self._error}"
        if state["Paused"]:
            return "the container is paused"
        if state["Running"]:
            return "the agent does not answer"
        said = self._complaint.output("stderr").text.strip().splitlines()
        return f"the container ended ({state['ExitCode']})" + (f": {said[-1]}" if said else "")

    def run(
        self,
        *argv: str,
        stdin: bytes | str = b"",
        files: Mapping[str, str | bytes] | None = None,
        tty: bool = False,
        limits: Limits | None = None,
        env: Mapping[str, str] | None = None,
        grace: float = 0.0,
        record: str | None = None,
        lines: bool = False,
        take: tuple[str, ...] = (),
    ) -> Outcome:
        """One program as a run of its own: input as given, then its end; the outcome, with the aftermath."""
        with self.open(files, grace, take) as run:
            with self._gathered():
                program = run.start(*argv, tty=tty, limits=limits, env=env, record=record, lines=lines)
                if stdin:
                    program.send(stdin)
                program.end_input()
                self.order(do="close", grace=grace, take=take, ended=True)
            outcome = program.wait()
        after = run.after
        return replace(outcome, after=after, oom_kills=after.oom_kills, pids_hits=after.pids_hits)
