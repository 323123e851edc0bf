"""Findings about signals: lost because one was pending already, and delivered in the middle of a system call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from proclab.events import Event, Exit, Killed, SigDeliver, SigSend, SigTake, Task
from proclab.findings.finding import Finding, Watch
from proclab.state.box import Box, State
from proclab.text import RTMIN, SIGNAL_NUMBERS


@dataclass(frozen=True, kw_only=True)
class Coalesced(Finding):
    """A signal was sent again while it was pending: it is delivered once."""

    kind: ClassVar[str] = "signal_coalesced"
    passing: ClassVar[frozenset[str]] = Finding.passing | {"sent", "delivered"}
    proc: Task
    sig: str
    sent: int
    delivered: bool  # False: still pending


@dataclass(frozen=True, kw_only=True)
class Interrupted(Finding):
    """A handler ran in the middle of a system call that was waiting."""

    kind: ClassVar[str] = "signal_interrupted"
    task: Task
    proc: Task
    sig: str
    call: str
    by: Task | None = None


@dataclass
class Delivery:
    """A signal that arrived, and all the sendings that it answers."""

    event: SigDeliver | SigTake
    sends: list[int] = field(default_factory=list)

    @property
    def counts(self) -> bool:
        """Whether the program notices how often it comes."""
        return isinstance(self.event, SigTake) or self.event.action == "handler"


Key = tuple[Task, str]
FOR_SIGNALS = ("pause", "rt_sigsuspend")  # they wait for nothing else


class Signals(Watch):
    """Counts what is sent against what is delivered. Every end of a child sends SIGCHLD."""

    before = (Exit, Killed, SigSend, SigDeliver, SigTake)

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.sent: dict[Key, list[int]] = {}
        self.delivered: dict[Key, list[Delivery]] = {}

    def look(self, box: Box, event: Event) -> None:
        if isinstance(event, Exit | Killed):
            process = box.processes.get(event.proc)
            parent = box.processes.get(process.parent) if process and process.parent else None
            if parent is not None and parent.alive and process is not None and process.alive:
                self.sent.setdefault((parent.task, "SIGCHLD"), []).append(event.seq)
        elif isinstance(event, SigSend):
            standard = SIGNAL_NUMBERS.get(event.sig, RTMIN) < RTMIN
            if standard and event.to is not None and not event.error and event.to in box.threads:
                self.sent.setdefault((event.to, event.sig), []).append(event.seq)
        elif isinstance(event, SigDeliver):
            self._arrived(event)
            if event.interrupted not in ("", *FOR_SIGNALS) and event.action == "handler":
                self.findings.append(
                    Interrupted(
                        seq=event.seq,
                        box=box.name,
                        line=event.line,
                        task=event.task,
                        proc=event.proc,
                        sig=event.sig,
                        call=event.interrupted,
                        by=event.by,
                    )
                )
        elif isinstance(event, SigTake) and not event.error:
            self._arrived(event)

    def _arrived(self, event: SigDeliver | SigTake) -> None:
        for key in ((event.task, event.sig), (event.proc, event.sig)):
            waiting = self.sent.get(key)
            earlier = self.delivered.setdefault(key, [])
            if waiting:
                named = [] if event.sig == "SIGCHLD" else [seq for seq in waiting if seq in event.cause]
                taken = named or waiting
                earlier.append(Delivery(event, list(taken)))
                self.sent[key] = [seq for seq in waiting if seq not in taken]
                return
            rich = next((one for one in reversed(earlier) if len(one.sends) > 1), None)
            if rich is not None:  # it had not been coalesced after all: two ends came before two deliveries
                earlier.append(Delivery(event, [rich.sends.pop()]))
                return

    def finish(self, box: Box) -> None:
        for (task, sig), deliveries in self.delivered.items():
            for one in deliveries:
                if len(one.sends) > 1 and one.counts:
                    proc, sent = box.threads[task].proc, len(one.sends)
                    self.findings.append(
                        Coalesced(
                            seq=one.sends[1],
                            until=one.event.seq,
                            box=box.name,
                            sig=sig,
                            proc=proc,
                            sent=sent,
                            delivered=True,
                        )
                    )
        for (task, sig), sends in self.sent.items():
            thread = box.threads[task]
            if len(sends) > 1 and thread.ended is None and thread.blocks(sig):
                self.findings.append(
                    Coalesced(seq=sends[1], box=box.name, sig=sig, proc=thread.proc, sent=len(sends), delivered=False)
                )
