"""Samples → what to notice now: the facts of proclab/state that a sample can vouch for, and no other.

Pure. A sample knows no history, and it is not taken in one instant. So a fact is told when two samples one after the
other show it, and a wait counts only of a thread that has not run between them: then all of those threads stood still
together. What may end a wait by itself (a timer, a signal that is handled, another process at a shared futex) makes
nobody a suspect. docs/looking.md lists the kinds.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from proclab.events import Task
from proclab.live.lookwords import word
from proclab.live.procfs import Process, Sample, Thread, own
from proclab.live.sampled import Looks
from proclab.live.standing import standing
from proclab.live.wiring import Names
from proclab.state import Box, Fact, Held, NoEof, Orphaned, Unreaped, deadlocks, no_eof, reduce
from proclab.state.fact import Lang
from proclab.state.seen import no_readers
from proclab.state.still import groups, standstill
from proclab.state.waiting import awaited_end

Identity = tuple[int, int]  # pid, start
MANY = 8  # threads of a group in which no single circle is looked for: telling them all would help nobody
FUTEX_PRIVATE = 128
HANDLED = {signal.SIGINT}  # by every Python program
STANDARD = 32  # signals below it don't queue


class Noticing:
    """What is to be noticed in one container. It remembers two samples, and of what lives its first parent."""

    def __init__(self) -> None:
        self.before: Sample | None = None
        self.now: Sample | None = None
        self.parents: dict[Identity, int] = {}
        self._known: tuple[Fact, ...] | None = ()

    def take(self, sample: Sample) -> None:
        """The next sample."""
        self.before, self.now, self._known = self.now, sample, None
        first = {(each.pid, each.start): each.ppid for each in sample.processes}
        self.parents = {one: self.parents.get(one, ppid) for one, ppid in first.items()}

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Those that the last two samples show. Derived when they are asked for: who falls behind leaves some out."""
        if self._known is None:
            self._known = self._derived()
        return self._known

    def _derived(self) -> tuple[Fact, ...]:
        if self.before is None or self.now is None:
            return ()
        still = at_rest(self.before, self.now)
        facts = tuple(self._facts(self.now, still))
        if not facts:
            return ()
        earlier = {fact.en for fact in self._facts(self.before, still)}
        return tuple(fact for fact in facts if fact.en in earlier)

    def _facts(self, sample: Sample, still: frozenset[int]) -> Iterator[Fact]:
        box = _state(_what_is_sure(sample, still))
        if all(each.fds is not None or each.zombie for each in sample.processes):
            yield from _stuck(box)
            yield from no_readers(box)
        yield from _zombies(box)
        yield from self._orphans(sample)
        yield from _held(sample)

    def _orphans(self, sample: Sample) -> Iterator[Fact]:
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
    return bool(init) and process.ppid == 1 and process is not min(family, key=lambda one: (one.start, one.pid))


# ---------------------------------------------------------------- what is sure


def at_rest(before: Sample, now: Sample) -> frozenset[int]:
    """The threads that have not run between two samples, and that nothing but another thread can wake."""
    was = {(p.pid, p.start, t.tid): t for p in before.processes for t in p.threads}
    found = set()
    for process in now.processes:
        for thread in process.threads:
            old = was.get((process.pid, process.start, thread.tid))
            ran = old is None or thread.switches is None or (old.switches, old.syscall) != (
                thread.switches, thread.syscall)  # fmt: skip
            if not ran and not _wakes_by_itself(process, thread, now.machine):
                found.add(thread.tid)
    return frozenset(found)


def _wakes_by_itself(process: Process, thread: Thread, machine: str) -> bool:
    """A futex with a time limit or shared with other processes; or a handler of signals might let go of it."""
    where = standing(thread, machine)
    if where is None or where.call != "futex":
        return False
    _, _, op, _, timeout, *_ = (*thread.syscall, 0, 0, 0, 0, 0)
    return not op & FUTEX_PRIVATE or timeout != 0 or bool(thread.signals.caught - HANDLED)


def _what_is_sure(sample: Sample, still: frozenset[int]) -> Sample:
    """The sample without proclab's own processes; who might go on by itself counts as one that runs.

    What proclab's own have started has then come from outside, and so have its standard descriptors.
    """
    theirs = {process.pid: process for process in sample.processes if not own(process)}
    processes = []
    for process in theirs.values():
        sockets = {each.fd for each in process.fds or () if each.key.startswith("socket:")}
        rest = {one.tid for one in process.threads if one.tid in still and not _at(sockets, one, sample.machine)}
        threads = (one if one.tid in rest else replace(one, syscall=(), wchan="") for one in process.threads)
        ppid = process.ppid if process.ppid in theirs else 0
        processes.append(replace(process, threads=tuple(threads), ppid=ppid))
    return replace(sample, processes=tuple(processes))


def _at(fds: Container[int], thread: Thread, machine: str) -> bool:
    where = standing(thread, machine)
    return where is not None and where.fd in fds


def _state(sample: Sample) -> Box:
    """What the sample shows; pipes keep the kernel's names until they are told of."""
    looks = Looks()
    looks.things.names |= {each.key: each.key for one in sample.processes for each in one.fds or () if each.key}
    looks.take(sample)
    return reduce(looks.told).box(sample.box)


# ---------------------------------------------------------------- the kinds


def _stuck(box: Box) -> Iterator[Fact]:
    """Deadlocks, readers that will see no end of file, and what waits for input together with others."""
    told = set[Task]()
    for group in groups(box):
        told.update(group)
        at_futex = any(box.waits[task].on == "futex" for task in group)
        if at_futex or len(group) > MANY:
            yield standstill(box, group, outside=False)
        else:
            yield from _circles(box, group)
    for group in groups(box, outside=True):
        waits = [box.waits[task] for task in group if task not in told]
        if any(box.holders(wait.obj, end) for wait in waits if (end := awaited_end(wait)) and _in_pipe(box, wait.obj)):
            yield standstill(box, [wait.task for wait in waits], outside=True)


def _in_pipe(box: Box, obj: str) -> bool:
    thing = box.objects.get(obj)
    return thing is not None and thing.what in ("pipe", "fifo") and not thing.outside


def _circles(box: Box, group: Sequence[Task]) -> Iterator[Fact]:
    found = deadlocks(box, group)
    yield from found
    inside = {task for fact in found for task in fact.tasks}
    for task in group:
        fact = no_eof(box, box.waits[task]) if task not in inside else None
        if isinstance(fact, NoEof) and fact.ever:
            yield fact


def _zombies(box: Box) -> Iterator[Fact]:
    for process in box.zombies():
        if process.parent is not None:
            yield Unreaped(seq=box.seq, box=box.name, proc=process.task, parent=process.parent, ns=0,
                           parent_ended=False, now=True)  # fmt: skip


def _held(sample: Sample) -> Iterator[Fact]:
    for process in sample.processes:
        if process.threads and not process.zombie and process.state != "T" and not own(process):
            blocked = frozenset.intersection(*(thread.signals.blocked for thread in process.threads))
            pending = sorted(n for n in process.threads[0].signals.pending & blocked if n < STANDARD)
            if pending:
                names = tuple(signal.Signals(number).name for number in pending)
                yield Held(seq=0, box=sample.box, proc=Task(process.pid), sigs=names)


# ---------------------------------------------------------------- words

LIKE = 3  # facts of one sort and family that are told one by one


def sentences(
    facts: Iterable[Fact], lang: Lang, names: Names, box: bool = False
) -> Iterator[tuple[Fact | None, str]]:  # fmt: skip
    """Each fact with its sentence, pipes as the picture calls them; None: how many are left out that are like the last.

    `box`: with the name of the container in front.
    """
    for _, same in groupby(facts, lambda fact: (fact.kind, fact.box, getattr(fact, "parent", None))):
        some = list(same)
        few = some if len(some) <= LIKE + 1 else some[:LIKE]
        for one in few:
            yield one, f"{one.box}: " * box + named(one.say(lang), names.names)
        if len(few) < len(some):
            yield None, word("more.facts", lang, count=len(some) - len(few))


def named(sentence: str, names: Mapping[str, str]) -> str:
    """A sentence with the names of a picture in place of the kernel's."""
    return re.sub(r"(pipe|socket):\[\d+\]", lambda key: names.get(key[0], key[0]), sentence)
