"""The few words beside a shape. Names of system calls and signals are the same in every language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from proclab import events as e
from proclab.words import Catalogue
from proclab.words.sentences import key_of

LONG = 26
SILENT = ("block", "run")  # the bar itself shows it


def label(event: e.Event, words: Catalogue, times: int = 1) -> str:
    """A step in three words at most; empty where the bar itself shows it."""
    if isinstance(event, e.Call) and event.error:
        error = "EINTR" if event.error.startswith("ERESTART") else event.error
        text = f"{event.call or event.kind} {error}"
    else:
        text = _worded(event, words) or _named(event, words)
    if times > 1:
        text = f"{times}× {text}"
    return text if len(text) <= LONG else text[: LONG - 1] + "…"


def _named(event: e.Event, words: Catalogue) -> str:
    """A call with its numbers; empty for a pause without a result."""
    if event.kind in CALLS:
        return CALLS[event.kind](event)
    if isinstance(event, e.Read | e.Write):
        size = "?" if event.n is None else words.say("label.bytes", number=event.n)
        return f"{event.kind} {event.fd}: {'EOF' if getattr(event, 'eof', False) else size}"
    if event.kind in SILENT and not getattr(event, "ready", ()):
        return ""
    return getattr(event, "call", "") or event.kind


def _worded(event: Any, words: Catalogue) -> str:
    """What is no call has words; empty when it is one."""
    key = f"label.{KEYS[event.kind](event) if event.kind in KEYS else event.kind}"
    if not words.has(key):
        return ""
    lock, sig, sigs = (getattr(event, name, "") for name in ("lock", "sig", "blocked"))
    return words.say(key, lock=lock, sig=sig, sigs=" ".join(sigs))


KEYS: Mapping[str, Callable[[Any], str]] = {  # where an event has several labels, or a call's sometimes
    "exit": lambda end: "ended" if end.code is None else "",
    "wait": lambda wait: "" if wait.child or wait.pid else "wait.nothing",
    "sig_deliver": lambda signal: "" if signal.action == "default" else signal.action,
    "sig_mask": lambda mask: "mask.all" if mask.inverted else "mask" if mask.blocked else "mask.none",
    "lock_wait": lambda lock: "" if lock.what == "thread" else "lock_wait",
    "lock_got": lambda lock: "joined" if lock.what == "thread" else "lock_got",
    "lock_rel": key_of,
}
CALLS: Mapping[str, Callable[[Any], str]] = {
    "fork": lambda fork: "vfork" if fork.vfork else "fork",
    "exec": lambda run: "exec " + " ".join(_base(part) for part in run.argv or (run.path,)),
    "exit": lambda end: f"exit {end.code}",
    "wait": lambda wait: f"wait {wait.child.pid if wait.child else wait.pid}",
    "inherit": lambda fd: f"fd {fd.fd.fd}",
    "open": lambda made: f"open {_base(made.path or made.what)} = {_fd(made.fd)}",
    "fifo": lambda fifo: f"mkfifo {_base(fifo.path)}",
    "pipe": lambda pipe: f"pipe {_fd(pipe.read)} {_fd(pipe.write)}",
    "socket": lambda socket: f"socket = {_fd(socket.fd)}",
    "socketpair": lambda pair: f"socketpair {_fd(pair.a)} {_fd(pair.b)}",
    "dup": lambda dup: f"dup {dup.fd} → {_fd(dup.to)}",
    "close": lambda close: f"close {close.fd}",
    "bind": lambda bind: f"bind {bind.addr}",
    "connect": lambda connect: f"connect {connect.addr}",
    "listen": lambda listen: f"listen {listen.fd}",
    "shutdown": lambda shutdown: f"shutdown {shutdown.fd}",
    "accept": lambda accept: f"accept = {_fd(accept.new)}",
    "sig_send": lambda kill: f"kill {kill.sig or 0} {kill.to.pid if kill.to else kill.target}",
    "sig_deliver": lambda signal: signal.sig,
    "sig_take": lambda signal: f"sigwait {signal.sig}",
    "sig_handler": lambda signal: f"signal {signal.sig}",
    "lock_wait": lambda lock: f"join {lock.lock}",
}


def _fd(fd: e.Fd | None) -> str:
    return str(fd.fd) if fd else "?"


def _base(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2] or path
