"""System calls on sockets: socket, socketpair, bind, listen, connect, accept, shutdown."""

from __future__ import annotations

from operator import attrgetter

from proclab.events import Accept, Bind, Connect, Fd, Listen, Shutdown, Socket, SocketPair
from proclab.strace.address import address, bound, loopback
from proclab.strace.ancestry import Lifetime
from proclab.strace.steps import Step
from proclab.strace.tables import Object, finished
from proclab.strace.tokens import items, number
from proclab.strace.world import World

NSCD = "/var/run/nscd/socket"
UNDER_WAY = ("", "EINPROGRESS", "EALREADY", "EISCONN", "EINTR", "ERESTARTSYS")
RETRY = 900_000_000  # nanoseconds: TCP sends again after a second what a listener without room has dropped


def _style(text: str) -> tuple[str, bool]:
    """Type of a socket, and whether it is close-on-exec."""
    words = text.split("|")
    return words[0], "SOCK_CLOEXEC" in words


def socket(world: World, step: Step) -> None:
    """socket(2)."""
    kind, cloexec = _style(step.arg(1))
    values = {"family": step.arg(0), "socktype": kind}
    if step.failed or step.ret is None:
        world.call(Socket, step, **values)
        return
    thing = world.object("socket")
    thing.style = kind
    own = step.arg(0) != "AF_NETLINK"  # getaddrinfo(3) asks for routes by such
    fd = enter(world, step.ret, thing, cloexec, own)
    world.entry(step, step.ret).of.nonblock = "SOCK_NONBLOCK" in step.arg(1)
    thing.drafts.append(world.call(Socket, step, fd=fd, obj=thing.id, own=world.own and own, **values))


def enter(world: World, fd: int, thing: Object, cloexec: bool, own: bool = True) -> Fd:
    """A descriptor for a new socket."""
    of = world.describe(thing, own=own)
    world.table.put(fd, of, cloexec)
    return Fd(fd, of.id, cloexec)


def socketpair(world: World, step: Step) -> None:
    """socketpair(2): two objects that are each other's peers."""
    kind, cloexec = _style(step.arg(1))
    fds = [number(item) for item in items(step.arg(3))]
    values = {"family": step.arg(0), "socktype": kind}
    if step.failed or len(fds) != 2 or fds[0] is None or fds[1] is None:
        world.call(SocketPair, step, **values)
        return
    one, two = world.object("socket"), world.object("socket")
    one.peer, two.peer, one.style, two.style = two, one, kind, kind
    a, b = enter(world, fds[0], one, cloexec), enter(world, fds[1], two, cloexec)
    for fd in (a.fd, b.fd):
        world.entry(step, fd).of.nonblock = "SOCK_NONBLOCK" in step.arg(1)
    world.call(SocketPair, step, a=a, b=b, obj_a=one.id, obj_b=two.id, **values)


def bind(world: World, step: Step) -> None:
    """bind(2)."""
    of = world.entry(step).of
    addr = address(step.arg(1))
    if not step.failed:
        settle(world, of.object, addr)
        of.object.used = True
    world.call(Bind, step, fd=step.fd(), of=of.id, obj=of.object.id, addr=addr, own=world.own and of.own)


def settle(world: World, thing: Object, addr: str) -> None:
    """A socket has this address now."""
    thing.address, thing.box = addr, world.here.life.box
    if addr and thing not in world.listening:
        world.listening.append(thing)


def name(world: World, step: Step) -> None:
    """getsockname(2): the port that the kernel chose, where bind(2) asked for any."""
    thing = world.entry(step).of.object
    if not step.failed and thing in world.listening and thing.address.endswith(":0"):
        thing.address = address(step.arg(1)) or thing.address
    world.other(step)


def listen(world: World, step: Step) -> None:
    """listen(2)."""
    of = world.entry(step).of
    backlog = number(step.arg(1)) or 0
    of.object.listens = world.call(Listen, step, fd=step.fd(), of=of.id, obj=of.object.id, backlog=backlog)


def connecting(world: World, step: Step, draft: int) -> None:
    """connect(2) has begun: the socket is in the listener's queue, whose accept(2) may return before it does."""
    thing = world.entry(step).of.object
    listener = bound(world, address(step.arg(1)), thing.style, world.here.life.box)
    free = thing.peer is None and thing.listener is None and listener is not thing
    if listener is not None and free and thing.style != "SOCK_DGRAM":
        again = ":" in listener.address and step.end is not None and step.end - step.begin >= RETRY
        thing.queued_at = step.end if again and step.end is not None else step.begin
        thing.pending, thing.listener, thing.asked = draft, listener, address(step.arg(1))
        thing.caller = (world.here.life, step.begin, step.fd())
        listener.queue.append(thing)


def connect(world: World, step: Step) -> None:
    """connect(2) has returned."""
    of = world.entry(step).of
    thing, addr = of.object, address(step.arg(1))
    refused = step.error not in UNDER_WAY or (thing.listener is not None and thing.listener.listens is None)
    if refused and thing.listener is not None:
        if thing in thing.listener.queue:
            thing.listener.queue.remove(thing)
        thing.listener = None
    elif thing.peer is None and thing.listener is None and step.error in UNDER_WAY:
        connecting(world, step, len(world.drafts))  # the listener wasn't known when it began
    if thing.style == "SOCK_DGRAM" and not step.failed:
        thing.peer = bound(world, addr, thing.style, world.here.life.box)
    peer = thing.peer if thing.style != "SOCK_DGRAM" else None
    event = world.call(
        Connect, step, fd=step.fd(), of=of.id, obj=thing.id, addr=addr, local=thing.local, **_named(world, peer)
    )
    thing.drafts.append(event)
    if addr == NSCD:
        thing.quiet = True
    elif addr.endswith(":53"):  # the name service: what is asked and answered is the C library's as well
        of.own = False
        world.mark_internal(thing.drafts)
    if thing.peer is None:
        thing.pending = event
    if not step.error and thing.listener is not None:
        world.cause(event, thing.listener.listens)


def accept(world: World, step: Step) -> None:
    """accept(2): connections come in the order in which they were made."""
    listener = world.entry(step).of
    values = {"fd": step.fd(), "of": listener.id, "listener": listener.object.id}
    if step.failed or step.ret is None:
        world.call(Accept, step, **values)
        return
    thing = world.object("socket")
    addr = address(step.arg(1))
    peer = _next(world, listener.object, step, addr)
    new = enter(world, step.ret, thing, "SOCK_CLOEXEC" in step.arg(3))
    world.entry(step, step.ret).of.nonblock = "SOCK_NONBLOCK" in step.arg(3)
    event = world.call(
        Accept, step, new=new, obj=thing.id, addr=addr, local=listener.object.address, **_named(world, peer), **values
    )
    if peer is not None:
        thing.peer, peer.peer, peer.local = peer, thing, addr
        thing.chunks.extend(peer.early)
        thing.rights.extend(peer.early_rights)
        peer.early.clear()
        peer.early_rights.clear()
        world.cause(event, peer.pending)
        if peer.closing is not None:
            thing.ended = peer.closing


def _named(world: World, peer: Object | None) -> dict[str, str]:
    """A peer as events name it."""
    if peer is None:
        return {}
    return {"peer": peer.id, "peer_box": "" if peer.home == world.box.name else peer.home}


def _next(world: World, listener: Object, step: Step, addr: str) -> Object | None:
    """The connection that is handed out: the one bound to that address, else the oldest that it can be."""
    there = [thing for thing in listener.queue if addr and addr == thing.address]
    oldest = sorted(there or listener.queue, key=attrgetter("queued_at"))
    fitting = (thing for thing in oldest if fits(world, world.here.life, thing, step))  # asked one by one: it costs
    thing = next(fitting, oldest[0] if oldest else None)
    if thing is not None:
        listener.queue.remove(thing)
    return thing


def fits(world: World, life: Lifetime, thing: Object, step: Step) -> bool:
    """Whether a connection in a listener's queue can be the one that an accept got: by its address, and by
    what was said over it later."""
    addr = address(step.arg(1))
    port = thing.address.rpartition(":")[2]  # where it was bound before
    if ":" in addr and not (loopback(thing.asked) == loopback(addr) and port in ("", "0", addr.rpartition(":")[2])):
        return False
    if thing.caller is None or step.ret is None:
        return True
    return world.conversation.payload(*thing.caller).answer(world.conversation.payload(life, step.begin, step.ret))


def shutdown(world: World, step: Step) -> None:
    """shutdown(2): the peer will see end of file."""
    of = world.entry(step).of
    how = step.arg(1)
    event = world.call(Shutdown, step, fd=step.fd(), of=of.id, obj=of.object.id, how=how)
    if not step.failed and how in ("SHUT_WR", "SHUT_RDWR"):
        of.object.closing = event
        if of.object.peer is not None:
            world.blame(finished(of.object.peer, event), event)
