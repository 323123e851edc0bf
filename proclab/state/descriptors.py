"""How events change descriptor tables, open file descriptions and the objects behind them."""

from __future__ import annotations

from dataclasses import replace

from proclab import events as ev
from proclab.events import Event, Fd, Task, What
from proclab.state.box import Box
from proclab.state.records import Closed, Description, End, Entry, Object

PIPES = ("pipe", "fifo")
ENDS: tuple[End, End] = ("read", "write")


# --- tables ---


def new_table(box: Box, proc: Task, entries: dict[int, Entry] | None = None) -> int:
    """A table of its own for a process, with these entries."""
    box.tables_made += 1
    number = box.tables_made
    box.tables[number], box.users[number] = {}, (proc,)
    for fd, entry in (entries or {}).items():
        _enter(box, number, fd, entry)
    return number


def leave_table(box: Box, proc: Task, event: Event, ended: bool) -> None:
    """A process lets go of its table; it is gone with its last user."""
    process = box.processes[proc]
    users = tuple(user for user in box.users.get(process.table, ()) if user != proc)
    if users:
        box.users[process.table] = users
    else:
        for fd in list(box.tables.get(process.table, ())):
            _take(box, process.table, fd, Closed(proc, event.seq, ended, box.name))
        box.tables.pop(process.table, None)
        box.users.pop(process.table, None)
    box.processes[proc] = replace(process, table=0)


def put(
    box: Box,
    event: Event,
    fd: Fd,
    obj: str,
    maker: Task | None,
    reads: bool = True,
    writes: bool = True,
    flags: str = "",
) -> None:
    """Enter a descriptor in the table of the event's process, over what was there."""
    number = box.processes[event.proc].table
    if number not in box.tables:  # an event of a process that has ended
        return
    if fd.fd in box.tables[number]:
        _take(box, number, fd.fd, Closed(event.proc, event.seq, False, box.name))
    if fd.of not in box.descriptions:
        box.descriptions[fd.of] = Description(fd.of, obj, reads, writes, "O_NONBLOCK" in flags, flags)
        box.opened.setdefault(obj, {})[fd.of] = None
    if obj not in box.objects:
        box.objects[obj] = Object(obj)
    _enter(box, number, fd.fd, Entry(fd.of, fd.cloexec, event.seq, maker, event.own))


def _enter(box: Box, number: int, fd: int, entry: Entry) -> None:
    box.tables[number][fd] = entry
    box.places.setdefault(entry.of, {})[number, fd] = None


def copy_entry(box: Box, number: int, fd: int, entry: Entry) -> None:
    """What fork(2) does for each descriptor."""
    _enter(box, number, fd, entry)


def drop(box: Box, event: Event, fd: int) -> Entry | None:
    """Close a descriptor of the event's process; gives what it was."""
    return _take(box, box.processes[event.proc].table, fd, Closed(event.proc, event.seq, False, box.name))


def _take(box: Box, number: int, fd: int, closed: Closed) -> Entry | None:
    entry = box.tables.get(number, {}).pop(fd, None)
    if entry is None:
        return None
    left = box.places.get(entry.of, {})
    left.pop((number, fd), None)
    if not left:
        box.places.pop(entry.of, None)
        if not box.flying.get(entry.of):
            _forget(box, entry.of, closed)
    return entry


def _forget(box: Box, of: str, closed: Closed) -> None:
    """The last descriptor of an open file description is gone, and with the last of them, perhaps, the object."""
    description = box.descriptions.pop(of)
    obj = description.obj
    others = box.opened.get(obj, {})
    others.pop(of, None)
    thing = box.objects.get(obj)
    if thing is not None and thing.what in (*PIPES, "socket"):
        for end in ENDS:
            was = description.reads if end == "read" else description.writes
            if was and not any(_has(box.descriptions[other], end) for other in others):
                box.closed[obj, end] = closed
    if others:
        return
    box.opened.pop(obj, None)
    box.bytes.pop(obj, None)
    for end in ENDS:
        box.used.pop((obj, end), None)
    if thing is not None and thing.what != "fifo":
        del box.objects[obj]


def _has(description: Description, end: End) -> bool:
    return description.reads if end == "read" else description.writes


# --- events ---


def on_inherit(box: Box, event: ev.Inherit) -> None:
    known = {"peer": event.peer, "addr": event.addr, "local": event.local}
    meet_object(box, event, event.obj, event.what, path=event.path, **known)
    if event.listening:
        box.objects[event.obj] = replace(box.objects[event.obj], listening=True)
    reads, writes = _modes(event.flags, event.what)
    put(box, event, event.fd, event.obj, None, reads, writes, event.flags)


def on_open(box: Box, event: ev.Open) -> None:
    if event.fd is not None:
        meet_object(box, event, event.obj, event.what, path=event.path)
        put(box, event, event.fd, event.obj, event.task, *_modes(event.flags, event.what), flags=event.flags)


def on_fifo(box: Box, event: ev.MakeFifo) -> None:
    meet_object(box, event, event.obj, "fifo", path=event.path)


def on_pipe(box: Box, event: ev.Pipe) -> None:
    meet_object(box, event, event.obj, "pipe")
    if event.read is not None:
        put(box, event, event.read, event.obj, event.task, writes=False)
    if event.write is not None:
        put(box, event, event.write, event.obj, event.task, reads=False)


def on_dup(box: Box, event: ev.Dup) -> None:
    if event.to is not None:
        source = box.descriptions.get(event.to.of)
        put(box, event, event.to, source.obj if source else event.obj, event.task)


def on_close(box: Box, event: ev.Close) -> None:
    entry = drop(box, event, event.fd)
    if entry is None or (event.of and entry.of != event.of):
        box.unknown = (*box.unknown, event.seq)


def on_fd_flags(box: Box, event: ev.FdFlags) -> None:
    table = box.tables.get(box.processes[event.proc].table, {})
    entry = table.get(event.fd)
    if entry is not None and event.cloexec is not None:
        table[event.fd] = replace(entry, cloexec=event.cloexec)
    description = box.descriptions.get(event.of)
    if description is not None and event.nonblock is not None:
        box.descriptions[event.of] = replace(description, nonblock=event.nonblock)


def on_read(box: Box, event: ev.Read) -> None:
    if event.n and event.obj in box.bytes:
        box.bytes[event.obj] = max(0, box.bytes[event.obj] - event.n)
        use(box, event, "read")
    for fd in event.fds:
        obj = box.descriptions[fd.of].obj if fd.of in box.descriptions else ""
        put(box, event, fd, obj, event.task)
        if box.flying.get(fd.of):
            box.flying[fd.of] -= 1


def on_write(box: Box, event: ev.Write) -> None:
    thing = box.objects.get(event.obj)
    if event.n and thing is not None:
        if thing.what in PIPES:
            box.bytes[event.obj] = box.bytes.get(event.obj, 0) + event.n
            use(box, event, "write")
        elif thing.peer in box.objects and not thing.peer_box:
            box.bytes[thing.peer] = box.bytes.get(thing.peer, 0) + event.n
    for fd in event.fds:
        entry = box.fds(event.proc).get(fd)
        if entry is not None:
            box.flying[entry.of] = box.flying.get(entry.of, 0) + 1


def use(box: Box, event: Event, end: End) -> None:
    """Remember which threads use which end of a pipe."""
    obj: str = getattr(event, "obj", "")
    known = box.used.get((obj, end), frozenset())
    if event.task not in known:
        box.used[obj, end] = known | {event.task}


def meet_object(
    box: Box,
    event: Event,
    obj: str,
    what: What,
    *,
    path: str = "",
    family: str = "",
    peer: str = "",
    addr: str = "",
    local: str = "",
) -> None:
    """A new object, unless it is known (a file that is opened again)."""
    old = box.objects.get(obj)
    outside = isinstance(event, ev.Inherit) and event.outside
    if outside and old is not None:
        box.objects[obj] = old = replace(old, outside=True)
    if old is None or old.what == "unknown":
        maker = None if event.src == "proc" else event.task  # a sample shows who has it, not who made it
        box.objects[obj] = Object(obj, what, path, peer, "", addr, local, family, False, event.seq, maker, outside)


def _modes(flags: str, what: What) -> tuple[bool, bool]:
    """Whether a description opened so can be read and written."""
    words = flags.split("|")
    if "O_WRONLY" in words:
        return False, True
    reading = "O_RDONLY" in words or (not flags and what in ("file", "dir"))
    return True, not reading
