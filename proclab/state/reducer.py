"""state = reduce(events): what a list of events has made of a container.

Any list of events in causal order will do, also one without beginning or end: a process that is met without its birth
is taken in as it is, what is unknown stays unknown, and no process is ever made up. The rules are in processes.py,
descriptors.py, connections.py, signals.py and locks.py. Whatever needs the states in between observes the one pass:

    reduce(events, findings, layout)     each Observer sees the state before and after every event
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from proclab import events as ev
from proclab.events import Call, Event, Gap, Note
from proclab.state import connections, locks, processes, signals
from proclab.state import descriptors as fds
from proclab.state.box import Asked, Box, State


class Observer:
    """Sees the state change, event by event. It may keep records of the state, which are frozen, but never a table."""

    def before(self, state: State, event: Event) -> None:
        """The state as it is when the event comes."""

    def after(self, state: State, event: Event) -> None:
        """The state as the event has made it."""


def reduce(events: Iterable[Event], *observers: Observer) -> State:
    """The state after these events; the observers see each step of the way."""
    state = State()
    before = [observer.before for observer in observers if type(observer).before is not Observer.before]
    after = [observer.after for observer in observers if type(observer).after is not Observer.after]
    for event in events:
        for see in before:
            see(state, event)
        apply(state, event)
        for see in after:
            see(state, event)
    return state


def apply(state: State, event: Event) -> None:
    """Take in one event. This changes `state`."""
    box = state.boxes.get(event.box)
    if box is None:
        box = state.boxes[event.box] = Box(event.box)
    state.count += 1
    box.seq, box.t, box.asked = event.seq, max(box.t, event.t), Asked()
    if isinstance(event, PLACES):
        return  # their task is a place in the recording; it has done nothing
    processes.meet(box, event.proc, event.proc)
    if event.task != event.proc:
        processes.meet(box, event.task, event.proc)
    if event.task in box.waits:
        locks.wake(box, event)
    handler = HANDLERS.get(type(event))
    if handler is not None and not (isinstance(event, Call) and event.error):
        handler(box, event)
    if isinstance(event, MEETINGS) and event.peer:
        there = _home(state, event)
        if there is not None:
            connections.connected(box, event, there)
            there.asked = Asked()


def _home(state: State, event: ev.Accept | ev.Connect | ev.Inherit) -> Box | None:
    """The container of the other side. A recording names it; samples don't, but no two sockets have one name there."""
    named = "" if isinstance(event, ev.Inherit) else event.peer_box
    if named or event.src != "proc":
        return state.boxes.get(named or event.box)
    boxes = sorted(state.boxes.values(), key=lambda box: box.name != event.box)
    return next((box for box in boxes if event.peer in box.objects), None)


PLACES = (Note, Gap)
MEETINGS = (ev.Accept, ev.Inherit, ev.Connect)
HANDLERS: dict[type[Event], Callable[[Box, Any], None]] = {
    ev.Start: processes.on_start,
    ev.Fork: processes.on_fork,
    ev.Thread: processes.on_thread,
    ev.Exec: processes.on_exec,
    ev.Exit: processes.on_exit,
    ev.Killed: processes.on_killed,
    ev.Orphan: processes.on_orphan,
    ev.ThreadExit: processes.on_thread_exit,
    ev.Wait: processes.on_wait,
    ev.Stopped: processes.on_stopped,
    ev.Inherit: fds.on_inherit,
    ev.Open: fds.on_open,
    ev.MakeFifo: fds.on_fifo,
    ev.Pipe: fds.on_pipe,
    ev.Socket: connections.on_socket,
    ev.SocketPair: connections.on_socketpair,
    ev.Dup: fds.on_dup,
    ev.Close: fds.on_close,
    ev.FdFlags: fds.on_fd_flags,
    ev.Read: fds.on_read,
    ev.Write: fds.on_write,
    ev.Bind: connections.on_bind,
    ev.Listen: connections.on_listen,
    ev.Connect: connections.on_connect,
    ev.Accept: connections.on_accept,
    ev.Shutdown: connections.on_shutdown,
    ev.SigSend: signals.on_sig_send,
    ev.SigDeliver: signals.on_sig_deliver,
    ev.SigTake: signals.on_sig_take,
    ev.SigMask: signals.on_sig_mask,
    ev.SigHandler: signals.on_sig_handler,
    ev.Block: locks.on_block,
    ev.LockMade: locks.on_lock_made,
    ev.LockWait: locks.on_lock_wait,
    ev.LockGot: locks.on_lock_got,
    ev.LockReleased: locks.on_lock_released,
}
