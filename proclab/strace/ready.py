"""Whether all that a returned call needs has come before it: the bytes it read, the connection it accepted, and so on.

strace stamps a call when it begins, but measures how long it took from when the first half of its line is written.
Writing takes microseconds, milliseconds with -yy, more when the processor is busy, so a call seems to return too early
by that much, earlier even than the call of another thread that it waited for. It was over before its thread's next
line in any case: until there it is held back for what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from proclab.strace import order
from proclab.strace.address import address, bound
from proclab.strace.ancestry import Lifetime
from proclab.strace.descriptors import fifo_mode, met
from proclab.strace.sockets import fits
from proclab.strace.steps import Step
from proclab.strace.tables import Description, Object, lockable
from proclab.strace.waiting import readable
from proclab.strace.world import Thread, World


def ready(world: World, life: Lifetime, step: Step) -> bool:
    """True where nothing is lacking, or where it may have come from outside of the recording."""
    check, thread = CHECKS.get(step.name), world.threads.get(life)
    failed = step.failed and step.error != "EINPROGRESS"
    return check is None or thread is None or failed or check(world, thread, step)


def _of(thread: Thread, fd: int | None) -> Description | None:
    entry = thread.process.table.entries.get(-1 if fd is None else fd)
    return entry.of if entry else None


def _within(world: World, thing: Object) -> bool:
    """Whether all that comes out of it must have gone in within the recording."""
    if thing.what == "pipe":
        return not thing.path  # an inherited one has a number there
    if thing.what == "fifo":
        return True
    connected = thing.peer is not None or thing.listener is not None
    return thing.what == "socket" and (connected or (thing.style == "SOCK_DGRAM" and thing in world.listening))


def _read(world: World, thread: Thread, step: Step) -> bool:
    of = _of(thread, step.fd())
    if of is None or not _within(world, of.object):
        return True
    if not step.ret:
        return step.arg(2) == "0" or of.object.style == "SOCK_DGRAM" or _ended(of.object)
    lacking = step.ret
    for chunk in of.object.chunks:
        lacking -= chunk.n
        if lacking <= 0 or of.object.style == "SOCK_DGRAM":
            return True
    return False


def _ended(thing: Object) -> bool:
    return thing.ended is not None or (thing.what == "fifo" and thing.writers == 0)


def _accept(world: World, thread: Thread, step: Step) -> bool:
    of = _of(thread, step.fd())
    if of is None or of.object.listens is None:
        return True
    return any(fits(world, thread.life, thing, step) for thing in of.object.queue)


def _connect(world: World, thread: Thread, step: Step) -> bool:
    of = _of(thread, step.fd())
    if of is None or of.object.style not in ("SOCK_STREAM", "SOCK_SEQPACKET") or of.object.peer is not None:
        return True
    to, style = address(step.arg(1)), of.object.style
    listener = of.object.listener or bound(world, to, style, thread.life.box)
    return listener is not None and listener.listens is not None


def _open(world: World, thread: Thread, step: Step) -> bool:
    """A FIFO is open when somebody has opened the other end, too."""
    block, mode = world.blocks.get(id(step)), fifo_mode(step)
    thing = world.boxes[thread.life.box].objects.get(world.drafts[block].values["obj"]) if block is not None else None
    if thing is None or mode == "rw" or any("O_NONBLOCK" in arg for arg in step.args):
        return True
    there = thing.writers if mode == "r" else thing.readers
    return there > 0 or met(world, thing, mode, block) is not None


def _flock(world: World, thread: Thread, step: Step) -> bool:
    of = _of(thread, step.fd())
    return of is None or lockable(of, "LOCK_EX" in step.arg(1))


def _poll(world: World, thread: Thread, step: Step) -> bool:
    found = (of.object for fd in readable(step) if (of := _of(thread, fd)))
    return all(any(_signs(thing)) for thing in found if thing.listens is not None or _within(world, thing))


def _signs(thing: Object) -> Iterator[bool]:
    """What a poll(2) may have found."""
    yield bool(thing.chunks or thing.queue or thing.rights)
    yield _ended(thing)


CHECKS: dict[str, Callable[[World, Thread, Step], bool]] = {
    **dict.fromkeys(order.READS - {"recvmmsg"}, _read),
    **dict.fromkeys(order.OPENS, _open),
    **dict.fromkeys(order.POLLS, _poll),
    "accept": _accept,
    "accept4": _accept,
    "connect": _connect,
    "flock": _flock,
}
