"""Findings about connections: refused and tried again, and the other side that has closed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from proclab.events import Connect, Event, Read, Task, Write
from proclab.findings.finding import Finding, Watch
from proclab.state.box import Box, State
from proclab.state.records import Closed, Object

BROKEN = ("ECONNRESET", "EPIPE")


@dataclass(frozen=True, kw_only=True)
class Refused(Finding):
    """A process wanted to connect where nobody listened (yet)."""

    kind: ClassVar[str] = "refused"
    passing: ClassVar[frozenset[str]] = Finding.passing | {"times", "connected"}
    proc: Task
    addr: str
    times: int
    connected: bool  # in the end


@dataclass(frozen=True, kw_only=True)
class PeerClosed(Finding):
    """A process has learned that the other side of its connection has closed."""

    kind: ClassVar[str] = "peer_closed"
    task: Task
    proc: Task
    fd: int
    thing: Object
    error: str  # "": end of file
    closer: Closed | None = None


class Peers(Watch):
    """Looks at connects, and at reads and writes of sockets that find nobody."""

    after = (Connect, Read, Write)

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.refused: dict[tuple[Task, str], Refused] = {}
        self.known: set[tuple[str, str]] = set()  # object, error

    def see(self, box: Box, event: Event) -> None:
        if isinstance(event, Connect):
            self._connect(box, event)
        elif isinstance(event, Read | Write):
            eof, thing = isinstance(event, Read) and event.eof, box.objects.get(event.obj)
            broken = event.error in BROKEN and not event.fault
            if (eof or broken) and thing is not None and thing.what == "socket":
                self._closed(box, event, thing, "" if eof else event.error)

    def _connect(self, box: Box, event: Connect) -> None:
        key = event.proc, event.addr
        known = self.refused.get(key)
        if event.error == "ECONNREFUSED" and not event.fault:
            first = Refused(
                seq=event.seq, box=box.name, line=event.line, proc=event.proc, addr=event.addr, times=0, connected=False
            )
            self.refused[key] = replace(known or first, times=(known or first).times + 1)
        elif known is not None and event.error in ("", "EINPROGRESS"):
            self.findings.append(replace(known, connected=True, until=event.seq))
            del self.refused[key]

    def _closed(self, box: Box, event: Read | Write, thing: Object, error: str) -> None:
        if (thing.id, error) not in self.known:
            self.known.add((thing.id, error))
            there = self.state.boxes.get(thing.peer_box or box.name)
            closer = there.closed.get((thing.peer, "write")) if there else None
            self.findings.append(
                PeerClosed(
                    seq=event.seq,
                    box=box.name,
                    line=event.line,
                    task=event.task,
                    proc=event.proc,
                    fd=event.fd,
                    thing=thing,
                    error=error,
                    closer=closer,
                )
            )

    def finish(self, box: Box) -> None:
        self.findings += self.refused.values()
