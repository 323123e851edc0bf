"""What makes, changes and ends processes: fork, exec, exit, wait."""

from __future__ import annotations

import os
import re
from typing import Any, Literal

from proclab.errors import ProtocolError
from proclab.events import Exec, Exit, Fd, Fork, Gap, Killed, Start, Stopped, Thread, ThreadExit, Wait, What
from proclab.strace.ancestry import Lifetime, flags
from proclab.strace.order import status, waited_pid
from proclab.strace.steps import Step
from proclab.strace.tables import Table
from proclab.strace.tokens import items, number, plain, string
from proclab.strace.world import Process, World

COPIED = 1_000_000  # descriptors: a thousand, and a thousand forks

PYTHON = re.compile(r"(.*/)?python[\d.]*$")
EXITSTATUS = re.compile(r"WEXITSTATUS\(s\) == (\d{1,3})(?!\d)")
SIGNALLED = re.compile(r"W(?:TERM|STOP)SIG\(s\) == (SIG\w+)")
INFO = re.compile(r"si_status=(\w+)")


def start(world: World, life: Lifetime) -> None:
    """A task whose beginning we haven't seen: the first process, with what it inherited."""
    process = Process(life.leader, Table())
    world.here = world.thread(life, process)
    known, when = life.start, life.first or 0
    world.draft(Start, t=when, ppid=known.get("ppid"), exact=bool(known))
    world.here.mask = frozenset(known.get("blocked", ()))
    process.handlers = dict.fromkeys(known.get("ignored", ()), "ignore")
    if known:
        _inherited(world, when, known)
    else:
        for fd in range(3):
            world.inherit(when, fd, _said(life, fd))


def _said(life: Lifetime, fd: int) -> str:
    """What -y says of an inherited descriptor, where it is first used."""
    for step in life.steps:
        if step.name.startswith(("dup", "close_range")) or step.args[:1] == (f"{fd}",):
            return ""
        if step.name in ("read", "write", "close", "fcntl", "ioctl") and step.fd() == fd:
            return step.said()
    return ""


def _inherited(world: World, when: int, known: Any) -> None:
    """The descriptors that the recorder wrote down."""
    described: dict[int, Any] = {}
    for one in known.get("fds", ()):
        what: What = one["what"]
        target, flags_ = str(one.get("target", "")), str(one.get("flags", ""))
        path = target.removeprefix(f"{what}:") if what in ("pipe", "socket") else target
        number_ = int(one.get("of", one["fd"]))
        if number_ not in described:
            thing = world.object(what, path)
            described[number_] = world.describe(thing, "O_WRONLY" not in flags_, not flags_.startswith("O_RDONLY"))
            described[number_].nonblock = "O_NONBLOCK" in flags_
        of = described[number_]
        world.take_in(when, Fd(int(one["fd"]), of.id), of, True, flags_)


# --- fork, exec ---


def fork(world: World, step: Step) -> None:
    """fork(2), vfork(2), clone(2), clone3(2)."""
    how, child = flags(step), world.relations.births.get(id(step))
    if child is None:
        world.call(Thread if how.thread else Fork, step)
        return
    parent = world.here
    if child.thread:
        world.drafts[world.call(Thread, step, child=child.task)].child = child
        world.thread(child, parent.process, parent)
        return
    event = world.call(Fork, step, child=child.task, vfork=how.vfork, vm=how.vm, files=how.files, flags=how.text)
    world.drafts[event].child = child
    table = parent.process.table
    if how.files:
        table.users += 1
    process = Process(
        child,
        table if how.files else _copied(world, table),
        dict(parent.process.handlers),
        parent.process.started,
        parent.process.script,
        parent.process.marked,
    )
    world.thread(child, process, parent)


class TooMuch(ProtocolError):
    """A recording that would take more to read than it took to make: the doing of the program, or of a forger."""


def _copied(world: World, table: Table) -> Table:
    """What fork(2) gives a child: in a forged recording the square of its length, so there is a limit."""
    world.copied += len(table.entries)
    if world.copied > COPIED:
        raise TooMuch(f"the recording's processes inherit more than {COPIED} descriptors from each other")
    return table.copy()


def exec_(world: World, step: Step) -> None:
    """execve(2). Attempts along PATH that fail are kept for the event of the one that doesn't."""
    process, place = world.here.process, 1 if step.name == "execveat" else 0
    path = string(step.arg(place))
    if step.failed:
        world.drafted[id(step)] = -1
        process.failed.append(f"{path}: {step.error or 'did not return'}")
        process.fault = step.fault or process.fault
        return
    process.table = _own_table(process)
    argv = tuple(string(item) for item in items(step.arg(place + 1)) if item.startswith('"'))
    ended = tuple(sorted(life.task for life in process.threads if life not in (world.here.life, process.life)))
    closed = tuple(fd for fd, entry in sorted(process.table.entries.items()) if entry.cloexec)
    event = world.call(Exec, step, path=path, argv=argv, failed=tuple(process.failed), closed=closed, ended=ended)
    for fd in closed:
        world.drop(fd, event)
    if step.note == "lost":
        world.event(Gap, step, code="exec", lost=1, own=True)
    _renew(world, process, path, argv)


def _own_table(process: Process) -> Table:
    """exec ends the sharing of a descriptor table (close-on-exec must not touch the others)."""
    if process.table.users <= 1:
        return process.table
    process.table.users -= 1
    return process.table.copy()


def _renew(world: World, process: Process, path: str, argv: tuple[str, ...]) -> None:
    """What exec(2) resets: handlers, threads, and what we know of the program."""
    process.failed, process.fault = [], ""
    process.handlers = {sig: "ignore" for sig, action in process.handlers.items() if action == "ignore"}
    process.threads = {world.here.life}
    here = world.here
    process.marked, here.line, here.ran, here.importing, here.over = False, None, False, False, False
    script = next((arg for arg in argv[1:] if not arg.startswith("-")), "") if PYTHON.match(path) else ""
    if any(arg.startswith(("-c", "-m")) for arg in argv[1:]):
        script = ""
    process.script, process.started = os.path.normpath(script) if script else "", not script
    process.since = len(world.drafts) if PYTHON.match(path) else None


def give_up(world: World, step: Step) -> None:
    """The attempts to exec have all failed: one event says so, before what the process does next."""
    process = world.here.process
    failed, process.failed = tuple(process.failed), []
    path, _, error = failed[-1].rpartition(": ")
    world.event(Exec, step, path=path, failed=failed[:-1], error=error, call="execve", fault=process.fault)
    process.fault = ""


# --- ends ---


def over(world: World, step: Step, began: int) -> None:
    """A thread, or with its main thread the process, has ended."""
    here, process = world.here, world.here.process
    step = Step(step.kind, step.pid, began, step.end, step.at, step.name, ret=step.ret, note=step.note)
    if here.life is not process.life:
        process.threads.discard(here.life)
        called = any(before.name == "exit" for before in here.life.steps[-2:-1])
        event = world.event(ThreadExit, step, code=step.ret or 0, called=called)
    elif step.kind == "killed":
        core, felled = step.note == "core", _felled(world, step)
        event = world.event(Killed, step, sig=step.name, core=core, felled=felled, own=True)
    else:
        event = world.event(Exit, step, code=step.ret or 0, own=True)
    world.ends[here.life] = event
    if here.life is process.life:
        world.drop_all(process, event)
    if step.kind == "killed":
        delivered = _delivered(world)
        world.cause(event, world.box.sent.get((here.life.task, step.name)) if delivered is None else delivered)


def _felled(world: World, step: Step) -> bool:
    """Whether the recorder has killed it."""
    felling, task = world.fells.get(world.box.name), world.here.life.task
    if felling is None or step.name != "SIGKILL" or (task, "SIGKILL") in world.box.sent:
        return False
    ended = felling.since is not None and step.begin >= felling.since
    return felling.fells(task.pid, step.begin) and (ended or not world.box.swept)


def _delivered(world: World) -> int | None:
    """The delivery of the signal that killed: the draft before."""
    before = world.here.before
    return before if before is not None and world.drafts[before].cls.kind == "sig_deliver" else None


def wait(world: World, step: Step) -> None:
    """wait4(2), waitid(2)."""
    pid, text = waited_pid(step), status(step)
    child = world.relations.reaps.get(id(step))
    how, code, sig = _status(text) if pid else ("nothing", None, "")
    if pid and how == "nothing" and child is not None and child.over is not None:  # wait4(-1, NULL, …)
        how, code, sig = _ended(child.over)
    options = step.arg(3 if step.name == "waitid" else 2)
    reaped = how in ("exited", "killed") and "WNOWAIT" not in options
    task = child.task if child else world.task(pid)
    event = world.call(
        Wait,
        step,
        target=target(step),
        options="" if options == "0" else options,
        child=task,
        pid=pid or 0,
        how=how,
        code=code,
        sig=sig,
        reaped=reaped,
    )
    if child is not None:
        world.cause(event, world.ends.get(child))


def target(step: Step) -> int | None:
    """Whom a wait waits for, as in waitpid(2)."""
    if step.name != "waitid":
        return number(step.arg(0))
    kind, name = step.arg(0), number(step.arg(1))
    return {"P_ALL": -1, "P_PID": name, "P_PGID": -(name or 0)}.get(kind)


def _ended(over: Step) -> tuple[How, int | None, str]:
    return ("killed", None, over.name) if over.kind == "killed" else ("exited", over.ret, "")


How = Literal["exited", "killed", "stopped", "continued", "nothing"]


def _status(text: str) -> tuple[How, int | None, str]:
    if found := INFO.search(text):
        value = found[1]
        name = value if value.startswith("SIG") else ""
        if "CLD_EXITED" in text:
            return "exited", number(value), ""
        how: How = "stopped" if "CLD_STOPPED" in text else "continued" if "CLD_CONTINUED" in text else "killed"
        return how, None, name
    if found := EXITSTATUS.search(text):
        return "exited", int(found[1]), ""
    if found := SIGNALLED.search(text):
        return ("stopped" if "WIFSTOPPED" in text else "killed"), None, found[1]
    return ("continued" if "WIFCONTINUED" in text else "nothing"), None, ""


def stopped(world: World, step: Step) -> None:
    """--- stopped by SIGSTOP ---"""
    world.event(Stopped, step, sig=step.name, own=True)


def gap(world: World, step: Step) -> None:
    """A line that is none of strace's, or makes no sense."""
    world.event(Gap, step, code="lost", what=(plain(step.text),), lost=1, own=True)
