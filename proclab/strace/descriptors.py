"""System calls on descriptors: open, pipe, dup, close, flags."""

from __future__ import annotations

import re

from proclab.events import Block, Close, Dup, Fd, FdFlags, MakeFifo, Open, Pipe, What
from proclab.strace.steps import Step
from proclab.strace.tables import Description, Entry, Object
from proclab.strace.tokens import fields, items, number, string
from proclab.strace.world import World

# What an interpreter, the loader or the C library reads for itself.
SYSTEM = re.compile(
    r"/usr/(local/)?(lib|share|bin)|/lib(32|64)?/|/etc/(ld\.so|locale|localtime|python|gai\.conf|host\.conf|nsswitch)"
    r"|/proc/self/stat$|/sys/|.*(__pycache__|pyvenv\.cfg)"
)
# … even within a call of the program's.
ALWAYS = re.compile(
    r"/proc/self/stat$|/etc/(ld\.so|resolv\.conf|host\.conf|nsswitch\.conf|gai\.conf)"
    r"|/sys/devices/system/cpu/(online|possible)$"  # malloc(3) in a new thread
    r"|(/usr)?/lib(32|64)?/.*\.so[.\d]*$"  # shared libraries
)
# Reads /etc/hosts, hosts(5), to find an address. A program may also open that file itself.
LOOK_UP = re.compile(
    r"(_?socket\.)?(create_(connection|server)|connect|bind|sendto|get(addrinfo|host|fqdn|name)|open_connection|start_server)"
    r"|urlopen|(get)?request|getresponse"
)
KINDS: dict[str, What] = {
    "memfd_create": "memfd",
    "epoll_create": "epoll",
    "epoll_create1": "epoll",
    "eventfd": "eventfd",
    "eventfd2": "eventfd",
    "pidfd_open": "pidfd",
    "signalfd": "other",
    "signalfd4": "other",
    "timerfd_create": "other",
    "inotify_init1": "other",
}


def open_(world: World, step: Step) -> None:
    """open(2), openat(2), openat2(2), creat(2)."""
    path = opened_path(step)
    flags = "O_WRONLY|O_CREAT|O_TRUNC" if step.name == "creat" else step.arg(1 if step.name == "open" else 2)
    flags = fields(flags).get("flags", flags)
    own = world.own and not _for_itself(world, path)
    if step.failed or step.ret is None:
        world.call(Open, step, path=path, flags=flags, own=own)
        return
    process = world.here.process
    if process.script and path.endswith(process.script):
        process.started, own = True, False
    thing = _thing(world, path, flags)
    of = world.describe(thing, "O_WRONLY" not in flags, "O_WRONLY" in flags or "O_RDWR" in flags, own)
    of.nonblock = "O_NONBLOCK" in flags
    fd = enter(world, step.ret, of, "O_CLOEXEC" in flags)
    number_ = world.call(Open, step, path=path, flags=flags, fd=fd, obj=thing.id, what=thing.what, own=own)
    if thing.what == "fifo":
        mode = fifo_mode(step)
        world.cause(number_, met(world, thing, mode, world.blocks.get(id(step))))
        thing.waiting |= dict.fromkeys(mode, number_)


def _for_itself(world: World, path: str) -> bool:
    """Whether the interpreter or the C library opens this on its own account."""
    if not world.here.process.marked:
        return bool(SYSTEM.match(path))
    return bool(ALWAYS.match(path) or (path == "/etc/hosts" and LOOK_UP.match(world.here.doing)))


def opened_path(step: Step) -> str:
    """The path in an open(2), openat(2), openat2(2) or creat(2)."""
    return string(step.arg(0 if step.name in ("open", "creat") else 1))


def fifo_mode(step: Step) -> str:
    """Which ends of a FIFO are opened: r, w or rw."""
    if step.name == "creat" or any("O_WRONLY" in arg for arg in step.args):
        return "w"
    return "rw" if any("O_RDWR" in arg for arg in step.args) else "r"


def met(world: World, thing: Object, mode: str, block: int | None) -> int | None:
    """Who opened the other end of a FIFO, as open(2) in this mode, begun at that Block, waits for; None: nobody yet."""
    if mode == "rw":
        return None
    draft, there = thing.waiting.get("w" if mode == "r" else "r"), thing.writers if mode == "r" else thing.readers
    if draft is None or there > 0 or (block is not None and draft > block):
        return draft
    return draft if world.drafts[draft].cls is Block else None  # an Open: it came and went before


def _thing(world: World, path: str, flags: str) -> Object:
    if "O_TMPFILE" in flags:
        return world.object("file")
    if f"fifo:{path}" in world.box.objects:
        return world.box.objects[f"fifo:{path}"]
    if path.startswith(("/dev/tty", "/dev/pts/", "/dev/console")):
        return world.object("tty", path)
    if path.startswith("/dev/"):
        return world.object("device", path)
    known = world.object("dir" if "O_DIRECTORY" in flags else "file", path)
    if "O_EXCL" in flags and known.address:  # it was there before: this is another file of the same name
        known.id = world.count(f"{known.id}#")
    known.address = "seen"
    return known


def other_kind(world: World, step: Step) -> None:
    """memfd, epoll, eventfd, pidfd and the like."""
    path = string(step.arg(0)) if step.name == "memfd_create" else ""
    path = step.arg(0) if step.name == "pidfd_open" else path
    what, flags = KINDS[step.name], "|".join(step.args)
    if step.failed or step.ret is None:
        world.call(Open, step, path=path, what=what)
        return
    of = world.describe(world.object(what))
    of.nonblock = what != "memfd" and "NONBLOCK" in flags
    fd = enter(world, step.ret, of, "CLOEXEC" in flags or what == "pidfd")
    world.call(Open, step, path=path, fd=fd, obj=of.object.id, what=what)


def mkfifo(world: World, step: Step) -> None:
    """mknod(2) of a FIFO; any other node is a call that no kind of event tells."""
    first = 0 if step.name == "mknod" else 1
    if "S_IFIFO" not in step.arg(first + 1):
        world.other(step)
        return
    path = string(step.arg(first))
    thing = None if step.failed else world.object("fifo", path)
    world.call(MakeFifo, step, path=path, obj=thing.id if thing else "")


def pipe(world: World, step: Step) -> None:
    """pipe(2), pipe2(2): the first descriptor is the read end."""
    ends = [number(item) for item in items(step.arg(0))]
    if step.failed or len(ends) != 2 or ends[0] is None or ends[1] is None:
        world.call(Pipe, step)
        return
    thing, cloexec = world.object("pipe"), "O_CLOEXEC" in step.arg(1)
    read = enter(world, ends[0], world.describe(thing, writes=False), cloexec)
    write = enter(world, ends[1], world.describe(thing, reads=False), cloexec)
    for fd in ends:
        world.entry(step, fd).of.nonblock = "O_NONBLOCK" in step.arg(1)
    world.call(Pipe, step, obj=thing.id, read=read, write=write)


def enter(world: World, fd: int, of: Description, cloexec: bool) -> Fd:
    """A new descriptor. Something stale there means that a close was not seen: it is dropped without a word."""
    world.table.put(fd, of, cloexec)
    return Fd(fd, of.id, cloexec)


def dup(world: World, step: Step) -> None:
    """dup(2), dup2(2), dup3(2)."""
    copy(world, step, "O_CLOEXEC" in step.arg(2))


def copy(world: World, step: Step, cloexec: bool) -> None:
    """The result of the call is another descriptor for what the first argument refers to."""
    fd = step.fd()
    if step.failed or step.ret is None:
        world.call(Dup, step, fd=fd)
        return
    entry = world.entry(step)
    if step.ret == fd:  # dup2(3, 3) does nothing
        world.call(Dup, step, fd=fd, to=Fd(fd, entry.of.id, entry.cloexec), obj=entry.of.object.id)
        return
    old = world.table.entries.get(step.ret)
    last = world.drop(step.ret, len(world.drafts))
    world.table.put(step.ret, entry.of, cloexec)
    world.call(
        Dup,
        step,
        fd=fd,
        to=Fd(step.ret, entry.of.id, cloexec),
        obj=entry.of.object.id,
        closed=old.of.id if old else "",
        last=last,
        own=world.own and entry.of.own,
    )


def close(world: World, step: Step) -> None:
    """close(2). On Linux the descriptor is gone even when it reports an error, except EBADF."""
    fd = step.fd()
    if step.error == "EBADF" or step.ret is None:
        world.call(Close, step, fd=fd)
        return
    _close(world, step, fd, world.entry(step))


def _close(world: World, step: Step, fd: int, entry: Entry) -> None:
    thing = entry.of.object
    last = world.drop(fd, len(world.drafts))
    event = world.call(Close, step, fd=fd, of=entry.of.id, obj=thing.id, last=last, own=world.own and entry.of.own)
    if thing.drafts and not thing.used and (thing.style != "SOCK_STREAM" or thing.quiet):
        world.mark_internal([*thing.drafts, event])


def close_range(world: World, step: Step) -> None:
    """close_range(2): one event for each descriptor that was open."""
    low, high, flags = step.fd(0), step.fd(1), step.arg(2)
    if step.arg(1).startswith("0xffff") or high < 0:
        high = 1 << 31
    table = world.table
    if "UNSHARE" in flags and table.users > 1 and not step.failed:
        table.users -= 1
        world.here.process.table = table.copy()
    hit = [] if step.failed else [fd for fd in sorted(world.table.entries) if low <= fd <= high]
    for fd in hit:
        entry = world.table.entries[fd]
        if "CLOEXEC" in flags:
            entry.cloexec = True
            world.call(FdFlags, step, fd=fd, of=entry.of.id, obj=entry.of.object.id, cloexec=True)
        else:
            _close(world, step, fd, entry)
    if not hit:
        world.other(step)


def fcntl(world: World, step: Step) -> None:
    """fcntl(2): copies and flags; for the rest there is no kind of event."""
    command, value = step.arg(1), step.arg(2)
    if command.startswith("F_DUPFD"):
        copy(world, step, command.endswith("CLOEXEC"))
    elif command == "F_SETFD" and not step.failed:
        flag(world, step, cloexec="FD_CLOEXEC" in value or value == "0x1")
    elif command == "F_SETFL" and not step.failed:
        flag(world, step, nonblock="O_NONBLOCK" in value)
    else:
        world.other(step)


def ioctl(world: World, step: Step) -> None:
    """ioctl(2): Python sets close-on-exec by it; for the rest there is no kind of event."""
    if step.failed or step.arg(1) not in ("FIOCLEX", "FIONCLEX", "FIONBIO"):
        number_ = world.other(step)
        if step.arg(1) == "TCGETS" or not world.table.any_own({step.fd()}):
            world.mark_internal(
                [number_]
            )  # isatty(3): every open file of Python's asks; or the file is the C library's
    elif step.arg(1) == "FIONBIO":
        flag(world, step, nonblock=step.arg(2) != "[0]")
    else:
        flag(world, step, cloexec=step.arg(1) == "FIOCLEX")


def flag(world: World, step: Step, cloexec: bool | None = None, nonblock: bool | None = None) -> None:
    """A flag of a descriptor or of its open file description changed."""
    fd = step.fd()
    entry = world.entry(step)
    if cloexec is not None:
        entry.cloexec = cloexec
    if nonblock is not None:
        entry.of.nonblock = nonblock
    world.call(
        FdFlags,
        step,
        fd=fd,
        of=entry.of.id,
        obj=entry.of.object.id,
        cloexec=cloexec,
        nonblock=nonblock,
        own=world.own and entry.of.own,
    )
