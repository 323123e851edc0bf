"""Samples of /proc → events, marked as sampled: what a recording shows exactly, worked out from two looks.

Pure. Each event has `exact=False` and `src="proc"`; its time is that of the look that showed it. The state after the
events of some looks is what the last look shows. What came and went between two looks is not there, and what the first
look shows nobody is known to have done (`own` is false). Open file descriptions have no name in /proc: a pipe's end and
a socket count as one each, a file as one as far as fork(2) is known to share it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from proclab import events as ev
from proclab.events import Event, Fd, Task
from proclab.procfs.objects import Objects
from proclab.procfs.sample import Descriptor, Process, Sample, Thread
from proclab.procfs.waiting import Waiting, waiting_of
from proclab.text import signal_name

On = Literal["fd", "fds", "task", "futex", "sleep", "signal", "lock", "other"]
PASSIVE = (ev.Block, ev.Run, ev.Start, ev.Orphan, ev.Inherit)  # after which a thread that waited still waits
ON: dict[str, On] = {
    "wait4": "task",
    "waitid": "task",
    "futex": "futex",
    "poll": "fds",
    "ppoll": "fds",
    "select": "fds",
    "pselect6": "fds",
    "nanosleep": "sleep",
    "clock_nanosleep": "sleep",
    "pause": "signal",
    "rt_sigsuspend": "signal",
    "rt_sigtimedwait": "signal",
}


def events(samples: Iterable[Sample]) -> list[Event]:
    """The events of these looks, in their order; of one container or of several."""
    looks = Looks()
    for sample in samples:
        looks.take(sample)
    return looks.events


class Looks:
    """Looks as they come; `events` are what they add up to."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.latest: dict[str, Sample] = {}
        self.whole: dict[str, Sample] = {}
        self.objects = Objects()
        self._boxes: dict[str, _Box] = {}

    def take(self, sample: Sample, whole: Sample | None = None) -> None:
        """The next look at a container; `whole`: with the processes that are not shown but may hold ends."""
        self.latest[sample.box], self.whole[sample.box] = sample, whole or sample
        self.objects.look(list(self.whole.values()))
        if sample.box not in self._boxes:
            self._boxes[sample.box] = _Box(sample.box, self.events, self.objects)
        self._boxes[sample.box].look(sample)

    def ended(self, box: str) -> None:
        """A container has ended: so has everything in it, nobody knows how."""
        if self.latest.pop(box, None):
            del self.whole[box]
            self._boxes[box].ended()
            self.objects.look(list(self.whole.values()))

    def restarted(self) -> Looks:
        """The same without a past: its events are what is there now, by the same names."""
        new = Looks()
        new.objects = self.objects
        new.objects.forget()
        for box, sample in self.latest.items():
            new.take(sample, self.whole[box])
        return new


@dataclass
class _Life:
    """A process as it was last seen."""

    task: Task
    process: Process
    table: dict[int, tuple[Descriptor, str]] = field(default_factory=dict)  # fd → what, open file description
    sockets: dict[int, dict[str, Any]] = field(default_factory=dict)  # fd → what the events have said of it
    threads: dict[int, Task] = field(default_factory=dict)  # those that live; a zombie has none
    blocked: dict[int, tuple[Waiting, int]] = field(default_factory=dict)  # tid → where, seq of its Block
    masks: dict[int, frozenset[int]] = field(default_factory=dict)


class _Box:
    """A container as it was last seen."""

    def __init__(self, name: str, events: list[Event], objects: Objects) -> None:
        self.name, self.events, self.objects, self.t = name, events, objects, 0
        self.first = True  # what the first look shows was there before
        self.lives: dict[int, _Life] = {}
        self.times: dict[int, int] = {}  # pid → incarnations

    def look(self, sample: Sample) -> None:
        """Puts down what is new in a sample."""
        self.t = sample.t
        now = {process.pid: process for process in sample.processes}
        gone = [pid for pid, life in self.lives.items() if pid not in now or now[pid].start != life.process.start]
        for pid in gone:
            self._gone(self.lives[pid], now)
        for pid in gone:
            del self.lives[pid]
        for process in _parents_first(sample.processes):
            self._process(process)
        for process in sample.processes:  # at last: a thread that has done something meanwhile waits again
            for thread in process.threads if not process.zombie else ():
                self._waiting(self.lives[process.pid], thread, waiting_of(thread, sample.machine))
        self.first = False

    def ended(self) -> None:
        """Everything has ended, children before their parents."""
        for life in reversed(self.lives.values()):
            if not life.process.zombie:
                self.tell(ev.Exit, life, code=None)
        self.lives.clear()

    def tell(self, kind: type[Event], life: _Life, tid: int = 0, **fields: Any) -> int:
        """Put an event down; its seq."""
        task = life.threads.get(tid, life.task)
        seq = len(self.events)
        if kind not in PASSIVE:
            life.blocked.pop(task.pid, None)
        self.events.append(
            kind(seq=seq, t=self.t, box=self.name, task=task, proc=life.task, exact=False, src="proc", **fields)
        )
        return seq

    # ------------------------------------------------------------ birth and end

    def _gone(self, life: _Life, now: dict[int, Process]) -> None:
        """A process has ended and been reaped since. How it ended, only a zombie has shown."""
        parent = self.lives.get(life.process.ppid)
        if parent and life.process.ppid in now and now[life.process.ppid].start == parent.process.start:
            pid = life.task.pid
            self.tell(ev.Wait, parent, call="wait4", child=life.task, pid=pid, how="exited", reaped=True)
        elif not life.process.zombie:
            self.tell(ev.Exit, life, code=None)

    def _process(self, process: Process) -> None:
        life = self.lives.get(process.pid) or self._born(process)
        was, life.process = life.process, process
        if process.zombie:
            if life.threads:
                self._ended(life, process.status or 0)
                life.threads = {}
            return
        if was.ppid != process.ppid:
            parent = self.lives.get(process.ppid)
            self.tell(ev.Orphan, life, parent=parent.task if parent else None)
        if was.argv != process.argv and process.argv:  # one that is just ending has none
            self._exec(life, process)
        self._threads(life, process)
        if process.fds is not None:
            self._descriptors(life, process.fds)
        for thread in process.threads:
            self._mask(life, thread)

    def _born(self, process: Process) -> _Life:
        """A child of a process that is known, else one that was there; an init's may be anybody's child."""
        task = self._task(process.pid)
        life = self.lives[process.pid] = _Life(task, process, threads={process.pid: task})
        parent = self.lives.get(process.ppid)
        if parent and parent.threads and process.ppid != 1:
            self.tell(ev.Fork, parent, call="clone", child=task)
            life.table, life.sockets = dict(parent.table), dict(parent.sockets)
            life.masks[process.pid] = parent.masks.get(parent.task.pid, frozenset())
            life.process = parent.process
        else:
            self.tell(ev.Start, life, ppid=process.ppid)
        if life.process is process or (process.argv != life.process.argv and not process.zombie):
            self._exec(life, process)
        life.process = process
        return life

    def _task(self, pid: int) -> Task:
        """A new owner of a pid."""
        self.times[pid] = self.times.get(pid, 0) + 1
        return Task(pid, self.times[pid])

    def _exec(self, life: _Life, process: Process) -> None:
        """It runs another program, alone: other threads don't survive an exec."""
        argv = process.argv or (process.name,)  # a zombie has only its name left
        ended = tuple(task for task in life.threads.values() if task != life.task)
        self.tell(ev.Exec, life, call="execve", path=argv[0], argv=argv, ended=ended)
        life.threads = {life.task.pid: life.task}
        for tid in [tid for tid in life.blocked if tid != life.task.pid]:
            del life.blocked[tid]
        for tid in [tid for tid in life.masks if tid != life.task.pid]:
            del life.masks[tid]

    def _ended(self, life: _Life, status: int) -> None:
        if number := status & 0x7F:
            self.tell(ev.Killed, life, sig=signal_name(number), core=bool(status & 0x80))
        else:
            self.tell(ev.Exit, life, code=status >> 8 & 0xFF)

    def _threads(self, life: _Life, process: Process) -> None:
        now = {thread.tid for thread in process.threads} | {process.pid}
        for tid in sorted(now - life.threads.keys()):
            life.threads[tid] = self._task(tid)
            self.tell(ev.Thread, life, call="clone", child=life.threads[tid])
        for tid in sorted(life.threads.keys() - now):
            self.tell(ev.ThreadExit, life, tid)
            del life.threads[tid]
            life.blocked.pop(tid, None)
            life.masks.pop(tid, None)

    # ------------------------------------------------------------ descriptors, masks, waits

    def _descriptors(self, life: _Life, fds: tuple[Descriptor, ...]) -> None:
        now = {each.fd: each for each in fds}
        for fd in sorted(life.table.keys() | now.keys()):
            was, of = life.table.get(fd, (None, ""))
            new = now.get(fd)
            if was and (new is None or _leads_to(was) != _leads_to(new)):
                self.tell(ev.Close, life, fd=fd, of=of, obj=self.objects.name(was), own=not self.first)
                del life.table[fd]
                life.sockets.pop(fd, None)
                was = None
            if new and not was:
                self._opened(life, new)
            elif fd in life.sockets:
                self._socket(life, fd)

    def _opened(self, life: _Life, new: Descriptor) -> None:
        of = f"{self.name}/{life.task}:{new.fd}:{new.link}"
        if new.key:
            of = new.key if new.key.startswith("socket:") else f"{new.key}:{new.way}"
        name, facts = self.objects.name(new), self.objects.facts(new)
        self.tell(ev.Inherit, life, fd=Fd(new.fd, of, new.cloexec), obj=name, own=not self.first, **facts)
        life.table[new.fd] = (new, of)
        if new.key.startswith("socket:"):
            life.sockets[new.fd] = self.objects.socket(new)

    def _socket(self, life: _Life, fd: int) -> None:
        """A socket that was there before: it listens now, or is connected."""
        descriptor, of = life.table[fd]
        was, now = life.sockets[fd], self.objects.socket(descriptor)
        where: dict[str, Any] = {"fd": fd, "of": of, "obj": self.objects.name(descriptor)}
        if now["listening"] and not was["listening"]:
            self.tell(ev.Bind, life, call="bind", addr=now["addr"], **where)
            self.tell(ev.Listen, life, call="listen", **where)
        elif now.get("addr") != was.get("addr"):  # a peer that is met later tells of the connection itself
            ends = {name: now.get(name, "") for name in ("addr", "local", "peer")}
            self.tell(ev.Connect, life, call="connect", **ends, **where)
        life.sockets[fd] = now

    def _mask(self, life: _Life, thread: Thread) -> None:
        blocked = thread.signals.blocked
        if blocked != life.masks.get(thread.tid, frozenset()):
            life.masks[thread.tid] = blocked
            names = tuple(signal_name(number) for number in sorted(blocked))
            self.tell(ev.SigMask, life, thread.tid, call="rt_sigprocmask", blocked=names, own=not self.first)

    def _waiting(self, life: _Life, thread: Thread, where: Waiting | None) -> None:
        was = life.blocked.get(thread.tid)
        if was and was[0] != where:
            del life.blocked[thread.tid]
            self.tell(ev.Run, life, thread.tid, call=was[0].call, block=was[1])
        if where and (not was or was[0] != where):
            entry = life.table.get(where.fd) if where.fd is not None else None
            more = {"of": entry[1], "obj": self.objects.name(entry[0])} if entry else {}
            on: On = "fd" if where.fd is not None else ON.get(where.call, "other")
            fds = () if where.fd is None else (where.fd,)
            name = f"{where.futex:#x}" if where.futex else ""
            seq = self.tell(
                ev.Block, life, thread.tid, call=where.call, on=on, fds=fds, target=where.child, name=name, **more
            )
            life.blocked[thread.tid] = (where, seq)


def _leads_to(descriptor: Descriptor) -> tuple[str, str, str | None]:
    return descriptor.link, descriptor.key, descriptor.way


def _parents_first(processes: tuple[Process, ...]) -> Iterator[Process]:
    """In an order in which no child comes before its parent (pids say nothing: they are reused)."""
    children: dict[int, list[Process]] = {}
    pids = {process.pid for process in processes}
    for process in processes:
        children.setdefault(process.ppid if process.ppid in pids else 0, []).append(process)
    waiting = list(reversed(children.pop(0, [])))
    while waiting:
        process = waiting.pop()
        yield process
        waiting += reversed(children.pop(process.pid, []))
