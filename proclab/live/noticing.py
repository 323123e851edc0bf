"""Samples → what to notice now: the findings of proclab/state that a sample can vouch for, and no other.

Pure. A sample knows no history, and it is not taken in one instant. So a finding counts when two samples one after the
other show it, and a wait counts only of a thread that has not run between them: then all of those threads stood still
together. What may end a wait by itself (a timer, a signal that is handled, another process at a shared futex) makes
nobody a suspect. docs/looking.md lists the kinds.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from proclab.events import Task
from proclab.findings import Finding, Held, NoEof, Orphaned, Unreaped, deadlocks_in, no_eof
from proclab.findings.sampled import no_readers
from proclab.findings.standstill import groups, standstill_of
from proclab.live.look import HANDLED_BY_PYTHON
from proclab.procfs import Looks, Process, Sample, Thread, own, waiting_of
from proclab.state import Box, reduce
from proclab.state.waiting import awaited_end
from proclab.text import signal_name
from proclab.words import Lang, Names, catalogue

Identity = tuple[int, int]  # pid, start
MANY = 8  # threads of a group in which no single circle is looked for: telling them all would help nobody
FUTEX_PRIVATE = 128
QUEUED_FROM = 32  # real-time signals are counted, signal(7)


class Noticing:
    """What is to be noticed in one container. It remembers two samples, and of what lives its first parent."""

    def __init__(self) -> None:
        self.before: Sample | None = None
        self.now: Sample | None = None
        self.parents: dict[Identity, int] = {}
        self._known: tuple[Finding, ...] | None = ()

    def take(self, sample: Sample) -> None:
        """The next sample."""
        self.before, self.now, self._known = self.now, sample, None
        first = {(each.pid, each.start): each.ppid for each in sample.processes}
        self.parents = {process: self.parents.get(process, ppid) for process, ppid in first.items()}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those that the last two samples show, derived when they are asked for: a slow reader skips samples."""
        if self._known is None:
            self._known = self._derived()
        return self._known

    def _derived(self) -> tuple[Finding, ...]:
        if self.before is None or self.now is None:
            return ()
        still = at_rest(self.before, self.now)
        findings = tuple(self._findings(self.now, still))
        if not findings:
            return ()
        earlier = {finding.key for finding in self._findings(self.before, still)}
        return tuple(finding for finding in findings if finding.key in earlier)

    def _findings(self, sample: Sample, still: frozenset[int]) -> Iterator[Finding]:
        box = _state(_what_is_sure(sample, still))
        if all(each.fds is not None or each.zombie for each in sample.processes):
            yield from _stuck(box)
            yield from no_readers(box)
        yield from _zombies(box)
        yield from self._orphans(sample)
        yield from _held(sample)

    def _orphans(self, sample: Sample) -> Iterator[Finding]:
        for process in sample.processes:
            first = self.parents.get((process.pid, process.start), process.ppid)
            adopted = first == process.ppid and _adopted(sample, process)
            if (adopted or first != process.ppid) and not process.zombie:
                parent = None if adopted else Task(first)
                yield Orphaned(seq=0, box=sample.box, proc=Task(process.pid), parent=parent, new=Task(process.ppid))


def _adopted(sample: Sample, process: Process) -> bool:
    """Whether init has it from another parent: an init starts one program only, before everything else."""
    init = [each for each in sample.processes if each.pid == 1 and "init" in each.name]
    family = [each for each in sample.processes if each.ppid == 1]
    return bool(init) and process.ppid == 1 and process is not min(family, key=lambda each: (each.start, each.pid))


# ---------------------------------------------------------------- what is sure


def at_rest(before: Sample, now: Sample) -> frozenset[int]:
    """The threads that have not run between two samples, and that nothing but another thread can wake."""
    was = {(p.pid, p.start, t.tid): t for p in before.processes for t in p.threads}
    found = set()
    for process in now.processes:
        for thread in process.threads:
            old = was.get((process.pid, process.start, thread.tid))
            ran = (
                old is None
                or thread.switches is None
                or (old.switches, old.syscall) != (thread.switches, thread.syscall)
            )
            if not ran and not _wakes_by_itself(thread, now.machine):
                found.add(thread.tid)
    return frozenset(found)


def _wakes_by_itself(thread: Thread, machine: str) -> bool:
    """A futex with a time limit or shared with other processes; or a handler of signals might let go of it."""
    where = waiting_of(thread, machine)
    if where is None or where.call != "futex":
        return False
    _, _, op, _, timeout, *_ = (*thread.syscall, 0, 0, 0, 0, 0)
    return not op & FUTEX_PRIVATE or timeout != 0 or bool(thread.signals.caught - HANDLED_BY_PYTHON)


def _what_is_sure(sample: Sample, still: frozenset[int]) -> Sample:
    """The sample without proclab's own processes, in which a thread that might go on by itself counts as running.

    What proclab's own have started has then come from outside, and so have its standard descriptors.
    """
    theirs = {process.pid: process for process in sample.processes if not own(process)}
    processes = []
    for process in theirs.values():
        sockets = {each.fd for each in process.fds or () if each.key.startswith("socket:")}
        rest = {t.tid for t in process.threads if t.tid in still and not _at(sockets, t, sample.machine)}
        threads = (t if t.tid in rest else replace(t, syscall=(), wchan="") for t in process.threads)
        ppid = process.ppid if process.ppid in theirs else 0
        processes.append(replace(process, threads=tuple(threads), ppid=ppid))
    return replace(sample, processes=tuple(processes))


def _at(fds: Container[int], thread: Thread, machine: str) -> bool:
    where = waiting_of(thread, machine)
    return where is not None and where.fd in fds


def _state(sample: Sample) -> Box:
    """What the sample shows; pipes keep the kernel's names, a picture renames them."""
    looks = Looks()
    looks.objects.names |= {fd.key: fd.key for process in sample.processes for fd in process.fds or () if fd.key}
    looks.take(sample)
    return reduce(looks.events).box(sample.box)


# ---------------------------------------------------------------- the kinds


def _stuck(box: Box) -> Iterator[Finding]:
    """Deadlocks, readers that will see no end of file, and what waits for input together with others."""
    known = set[Task]()
    for group in groups(box):
        known.update(group)
        at_futex = any(box.waits[task].on == "futex" for task in group)
        if at_futex or len(group) > MANY:
            yield standstill_of(box, group, outside=False)
        else:
            yield from _circles(box, group)
    for group in groups(box, outside=True):
        waits = [box.waits[task] for task in group if task not in known]
        if any(box.holders(wait.obj, end) for wait in waits if (end := awaited_end(wait)) and _in_pipe(box, wait.obj)):
            yield standstill_of(box, [wait.task for wait in waits], outside=True)


def _in_pipe(box: Box, obj: str) -> bool:
    thing = box.objects.get(obj)
    return thing is not None and thing.what in ("pipe", "fifo") and not thing.outside


def _circles(box: Box, group: Sequence[Task]) -> Iterator[Finding]:
    found = deadlocks_in(box, group)
    yield from found
    inside = {task for finding in found for task in finding.tasks}
    for task in group:
        finding = no_eof(box, box.waits[task]) if task not in inside else None
        if isinstance(finding, NoEof) and finding.ever:
            yield finding


def _zombies(box: Box) -> Iterator[Finding]:
    for process in box.zombies():
        if process.parent is not None:
            yield Unreaped(
                seq=box.seq, box=box.name, proc=process.task, parent=process.parent, ns=0, parent_ended=False, now=True
            )


def _held(sample: Sample) -> Iterator[Finding]:
    for process in sample.processes:
        if process.threads and not process.zombie and process.state != "T" and not own(process):
            blocked = frozenset.intersection(*(thread.signals.blocked for thread in process.threads))
            pending = sorted(n for n in process.threads[0].signals.pending & blocked if n < QUEUED_FROM)
            if pending:
                names = tuple(signal_name(number) for number in pending)
                yield Held(seq=0, box=sample.box, proc=Task(process.pid), sigs=names)


# ---------------------------------------------------------------- words

LIKE = 3  # findings of one sort and family that have a sentence each


def sentences(
    findings: Iterable[Finding], lang: Lang, names: Names, box: bool = False
) -> Iterator[tuple[Finding | None, str]]:
    """Each finding with its sentence, pipes as the picture calls them; None: how many like the last are left out.

    `box`: with the name of the container in front.
    """
    for _, same in groupby(findings, lambda finding: (finding.kind, finding.box, getattr(finding, "parent", None))):
        some = list(same)
        few = some if len(some) <= LIKE + 1 else some[:LIKE]
        for one in few:
            yield one, f"{one.box}: " * box + catalogue(lang).finding(one, names)
        if len(few) < len(some):
            yield None, catalogue(lang).say("look.more.findings", count=len(some) - len(few))
