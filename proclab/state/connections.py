"""How events change sockets: made, bound, listening, connected, shut down."""

from __future__ import annotations

from dataclasses import replace

from proclab import events as ev
from proclab.state.box import Box
from proclab.state.descriptors import ENDS, meet_object, put
from proclab.state.records import Closed, End


def on_socket(box: Box, event: ev.Socket) -> None:
    if event.fd is not None:
        meet_object(box, event, event.obj, "socket", family=event.family)
        put(box, event, event.fd, event.obj, event.task)


def on_socketpair(box: Box, event: ev.SocketPair) -> None:
    for fd, obj, peer in ((event.a, event.obj_a, event.obj_b), (event.b, event.obj_b, event.obj_a)):
        if fd is not None:
            meet_object(box, event, obj, "socket", family=event.family, peer=peer)
            put(box, event, fd, obj, event.task)


def on_bind(box: Box, event: ev.Bind) -> None:
    _change(box, event.obj, addr=event.addr, local=event.addr)


def on_listen(box: Box, event: ev.Listen) -> None:
    _change(box, event.obj, listening=True)


def on_connect(box: Box, event: ev.Connect) -> None:
    _change(box, event.obj, addr=event.addr, local=event.local, peer=event.peer, peer_box=event.peer_box)


def on_accept(box: Box, event: ev.Accept) -> None:
    if event.new is not None:
        meet_object(box, event, event.obj, "socket", addr=event.addr, local=event.local, peer=event.peer)
        put(box, event, event.new, event.obj, event.task)


def connected(box: Box, event: ev.Accept | ev.Connect | ev.Inherit, there: Box) -> None:
    """Two sockets are each other's peers: the event's and the one that it names, which is an object of that box."""
    _change(box, event.obj, peer_box=there.name if there is not box else "")
    _change(there, event.peer, peer=event.obj, peer_box=box.name if there is not box else "")


def on_shutdown(box: Box, event: ev.Shutdown) -> None:
    ends: tuple[End, ...] = ("write",) if "WR" in event.how and "RDWR" not in event.how else ENDS
    for end in ends if event.how != "SHUT_RD" else ("read",):
        box.closed[event.obj, end] = Closed(event.proc, event.seq, False, box.name)


def _change(box: Box, obj: str, **values: object) -> None:
    thing = box.objects.get(obj)
    if thing is not None:
        box.objects[obj] = replace(thing, **{name: value for name, value in values.items() if value})  # type: ignore[arg-type]
