"""Findings about the ends of pipes: a reader without end of file, a writer without readers, a FIFO opened alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from proclab.events import Block, Close, Dup, Event, Exec, Exit, Killed, LockWait, Read, Task, ThreadExit, Write
from proclab.findings.finding import Finding, Watch
from proclab.state.box import Box, State
from proclab.state.records import Closed, Holder, Object, Wait
from proclab.state.waiting import awaited_end, is_stuck, wakers


@dataclass(frozen=True, kw_only=True)
class NoEof(Finding):
    """A reader waits at a pipe whose write end is held by processes that will not write."""

    kind: ClassVar[str] = "no_eof"
    task: Task
    proc: Task
    fd: int
    thing: Object
    holders: tuple[Holder, ...]  # to blame
    ever: bool  # they are all stuck: there will be no end of file
    eof: bool = False  # it came at last, when they let go

    @property
    def accuses(self) -> bool:
        return self.ever and not self.eof

    @property
    def own(self) -> bool:
        """The reader has only itself to blame."""
        return {holder.proc for holder in self.holders} == {self.proc}


def no_eof(box: Box, wait: Wait) -> NoEof | None:
    """Whether a reader waits in vain.

    In vain: it and all who could write are stuck; or everybody who ever wrote has let go, and those who still hold
    the write end have never written a byte.
    """
    thing = box.objects.get(wait.obj)
    if thing is None or thing.what not in ("pipe", "fifo") or awaited_end(wait) != "write" or box.bytes.get(wait.obj):
        return None
    wrote = {box.threads[task].proc for task in box.used.get((wait.obj, "write"), ())}
    ever = is_stuck(box, wait.task)
    if thing.outside or not (wrote or ever):
        return None
    holders = box.holders(wait.obj, "write")
    idle = bool(wrote) and not wrote & {holder.proc for holder in holders}
    if not holders or not (idle or ever):
        return None
    fd = wait.fds[0] if wait.fds else -1
    return NoEof(
        seq=box.seq,
        box=box.name,
        task=wait.task,
        proc=wait.proc,
        fd=fd,
        thing=thing,
        holders=holders,
        ever=ever,
        line=wait.line,
    )


@dataclass(frozen=True, kw_only=True)
class BrokenPipe(Finding):
    """Somebody wrote to a pipe or FIFO that nobody can read any more."""

    kind: ClassVar[str] = "broken_pipe"
    task: Task
    proc: Task
    fd: int
    thing: Object
    closer: Closed | None = None  # of the read end: its last holder
    killed: bool = False  # by SIGPIPE


WAITS = (Block, LockWait)


class Ends(Watch):
    """Looks at readers that wait, at whoever lets go of an end, and at writes that fail."""

    before = (Exit, Killed)
    after = (Block, LockWait, Close, Dup, Exec, Exit, Killed, ThreadExit, Read, Write)

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.open: dict[Task, NoEof] = {}  # reader → what may become a finding
        self.held: set[Task] = set()  # readers: one to blame waited for something else
        self.stood: dict[Task, int] = {}  # process → when it last began to wait

    def look(self, box: Box, event: Event) -> None:
        """A reader that ends has waited in vain to its end."""
        for task in box.members.get(event.proc, ()):
            if task in self.open:
                self._over(box, task, event, eof=False)
        if isinstance(event, Killed) and event.sig == "SIGPIPE" and self.findings:
            last = self.findings[-1]
            if isinstance(last, BrokenPipe) and last.proc == event.proc:
                self.findings[-1] = replace(last, killed=True)

    def see(self, box: Box, event: Event) -> None:
        if isinstance(event, Read):
            self._read(box, event)
        elif isinstance(event, Write):
            self._written(box, event)
        elif isinstance(event, WAITS):
            self.stood[event.proc] = event.seq
            self._check(box, box.waits.get(event.task))
        else:
            obj = event.obj if isinstance(event, Close) else None
            waits = [wait for wait in box.waits.values() if obj is None or wait.obj == obj or wait.on != "fd"]
            self._check_all(box, waits)
        if isinstance(event, WAITS):
            waits = [wait for wait in box.waits.values() if wait.task != event.task and wait.obj]
            self._check_all(box, waits)

    def _check_all(self, box: Box, waits: list[Wait]) -> None:
        """Each reader; of a pipe that a thread may still write to only the first, for all of them may see an end."""
        hopeful = set[str]()
        for wait in waits:
            if wait.task not in self.open and awaited_end(wait) == "write" and wait.obj not in hopeful:
                self._check(box, wait)
                if wait.task not in self.open and any(task not in box.waits for task in wakers(box, wait) or ()):
                    hopeful.add(wait.obj)

    def _check(self, box: Box, wait: Wait | None) -> None:
        if wait is not None and wait.task not in self.open:
            found = no_eof(box, wait)
            if found:
                self.open[wait.task] = found
                self.held.discard(wait.task)
                self._held(box, found)

    def _read(self, box: Box, event: Read) -> None:
        if event.task in self.open and not event.error.startswith(("ERESTART", "EINTR", "EAGAIN")):
            if event.n:
                del self.open[event.task]  # somebody wrote after all
            else:
                self._over(box, event.task, event, eof=not event.error)

    def _over(self, box: Box, task: Task, event: Event, eof: bool) -> None:
        finding = self.open.pop(task)
        if self._held(box, finding):
            self.findings.append(replace(finding, until=event.seq, eof=eof))

    def _held(self, box: Box, finding: NoEof) -> bool:
        """Whether one to blame has held the end while it waited for other things, and wasn't just about to close it."""
        procs = {holder.proc for holder in finding.holders}
        now = finding.ever or any(wait.proc in procs and wait.task != finding.task for wait in box.waits.values())
        if now or any(self.stood.get(proc, -1) > finding.seq for proc in procs):
            self.held.add(finding.task)
        return finding.task in self.held

    def _written(self, box: Box, event: Write) -> None:
        thing = box.objects.get(event.obj) or Object(event.obj)
        if event.error == "EPIPE" and not event.fault and thing.what in ("pipe", "fifo", "unknown"):
            closer = box.closed.get((event.obj, "read"))
            self.findings.append(
                BrokenPipe(
                    seq=event.seq,
                    box=box.name,
                    line=event.line,
                    task=event.task,
                    proc=event.proc,
                    fd=event.fd,
                    thing=thing,
                    closer=closer,
                )
            )

    def finish(self, box: Box) -> None:
        self.findings += [finding for finding in self.open.values() if self._held(box, finding)]


@dataclass(frozen=True, kw_only=True)
class FifoAlone(Finding):
    """A thread stood in open(2) of a FIFO at the end: nobody had opened the other end. Somebody might have yet."""

    kind: ClassVar[str] = "fifo_alone"
    task: Task
    proc: Task
    thing: Object


class Fifos(Watch):
    """At the end, looks at threads that wait in open(2) of a FIFO."""

    def finish(self, box: Box) -> None:
        for wait in box.waits.values():
            if wait.obj.startswith("fifo:") and wait.call.startswith(("open", "creat")):
                thing = Object(wait.obj, what="fifo", path=wait.name)
                self.findings.append(
                    FifoAlone(seq=wait.seq, box=box.name, line=wait.line, task=wait.task, proc=wait.proc, thing=thing)
                )
