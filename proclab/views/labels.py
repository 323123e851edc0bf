"""The few words beside a shape: names of system calls, numbers, signals. The same in every language."""

from __future__ import annotations

from proclab import events as e

LONG = 26
RELEASES = {"event": "sets", "condition": "notifies", "queue": "puts", "barrier": "opens"}


def label(event: e.Event, times: int = 1) -> str:
    """A step in three words at most; empty where the bar itself tells it."""
    said = _label(event)
    if isinstance(event, e.Call) and event.error:
        broken = event.error.startswith("ERESTART")
        said = f"{event.call or event.kind} {'EINTR' if broken else event.error}"
    if times > 1:
        said = f"{times}× {said}"
    return said if len(said) <= LONG else said[: LONG - 1] + "…"


def _label(event: e.Event) -> str:
    match event:
        case e.Start():
            return "start"
        case e.Fork(vfork=vfork):
            return "vfork" if vfork else "fork"
        case e.Thread():
            return "thread"
        case e.Exec():
            return "exec " + " ".join(_base(part) for part in event.argv or (event.path,))
        case e.Exit():
            return "ended" if event.code is None else f"exit {event.code}"
        case e.Killed():
            return f"killed {event.sig}"
        case e.ThreadExit():
            return "thread end"
        case e.Wait():
            return f"wait {event.child.pid if event.child else event.pid or 'nothing'}"
        case e.Stopped():
            return f"stop {event.sig}"
        case _:
            return _descriptor(event)


def _descriptor(event: e.Event) -> str:
    match event:
        case e.Inherit():
            return f"fd {event.fd.fd}"
        case e.Open():
            return f"open {_base(event.path or event.what)} = {_fd(event.fd)}"
        case e.MakeFifo():
            return f"mkfifo {_base(event.path)}"
        case e.Pipe():
            return f"pipe {_fd(event.read)} {_fd(event.write)}"
        case e.Socket():
            return f"socket = {_fd(event.fd)}"
        case e.SocketPair():
            return f"socketpair {_fd(event.a)} {_fd(event.b)}"
        case e.Dup():
            return f"dup {event.fd} → {_fd(event.to)}"
        case e.Close():
            return f"close {event.fd}"
        case e.Read():
            return f"read {event.fd}: {'EOF' if event.eof else _size(event.n)}"
        case e.Write():
            return f"write {event.fd}: {_size(event.n)}"
        case e.Bind() | e.Connect():
            return f"{event.kind} {event.addr}"
        case e.Listen() | e.Shutdown():
            return f"{event.kind} {event.fd}"
        case e.Accept():
            return f"accept = {_fd(event.new)}"
        case _:
            return _signal(event)


def _signal(event: e.Event) -> str:
    match event:
        case e.SigSend():
            return f"kill {event.sig or 0} {event.to.pid if event.to else event.target}"
        case e.SigDeliver():
            return event.sig if event.action == "default" else f"{event.sig} {event.action}"
        case e.SigTake():
            return f"sigwait {event.sig}"
        case e.SigMask():
            return "mask " + ("all" if event.inverted else " ".join(event.blocked) or "none")
        case e.SigHandler():
            return f"signal {event.sig}"
        case e.Orphan():
            return "orphan"
        case e.Gap():
            return "GAP"
        case e.Block():
            return ""
        case e.Run(ready=()):
            return ""
        case _:
            return _lock(event)


def _lock(event: e.Event) -> str:
    match event:
        case e.LockWait(what="thread"):
            return f"join {event.lock}"
        case e.LockGot(what="thread"):
            return f"joined {event.lock}"
        case e.LockMade():
            return f"new {event.lock}"
        case e.LockWait():
            return f"wants {event.lock}"
        case e.LockGot():
            return f"got {event.lock}"
        case e.LockReleased():
            return f"{RELEASES.get(event.what, 'frees')} {event.lock}"
        case e.LockFailed():
            return f"not {event.lock}"
        case _:
            return getattr(event, "call", "") or event.kind


def _fd(fd: e.Fd | None) -> str:
    return str(fd.fd) if fd else "?"


def _size(n: int | None) -> str:
    return "?" if n is None else f"{n} B"


def _base(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2] or path
