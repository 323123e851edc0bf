"""Recordings → events: the steps of all boxes in causal order, each handed to who knows its kind of call."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from proclab.events import Event, Gap, Note
from proclab.strace import causes, descriptors, order, processes, signals, sockets, transfer, waiting
from proclab.strace.final import finish
from proclab.strace.kin import Life, lives
from proclab.strace.lines import FORKS
from proclab.strace.order import Node, ordered, related
from proclab.strace.steps import Journal, Step, merge, read_files, read_single
from proclab.strace.talk import Talk
from proclab.strace.world import World

Handler = Callable[[World, Step], None]


@dataclass(frozen=True)
class Program:
    """One recording: the logs of `strace -ff` by thread id, or the text of `strace -f`; start.json, if there is one."""

    logs: Mapping[int, str] = field(default_factory=dict)
    text: str = ""
    box: str = ""
    start: Mapping[str, Any] = field(default_factory=dict)


def read(
    programs: Sequence[Program], sources: Mapping[str, str] | None = None, stopped: Mapping[str, str] | None = None
) -> list[Event]:
    """All events of these recordings, in causal order.

    `sources`: the student's files by their names in markers. `stopped`: boxes whose recording was ended, and why.
    """
    with _uncollected():
        return _read(programs, sources or {}, stopped or {})


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the cyclic collector, which would look through a growing heap in vain (a third of the time, measured)."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def _read(programs: Sequence[Program], sources: Mapping[str, str], stopped: Mapping[str, str]) -> list[Event]:
    boxes: dict[str, list[Program]] = defaultdict(list)
    for program in programs:
        boxes[program.box or str(program.start.get("box", ""))].append(program)
    found: list[Life] = []
    timed, blind = True, False
    for box, recorded in boxes.items():
        journal = merge([_journal(program) for program in recorded])
        timed = timed and journal.timed
        blind = blind or (not journal.timed and not any(program.text for program in recorded))
        found += lives(journal, box, [program.start for program in recorded if program.start])
    world = World({name: text.split("\n") for name, text in sources.items()}, kin=related(found), talk=Talk(found))
    for node in ordered(found, world.kin, partial(causes.told, world), blind):
        _tell(world, node)
    for thread in list(world.threads.values()):
        if thread.process.failed:
            world.here = thread
            processes.give_up(world, thread.life.steps[-1])
    _endings(world, found, stopped, timed)
    return finish(world)


def _journal(program: Program) -> Journal:
    if program.text:
        return read_single(program.text, program.start.get("pid"))
    return read_files(program.logs)


def _tell(world: World, node: Node) -> None:
    world.key = node.key
    life, step = node.life, node.step
    if life not in world.threads:
        processes.start(world, life)
    here = world.here = world.threads[life]
    if here.process.failed and step.name not in EXECS:
        processes.give_up(world, step)
    here.before = here.last
    if node.block and step.name in order.WRITES and transfer.roomy(world, step):
        HANDLERS[step.name](world, step)  # it can't have waited: it is told where it began
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
    (order.READS, transfer.read), (order.WRITES - {"sendfile"}, transfer.write), (order.OPENS, descriptors.open_),
    (set(descriptors.KINDS), descriptors.other_kind), (order.WAITS, processes.wait), (order.KILLS, signals.kill),
    (order.POLLS, waiting.poll), (order.SLEEPS, waiting.back), ({"pause", "rt_sigsuspend", "futex"}, waiting.back),
    ({"restart_syscall"}, waiting.back), (FORKS, processes.fork), (EXECS, processes.exec_),
    ({"dup", "dup2", "dup3"}, descriptors.dup), ({"pipe", "pipe2"}, descriptors.pipe),
    ({"mknod", "mknodat"}, descriptors.mkfifo), ({"accept", "accept4"}, sockets.accept),
    ({"alarm", "setitimer"}, signals.alarm), ({"sendfile", "sendfile64"}, transfer.sendfile),
)  # fmt: skip
HANDLERS: dict[str, Handler] = {
    "close": descriptors.close, "close_range": descriptors.close_range, "fcntl": descriptors.fcntl,
    "fcntl64": descriptors.fcntl, "ioctl": descriptors.ioctl, "socket": sockets.socket,
    "socketpair": sockets.socketpair, "bind": sockets.bind, "listen": sockets.listen, "connect": sockets.connect,
    "shutdown": sockets.shutdown, "getsockname": sockets.name, "rt_sigaction": signals.handler,
    "rt_sigprocmask": signals.mask, "rt_sigtimedwait": signals.take, "flock": waiting.flock,
    **{name: handler for names, handler in GROUPS for name in names},
}  # fmt: skip


def _endings(world: World, found: Sequence[Life], stopped: Mapping[str, str], timed: bool) -> None:
    """What is missing at the end, and what the reader must know."""
    gone = {(draft.life.box, task) for draft in world.drafts for task in draft.values.get("ended", ())}
    for box in world.boxes:
        last = next(draft for draft in reversed(world.drafts) if draft.life.box == box)
        world.here = world.threads[last.life]
        when = last.values["t"] + (last.values["dur"] or 0)
        own = [life for life in found if life.box == box]
        missing = [str(life.task) for life in own if life.over is None and (box, life.task) not in gone]
        if box in stopped:
            world.draft(Gap, t=when, dur=0, text=stopped[box])
        if missing:
            world.draft(Gap, t=when, dur=0, text=f"the log breaks off before the end of {_some(missing)}")
        if not timed:
            world.draft(Note, t=when, dur=0, text="the log has no times: they are counted in lines")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
