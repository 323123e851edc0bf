"""Bytes and descriptors on their way: read, write, recv, send and their like."""

from __future__ import annotations

from proclab.events import Fd, Read, Write
from proclab.strace.address import address, bound
from proclab.strace.conversation import data
from proclab.strace.descriptors import enter
from proclab.strace.markers import marker
from proclab.strace.steps import Step
from proclab.strace.tables import Object, received, sent
from proclab.strace.tokens import decoration, fields, items, number
from proclab.strace.world import World

PAGE = 4096  # bytes that a pipe or socket takes at least, pipe(7)


def read(world: World, step: Step) -> None:
    """read(2), recv(2) and their like."""
    fd = step.fd()
    if step.error == "EBADF":
        world.call(Read, step, fd=fd)
        return
    of = world.entry(step).of
    n = None if step.failed else step.ret
    of.object.used = True
    place = step.arg(1)  # the bytes, or the message's header
    fds = tuple(_received(world, of.object, place, step)) if n is not None else ()
    eof = n == 0 and not fds and step.arg(2) != "0" and "SOCK_DGRAM" not in of.object.path
    event = world.call(
        Read,
        step,
        fd=fd,
        of=of.id,
        obj=of.object.id,
        n=n,
        eof=eof,
        data="" if n is None else data(step),
        addr=address(place if "recvmsg" in step.name else step.arg(4)),
        fds=fds,
        own=world.own and of.own,
    )
    if n and "MSG_PEEK" not in step.arg(2 if "recvmsg" in step.name else 3):  # peeked bytes will be read again
        world.cause(event, *received(of.object, n, event))
    elif (eof or step.error == "ECONNRESET") and of.object.ended is None:
        of.object.unexplained.append(event)
    elif eof or step.error == "ECONNRESET":
        world.cause(event, of.object.ended)


def write(world: World, step: Step) -> None:
    """write(2), send(2) and their like; a write to descriptor -1 may be a marker."""
    fd = step.fd()
    if step.error == "EBADF" or fd == -1:
        if fd != -1 or not marker(world, step):
            world.call(Write, step, fd=fd, data=data(step))
        return
    of = world.entry(step).of
    n = None if step.failed else step.ret
    of.object.used = True
    fds = tuple(fd for fd in map(number, _rights(step.arg(1))) if fd is not None)
    event = world.call(
        Write,
        step,
        fd=fd,
        of=of.id,
        obj=of.object.id,
        n=n,
        data=data(step),
        addr=_to(step),
        fds=fds,
        own=world.own and of.own,
    )
    if step.error == "EPIPE" and of.object.unread is None:
        of.object.broken.append(event)
    elif step.error == "EPIPE":
        world.cause(event, of.object.unread)
    if id(step) not in world.blocks:  # else all that has been on its way since the call began to wait for room
        deliver(world, of.object, n or 0, event, step)


def sendfile(world: World, step: Step) -> None:
    """sendfile(2): bytes go in as by a write; what it read from is a file."""
    of = world.entry(step).of
    event = world.other(step)
    if id(step) not in world.blocks:
        deliver(world, of.object, step.ret or 0 if not step.failed else 0, event, step)


def vmsplice(world: World, step: Step) -> None:
    """vmsplice(2): a write from memory, without a copy; at the read end of a pipe it reads."""
    entry = world.table.entries.get(step.fd())
    (read if entry and not entry.of.writes else write)(world, step)


def deliver(world: World, thing: Object, n: int, draft: int, step: Step) -> None:
    """Bytes and descriptors are on their way; a message holds descriptors until they are received."""
    for fd in map(number, _rights(step.arg(1))) if not step.failed else ():
        if fd is not None:
            of = world.entry(step, fd).of
            of.refs += 1
            (thing.early_rights if thing.peer is None else thing.peer.rights).append(of)
    to = _to(step)
    target = bound(world, to, thing.style, world.here.life.box) if to else None
    world.blame(sent(Object("", "socket", peer=target) if target else thing, n, draft), draft)


def _to(step: Step) -> str:
    """The address that a datagram was sent to."""
    return address(step.arg(1) if "sendmsg" in step.name else step.arg(4)) if "send" in step.name else ""


def roomy(world: World, step: Step) -> bool:
    """Whether there was room for what a write wrote, so that it can't have waited. Every pipe and socket has a page."""
    entry = world.table.entries.get(step.fd())
    if entry is None or step.failed or step.ret is None:
        return False
    thing = entry.of.object
    if thing.what in ("file", "memfd"):
        return True
    ours = thing.what in ("pipe", "fifo") and not (thing.what == "pipe" and thing.path)
    into = thing if ours else thing.peer
    whole = "msg" in step.name or "v" in step.name or wanted(step) == step.ret
    return into is not None and whole and sum(chunk.n for chunk in into.chunks) + step.ret <= PAGE


def wanted(step: Step) -> int:
    """How many bytes a write was to write."""
    return number(step.arg(2)) or 0


def _rights(place: str) -> list[str]:
    """The descriptors in a message's control data."""
    found: list[str] = []
    if not place.startswith("{"):
        return found
    for item in items(fields(place).get("msg_control", "")):
        control = fields(item)
        if control.get("cmsg_type") == "SCM_RIGHTS":
            found += items(control.get("cmsg_data", ""))
    return found


def _received(world: World, thing: Object, place: str, step: Step) -> list[Fd]:
    cloexec = "MSG_CMSG_CLOEXEC" in place
    fds: list[Fd] = []
    for text in _rights(place):
        fd = number(text)
        if fd is not None:
            if thing.rights:
                of = thing.rights.popleft()
                of.refs -= 1  # the message held it
            else:
                of = world.inherit(step.begin, fd, decoration(text))
            fds.append(enter(world, fd, of, cloexec))
    return fds
