"""Calls that wait: where a thread begins to wait, and the calls that do nothing else."""

from __future__ import annotations

from typing import Any

from proclab.events import Block, LockGot, LockReleased, Run
from proclab.strace import order
from proclab.strace.descriptors import fifo_mode, opened_path
from proclab.strace.processes import target
from proclab.strace.sockets import connecting
from proclab.strace.steps import Step
from proclab.strace.tokens import fields, items, number
from proclab.strace.transfer import deliver, wanted
from proclab.strace.world import World

SETS = frozenset({"select", "_newselect", "pselect6"})
AT_DESCRIPTORS = order.READS | order.WRITES | {"accept", "accept4", "connect"}
TIMEOUTS = {"poll": 2, "ppoll": 2, "select": 4, "_newselect": 4, "pselect6": 4}  # which argument; of epoll_wait(2): 3
NO_TIME = frozenset({"0", "{tv_sec=0, tv_nsec=0}", "{tv_sec=0, tv_usec=0}"})


def begin(world: World, step: Step) -> None:
    """A call that may wait has begun. Whether it did is seen when it returns; if not, this draft is dropped."""
    draft = world.event(Block, step, call=step.name, **_on(world, step))
    world.drafts[draft].values["dur"] = 0 if step.end is not None else None
    world.blocks[id(step)] = draft
    if looks_only(world, step):
        world.looks.add(draft)
    if step.name == "connect":
        connecting(world, step, draft)
    elif step.name in order.WRITES:  # it goes into the pipe bit by bit while it waits
        of = world.entry(step).of
        deliver(world, of.object, step.ret if step.ret is not None else wanted(step), draft, step)
    elif step.name in order.OPENS:
        _fifo(world, step, draft)


def looks_only(world: World, step: Step) -> bool:
    """Whether a call never waits, as it was asked not to, however long it is kept from a processor."""
    if step.name in order.WAITS:
        return any("WNOHANG" in arg for arg in step.args[1:])
    if step.name in order.POLLS:
        return step.arg(TIMEOUTS.get(step.name, 3)) in NO_TIME
    if step.name in order.OPENS:
        return any("O_NONBLOCK" in arg for arg in step.args[1:])
    if step.name == "flock":
        return "LOCK_NB" in step.arg(1)
    if step.name not in AT_DESCRIPTORS or step.fd() < 0:
        return False
    return world.entry(step).of.nonblock or any(arg.startswith("MSG_") and "MSG_DONTWAIT" in arg for arg in step.args)


def resumed(world: World, step: Step) -> bool:
    """Whether a call is the one that only a tracer has interrupted, and waits on since it first began to."""
    broken, resumes = world.here.broken, world.here.resumes
    world.here.broken, world.here.resumes = None, False
    if broken is None or not resumes or step.name not in (broken[0].name, "restart_syscall"):
        return False
    before, draft = broken
    step.name, step.args, step.begin = before.name, before.args, before.begin
    world.dropped.add(draft)
    block: int | None = world.drafts[draft].values.pop("block")
    if block is None:
        return False
    world.blocks[id(step)] = block
    world.drafts[block].values["dur"] = 0 if step.end is not None else None
    return True


def _fifo(world: World, step: Step, draft: int) -> None:
    thing = world.box.objects.get(f"fifo:{opened_path(step)}")
    if thing is not None:
        thing.waiting |= dict.fromkeys(fifo_mode(step), draft)


def _on(world: World, step: Step) -> dict[str, Any]:
    """What it waits for."""
    name = step.name
    if name in order.WAITS:
        pidfd = step.fd(1) if step.arg(0) == "P_PIDFD" else None
        return {"on": "task", "target": target(step), "fds": () if pidfd is None else (pidfd,)}
    if name in order.POLLS:
        fds = tuple(sorted(_polled(step)))
        return {"on": "fds", "fds": fds, "own": world.own and world.table.any_own(fds)}
    if name in order.SLEEPS:
        return {"on": "sleep"}
    if name in order.PAUSES:
        return {"on": "signal"}
    if name == "futex":
        return {"on": "futex", "name": step.arg(0)}
    if name in order.OPENS:
        path = opened_path(step)
        return {
            "on": "fd" if f"fifo:{path}" in world.box.objects else "other",
            "name": path,
            "obj": f"fifo:{path}" if f"fifo:{path}" in world.box.objects else "",
        }
    if name == "restart_syscall" or step.fd() < 0:
        return {"on": "other"}
    of = world.entry(step).of
    lock = {"on": "lock", "name": of.object.id} if name == "flock" else {"on": "fd"}
    return {**lock, "fds": (step.fd(),), "of": of.id, "obj": of.object.id, "own": world.own and of.own}


def _polled(step: Step) -> set[int]:
    """The descriptors that a poll, select or epoll waits for."""
    if step.name in SETS:
        numbers = [number(item) for place in (1, 2, 3) for item in " ".join(items(step.arg(place))).split()]
    elif "epoll" in step.name:
        numbers = [step.fd()]
    else:
        numbers = [number(fields(item).get("fd", "")) for item in items(step.arg(0))]
    return {fd for fd in numbers if fd is not None and fd >= 0}


def poll(world: World, step: Step) -> None:
    """poll(2), select(2), epoll_wait(2) have returned."""
    ready: set[int | None] = set()
    if "epoll" in step.name:
        ready = {_data(item) for item in items(step.arg(1))}
    elif step.name in SETS:
        ready = {number(word) for part in step.note.split("[")[1:] for word in part.partition("]")[0].split()}
    else:
        ready = {number(fields(item).get("fd", "")) for item in items(step.note)}
    fds = tuple(sorted(fd for fd in ready if fd is not None)) if (step.ret or 0) > 0 else ()
    world.call(Run, step, ready=fds, own=world.own and world.table.any_own(_polled(step)))


def readable(step: Step) -> set[int]:
    """The descriptors that a poll, select or epoll found to have something to read."""
    if step.name in SETS:
        found = [number(word) for word in step.note.partition("in [")[2].partition("]")[0].split()]
    elif "epoll" in step.name:
        found = [_data(item) for item in items(step.arg(1)) if "EPOLLIN" in fields(item).get("events", "")]
    else:
        found = [number(fields(item).get("fd", "")) for item in items(step.note) if "POLLIN" in item]
    return {fd for fd in found if fd is not None}


def _data(item: str) -> int | None:
    """What epoll_ctl(2) was given to tell a descriptor by, which is mostly its number: a union's low half."""
    text = fields(item).get("data", "")
    return (number(text.partition("u32=")[2] or text) or 0) & 0xFFFFFFFF


def back(world: World, step: Step) -> None:
    """A sleep, pause or futex call has returned."""
    if step.name == "futex" and "WAIT" not in step.arg(1):
        world.other(step)
    else:
        world.call(Run, step)


def flock(world: World, step: Step) -> None:
    """flock(2): a lock of an open file."""
    of = world.entry(step).of
    name, operation = of.object.id, step.arg(1)
    key = (world.here.process.life, name)
    if step.failed:
        world.other(step)
    elif "LOCK_UN" in operation:
        of.object.ended = world.released[key] = world.event(
            LockReleased, step, lock=name, what="flock", how="flock", of=of.id
        )
        of.object.flocks.pop(of.id, None)
    else:
        of.object.flocks[of.id] = "LOCK_EX" in operation
        event = world.event(
            LockGot, step, lock=name, what="flock", how="flock", of=of.id, block=world.blocks.get(id(step))
        )
        world.cause(event, of.object.ended)
