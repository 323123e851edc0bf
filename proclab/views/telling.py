"""One event in one sentence: which phrase it is, and with what arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import singledispatchmethod

from proclab import events as e
from proclab.views.phrases import Lang, phrase, variant, why

SHOWN = 200  # characters of an argument list


@dataclass(frozen=True)
class Names:
    """How tasks are called: by pid; a pid's later owners with their number, boxes where there are several."""

    boxes: bool = False
    threads: Mapping[tuple[str, e.Task], e.Task] = field(default_factory=dict)  # thread → its process

    @classmethod
    def of(cls, events: Iterable[e.Event]) -> Names:
        boxes, threads = set(), {}
        for event in events:
            boxes.add(event.box)
            if event.task != event.proc:
                threads[event.box, event.task] = event.proc
            if isinstance(event, e.Thread) and event.child:
                threads[event.box, event.child] = event.proc
        return cls(len(boxes) > 1, threads)

    def task(self, task: e.Task, box: str = "") -> str:
        """A short name: `9`, `9#2` (its second owner), `server:9`."""
        again = f"#{task.incarnation}" if task.incarnation > 1 else ""
        return f"{box}:{task.pid}{again}" if self.boxes and box else f"{task.pid}{again}"

    def subject(self, event: e.Event) -> str:
        """Who does it: a process, or a thread with its process (`9/10`)."""
        if event.task == event.proc:
            return self.task(event.proc, event.box)
        return f"{self.task(event.proc, event.box)}/{self.task(event.task)}"


def thing(obj: str) -> str:
    """An object by the name that a reader knows: a file by its path, a pipe by its number."""
    for prefix in ("file:", "dir:", "tty:", "device:"):
        if obj.startswith(prefix):
            return obj.removeprefix(prefix)
    return "FIFO " + obj.removeprefix("fifo:") if obj.startswith("fifo:") else obj or "?"


@dataclass(frozen=True)
class Teller:
    """Says events in one language."""

    names: Names = Names()
    lang: Lang = "en"

    def sentence(self, event: e.Event, times: int = 1) -> str:
        """What happened, without who did it."""
        if times > 1 and isinstance(event, e.Read | e.Write):
            event = replace(event, data="")  # that was the first one's
        said = self._failed(event) if isinstance(event, e.Call) and event.error else self._tell(event)
        return said if times == 1 else self._say("times", times=times, what=said)

    def _say(self, key: str, **args: object) -> str:
        return phrase(key, self.lang, **args)

    def _task(self, event: e.Event, task: e.Task | None) -> str:
        return self.names.task(task, event.box) if task else "?"

    def _failed(self, event: e.Call) -> str:
        what = getattr(event, "path", "") or getattr(event, "addr", "") or _fd(event)
        meaning = why(event.error, self.lang)
        key = "broken" if event.error == "EINTR" or event.error.startswith("ERESTART") else "failed"
        return self._say(key, call=event.call or event.kind, what=f" {what}" if what else "",
                         error=event.error, why=f", {meaning}" if meaning else "")  # fmt: skip

    @singledispatchmethod
    def _tell(self, event: e.Event) -> str:
        return self._say(event.kind) if event.kind in ("thread_exit",) else event.kind

    # --- processes ---

    @_tell.register
    def _(self, event: e.Start) -> str:
        if event.ppid:
            return self._say("start.child", parent=event.ppid)
        return self._say("start.seen" if event.src == "proc" else "start")

    @_tell.register
    def _(self, event: e.Fork) -> str:
        return self._say("fork.vfork" if event.vfork else "fork", child=self._task(event, event.child))

    @_tell.register
    def _(self, event: e.Thread) -> str:
        return self._say("thread", child=self._task(event, event.child))

    @_tell.register
    def _(self, event: e.Exec) -> str:
        argv = " ".join(event.argv) or event.path
        key = "exec.closed" if event.closed else "exec"
        return self._say(key, argv=_cut(argv), fds=_list(event.closed))

    @_tell.register
    def _(self, event: e.Exit) -> str:
        return self._say("exit.unseen" if event.code is None else "exit", code=event.code)

    @_tell.register
    def _(self, event: e.Killed) -> str:
        return self._say("killed.core" if event.core else "killed", sig=event.sig)

    @_tell.register
    def _(self, event: e.Wait) -> str:
        child = self._task(event, event.child) if event.child else str(event.pid)
        peek = event.how in ("exited", "killed") and not event.reaped
        key = "wait.peek" if peek else f"wait.{event.how}"
        if event.how == "exited" and event.code is None and not peek:
            key = "wait.unseen"
        return self._say(key, child=child, code=event.code, sig=event.sig)

    @_tell.register
    def _(self, event: e.Orphan) -> str:
        return self._say("orphan.parent" if event.parent else "orphan", parent=self._task(event, event.parent))

    @_tell.register
    def _(self, event: e.Stopped) -> str:
        return self._say("stopped", sig=event.sig)

    # --- descriptors ---

    @_tell.register
    def _(self, event: e.Inherit) -> str:
        key = "inherit.now" if event.src == "proc" else "inherit"
        return self._say(key, fd=event.fd.fd, obj=thing(event.obj))

    @_tell.register
    def _(self, event: e.Open) -> str:
        key = "open.made" if event.what in ("memfd", "epoll", "eventfd", "pidfd") else "open"
        if key == "open" and ("O_WRONLY" in event.flags or "O_RDWR" in event.flags):
            key = "open.write"
        return self._say(key, path=_cut(event.path or event.what), fd=_number(event.fd))

    @_tell.register
    def _(self, event: e.MakeFifo) -> str:
        return self._say("fifo", path=event.path)

    @_tell.register
    def _(self, event: e.Pipe) -> str:
        return self._say("pipe", obj=thing(event.obj), read=_number(event.read), write=_number(event.write))

    @_tell.register
    def _(self, event: e.Socket) -> str:
        family = event.family.removeprefix("AF_").lower()
        return self._say("socket", fd=_number(event.fd), obj=thing(event.obj), family=family)

    @_tell.register
    def _(self, event: e.SocketPair) -> str:
        return self._say("socketpair", a=_number(event.a), b=_number(event.b))

    @_tell.register
    def _(self, event: e.Dup) -> str:
        key = "dup.over" if event.closed else "dup"
        return self._say(key, fd=event.fd, to=_number(event.to), obj=thing(event.obj))

    @_tell.register
    def _(self, event: e.Close) -> str:
        return self._say("close.last" if event.last else "close", fd=event.fd, obj=thing(event.obj))

    @_tell.register
    def _(self, event: e.FdFlags) -> str:
        flags = [f"{name} {'on' if value else 'off'}" for name, value in
                 (("close-on-exec", event.cloexec), ("O_NONBLOCK", event.nonblock)) if value is not None]  # fmt: skip
        return self._say("fd_flags", fd=event.fd, flags=", ".join(flags))

    @_tell.register
    def _(self, event: e.Read) -> str:
        key = "read.eof" if event.eof else "read.fds" if event.fds else "read"
        return self._say(key, n=event.n, fd=event.fd, obj=thing(event.obj), data=_data(event.data),
                         fds=_list(fd.fd for fd in event.fds))  # fmt: skip

    @_tell.register
    def _(self, event: e.Write) -> str:
        key = "write.fds" if event.fds else "write"
        return self._say(key, n=event.n, fd=event.fd, obj=thing(event.obj), data=_data(event.data),
                         fds=_list(event.fds))  # fmt: skip

    # --- sockets ---

    @_tell.register
    def _(self, event: e.Bind) -> str:
        return self._say("bind", obj=thing(event.obj), addr=event.addr)

    @_tell.register
    def _(self, event: e.Listen) -> str:
        return self._say("listen", obj=thing(event.obj), backlog=event.backlog)

    @_tell.register
    def _(self, event: e.Connect) -> str:
        return self._say("connect", fd=event.fd, addr=event.addr or "?")

    @_tell.register
    def _(self, event: e.Accept) -> str:
        return self._say("accept", addr=event.addr or thing(event.peer), new=_number(event.new))

    @_tell.register
    def _(self, event: e.Shutdown) -> str:
        return self._say("shutdown", fd=event.fd, how=event.how)

    # --- signals ---

    @_tell.register
    def _(self, event: e.SigSend) -> str:
        key, to = "sig_send", self._task(event, event.to) if event.to else str(event.target)
        if event.sig in ("", "0"):
            key = "sig_send.probe"
        elif event.thread:
            key = "sig_send.thread"
        elif event.target == -1:
            key = "sig_send.all"
        elif event.target <= 0 and not event.to:
            key, to = "sig_send.group", str(-event.target or "0")
        return self._say(key, sig=event.sig, to=to)

    @_tell.register
    def _(self, event: e.SigDeliver) -> str:
        by = self._task(event, event.by) if event.by else str(event.sender or "")
        sender = self._say("sender", by=by) if by and by != "0" else ""
        return self._say(f"sig_deliver.{event.action}", sig=event.sig, sender=sender)

    @_tell.register
    def _(self, event: e.SigTake) -> str:
        return self._say("sig_take", sig=event.sig)

    @_tell.register
    def _(self, event: e.SigMask) -> str:
        if event.inverted:
            return self._say("sig_mask.all", sigs=_list(event.blocked) or "-")
        return self._say("sig_mask" if event.blocked else "sig_mask.none", sigs=_list(event.blocked))

    @_tell.register
    def _(self, event: e.SigHandler) -> str:
        return self._say(f"sig_handler.{event.action}", sig=event.sig)

    # --- locks, blocking, the rest ---

    @_tell.register(e.LockMade)
    @_tell.register(e.LockWait)
    @_tell.register(e.LockGot)
    @_tell.register(e.LockReleased)
    @_tell.register(e.LockFailed)
    def _(self, event: e.LockMade | e.LockWait | e.LockGot | e.LockReleased | e.LockFailed) -> str:
        return self._say(variant(event.kind, event.what), lock=event.lock, what=event.what)

    @_tell.register
    def _(self, event: e.Block) -> str:
        key = f"block.{event.on}"
        if event.on == "task" and (event.target is None or event.target <= 0):
            key = "block.any"
        elif event.on in ("fd", "other") and not event.fds:
            key = "block.name" if event.name else "block.other"
        elif event.on == "other":
            key = "block.fds"
        return self._say(key, call=event.call, fds=_list(event.fds), obj=thing(event.obj) if event.obj else event.name,
                         target=event.target, name=event.name)  # fmt: skip

    @_tell.register
    def _(self, event: e.Run) -> str:
        if event.call.endswith("nanosleep") and event.dur is not None:
            return self._say("run.slept", seconds=f"{event.dur / 1e9:.3g}")
        return self._say("run.ready" if event.ready else "run", call=event.call, fds=_list(event.ready))

    @_tell.register
    def _(self, event: e.Other) -> str:
        return self._say("other", text=_cut(event.text))

    @_tell.register
    def _(self, event: e.Note) -> str:
        return self._say("note", text=event.text)

    @_tell.register
    def _(self, event: e.Gap) -> str:
        return self._say("gap.lost" if event.lost else "gap", text=event.text, lost=event.lost)


def printable(text: str) -> str:
    """Text that can't move a terminal's cursor, whoever wrote the event log.

    >>> printable("a\\x1b[2Jb")
    'a\\\\x1b[2Jb'
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def _fd(event: e.Event) -> str:
    fd = getattr(event, "fd", None)
    number = fd.fd if isinstance(fd, e.Fd) else fd
    return f"fd {number}" if isinstance(number, int) and number >= 0 else ""


def _number(fd: e.Fd | None) -> object:
    return fd.fd if fd else "?"


def _list(values: Iterable[object]) -> str:
    return ", ".join(map(str, values))


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _data(data: str) -> str:
    return f": “{data}”" if data else ""
