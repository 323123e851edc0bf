"""Recordings → events: the steps of all boxes in causal order, each handed to the function for its kind of call."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from proclab.events import Event, Gap, Note
from proclab.strace import descriptors, order, processes, ready, signals, sockets, transfer, waiting
from proclab.strace.ancestry import Lifetime, lifetimes
from proclab.strace.conversation import Conversation
from proclab.strace.felled import Felling
from proclab.strace.final import finish
from proclab.strace.lines import FORKS
from proclab.strace.order import Node, ordered, related
from proclab.strace.steps import Journal, Step, merge, read_files, read_single
from proclab.strace.struck import Struck, mark
from proclab.strace.world import World
from proclab.strace.written import Missing

Handler = Callable[[World, Step], None]


@dataclass(frozen=True)
class Program:
    """One recording: the logs of `strace -ff` by thread id, or the text of `strace -f`; start.json, if there is one.

    faults: what a plan did to calls.
    """

    logs: Mapping[int, str] = field(default_factory=dict)
    text: str = ""
    box: str = ""
    start: Mapping[str, Any] = field(default_factory=dict)
    faults: Sequence[Struck] = ()


def read(
    programs: Sequence[Program],
    sources: Mapping[str, str] | None = None,
    missing: Mapping[str, Sequence[Missing]] | None = None,
    fells: Mapping[str, Felling] | None = None,
) -> list[Event]:
    """All events of these recordings, in causal order.

    `sources`: the student's files by their names in markers. `missing`: what each box lacks, by the recorder's files.
    `fells`: boxes whose recorder kills.
    """
    with uncollected():
        return _read(programs, sources or {}, missing or {}, fells or {})


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the cyclic collector, which would look through a growing heap in vain (a third of the time, measured)."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def _read(
    programs: Sequence[Program],
    sources: Mapping[str, str],
    missing: Mapping[str, Sequence[Missing]],
    fells: Mapping[str, Felling],
) -> list[Event]:
    boxes: dict[str, list[Program]] = defaultdict(list)
    for program in programs:
        boxes[program.box or str(program.start.get("box", ""))].append(program)
    found: list[Lifetime] = []
    timed, untimed = True, False
    for box, recorded in boxes.items():
        journal = merge([_journal(program) for program in recorded])
        timed = timed and journal.timed
        untimed = untimed or (not journal.timed and not any(program.text for program in recorded))
        found += lifetimes(journal, box, [program.start for program in recorded if program.start])
    texts = {name: text.split("\n") for name, text in sources.items()}
    world = World(texts, fells=fells, relations=related(found), conversation=Conversation(found))
    for node in ordered(found, world.relations, partial(ready.ready, world), untimed):
        _interpret(world, node)
    for thread in list(world.threads.values()):
        if thread.process.failed:
            world.here = thread
            processes.give_up(world, thread.life.steps[-1])
    _endings(world, found, missing, timed)
    return finish(world)


def _journal(program: Program) -> Journal:
    if program.text:
        return read_single(program.text, program.start.get("pid"))
    journal = read_files(program.logs)
    mark(journal, program.faults)
    _begin(journal, program.start)
    return journal


def _begin(journal: Journal, start: Mapping[str, Any]) -> None:
    """Leaves out the programs that a guarded one goes through before it is itself (start.json)."""
    through, pid = start.get("through"), start.get("pid")
    if isinstance(through, int) and isinstance(pid, int):
        steps = journal.steps.get(pid, [])
        begun = [place for place, step in enumerate(steps) if step.name in EXECS and step.ret == 0]
        if 0 < through < len(begun):
            del steps[: begun[through]]


def _interpret(world: World, node: Node) -> None:
    life, step = node.life, node.step
    if life not in world.threads:
        processes.start(world, life)
    here = world.here = world.threads[life]
    if here.process.failed and step.name not in EXECS:
        processes.give_up(world, step)
    here.before = here.last
    if here.broken is not None and step.kind == "call" and waiting.resumed(world, step) and node.block:
        return
    if node.block and step.name in order.WRITES and transfer.roomy(world, step):
        HANDLERS[step.name](world, step)  # it can't have waited: it takes place where it began
    elif id(step) in world.drafted:
        return
    elif node.block:
        waiting.begin(world, step)
    elif step.kind == "call":
        if step.end is None and not step.error and step.arg(0) != "-1":
            world.other(step)
        else:
            HANDLERS.get(step.name, World.other)(world, step)
    else:
        _befell(world, node)


def _befell(world: World, node: Node) -> None:
    step = node.step
    if step.kind in ("exited", "killed"):
        processes.over(world, step, node.key[0])
    elif step.kind == "signal":
        signals.deliver(world, step)
    elif step.kind == "stopped":
        processes.stopped(world, step)
    elif step.kind == "text":
        processes.gap(world, step)


EXECS = frozenset({"execve", "execveat"})
GROUPS: tuple[tuple[frozenset[str] | set[str], Handler], ...] = (
    (order.READS, transfer.read),
    (order.WRITES - {"sendfile", "vmsplice"}, transfer.write),
    ({"vmsplice"}, transfer.vmsplice),
    (order.OPENS, descriptors.open_),
    (set(descriptors.KINDS), descriptors.other_kind),
    (order.WAITS, processes.wait),
    (order.KILLS, signals.kill),
    (order.POLLS, waiting.poll),
    (order.SLEEPS, waiting.back),
    ({"pause", "rt_sigsuspend", "futex"}, waiting.back),
    ({"restart_syscall"}, waiting.back),
    (FORKS, processes.fork),
    (EXECS, processes.exec_),
    ({"dup", "dup2", "dup3"}, descriptors.dup),
    ({"pipe", "pipe2"}, descriptors.pipe),
    ({"mknod", "mknodat"}, descriptors.mkfifo),
    ({"accept", "accept4"}, sockets.accept),
    ({"alarm", "setitimer"}, signals.alarm),
    ({"sendfile", "sendfile64"}, transfer.sendfile),
)
HANDLERS: dict[str, Handler] = {
    "close": descriptors.close,
    "close_range": descriptors.close_range,
    "fcntl": descriptors.fcntl,
    "fcntl64": descriptors.fcntl,
    "ioctl": descriptors.ioctl,
    "socket": sockets.socket,
    "socketpair": sockets.socketpair,
    "bind": sockets.bind,
    "listen": sockets.listen,
    "connect": sockets.connect,
    "shutdown": sockets.shutdown,
    "getsockname": sockets.name,
    "rt_sigaction": signals.handler,
    "rt_sigprocmask": signals.mask,
    "rt_sigtimedwait": signals.take,
    "flock": waiting.flock,
    **{name: handler for names, handler in GROUPS for name in names},
}


def _endings(world: World, found: Sequence[Lifetime], missing: Mapping[str, Sequence[Missing]], timed: bool) -> None:
    """What is missing at the end, and what the reader must know."""
    gone = {(draft.life.box, task) for draft in world.drafts for task in draft.values.get("ended", ())}
    for box, last in {draft.life.box: draft for draft in world.drafts}.items():
        world.here = world.threads[last.life]
        when = last.values["t"] + (last.values["dur"] or 0)
        own = [life for life in found if life.box == box]
        endless = tuple(str(life.task) for life in own if life.over is None and (box, life.task) not in gone)
        for code, what in (*missing.get(box, ()), *([Missing("incomplete", endless)] if endless else [])):
            world.draft(Gap, t=when, dur=0, code=code, what=what)
        if not timed:
            world.draft(Note, t=when, dur=0, code="untimed")
