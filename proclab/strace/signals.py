"""Signals: sent, delivered, taken, blocked, handled."""

from __future__ import annotations

import re

from proclab.events import SigDeliver, SigHandler, SigMask, SigSend, SigTake
from proclab.strace.order import sending
from proclab.strace.steps import Step
from proclab.strace.tokens import fields, items, number
from proclab.strace.world import Action, World
from proclab.text import LIBRARYS_SIGNALS, strace_signal

UNFELT = ("SIGCHLD", "SIGURG", "SIGWINCH")  # their default action is nothing
HANDLER = re.compile(r"sa_handler=(SIG_DFL|SIG_IGN|0x[0-9a-f]+)|sa_sigaction=0x")


def kill(world: World, step: Step) -> None:
    """kill(2), tgkill(2), rt_sigqueueinfo(2), pidfd_send_signal(2)."""
    pid, sig = sending(step)
    asked = step.fd(1 if "tgkill" in step.name or "tgsig" in step.name else 0)
    thread = step.name in ("tgkill", "tkill", "rt_tgsigqueueinfo")
    asked = pid if step.name == "pidfd_send_signal" else asked
    to = world.task(pid) if pid else None
    event = world.call(SigSend, step, sig=sig, target=asked, to=to, thread=thread)
    if to is not None:
        world.box.sent[to, sig] = event
    elif sig == "SIGKILL" and not step.failed:
        world.box.swept = True


def deliver(world: World, step: Step) -> None:
    """--- SIGUSR1 {si_code=SI_USER, si_pid=8, …} ---

    A traced process gets even what it ignores, and its call is interrupted for it (signal(7): then it goes on). Without
    a tracer the kernel throws such a signal away when it is sent. Of SIGCHLD and its like nobody need hear.
    """
    here, info = world.here, fields(step.text)
    sender = number(info.get("si_pid", ""))
    code = info.get("si_code", "")
    action: Action = here.process.handlers.get(step.name, "default")
    unfelt = action == "default" and step.name in UNFELT
    here.resumes = here.broken is not None and (unfelt or action == "ignore")
    broken = None if here.resumes else here.broken
    here.broken = here.broken if here.resumes else None
    event = world.event(
        SigDeliver,
        step,
        sig=step.name,
        code=code,
        sender=sender,
        by=world.task(sender),
        action=action,
        interrupted=broken[0].name if broken else "",
        own=not unfelt,
    )
    world.cause(event, *(world.drafted.get(id(send)) for send in world.relations.sends.get(id(step), ())))
    if code.startswith("CLD_") and sender is not None:
        child = world.relations.deaths.get(id(step))
        world.cause(event, world.ends.get(child) if child else None)
    elif step.name == "SIGALRM" and code == "SI_KERNEL":
        world.cause(event, here.process.alarm)
    elif step.name == "SIGPIPE" and here.before is not None:
        broken_pipe = world.drafts[here.before].values.get("error") == "EPIPE"
        world.cause(event, here.before if broken_pipe else None)


def take(world: World, step: Step) -> None:
    """rt_sigtimedwait(2) has returned."""
    info = fields(step.arg(1))
    sig = info.get("si_signo", "") if not step.failed else ""
    event = world.call(
        SigTake, step, sig=sig or step.note if not step.failed else "", sender=number(info.get("si_pid", ""))
    )
    world.cause(event, *(world.drafted.get(id(send)) for send in world.relations.sends.get(id(step), ())))


def mask(world: World, step: Step) -> None:
    """rt_sigprocmask(2)."""
    here, how, text = world.here, step.arg(0), step.arg(1)
    if step.failed or text == "NULL":
        world.other(step)
        return
    names, inverted = names_of(text)
    masked_by_libc, reserved = how == "SIG_BLOCK" and inverted, names and names <= LIBRARYS_SIGNALS and not inverted
    own = not (here.masked_by_libc or masked_by_libc or reserved)
    here.masked_by_libc = masked_by_libc
    here.mask, here.inverted = combine(how, (here.mask, here.inverted), (names, inverted))
    world.call(SigMask, step, blocked=tuple(sorted(here.mask)), inverted=here.inverted, own=own and world.own)


Set = tuple[frozenset[str], bool]  # the names, or (True) all but the names


def names_of(text: str) -> Set:
    """A signal set as strace writes it: [INT TERM], ~[RTMIN RT_1]."""
    inverted = text.startswith("~")
    words = " ".join(items(text.lstrip("~"))).split()
    return frozenset(strace_signal(f"SIG{word}") for word in words), inverted


def combine(how: str, old: Set, new: Set) -> Set:
    """The mask after SIG_BLOCK, SIG_UNBLOCK or SIG_SETMASK."""
    if how == "SIG_BLOCK":
        return union(old, new)
    if how == "SIG_UNBLOCK":  # old and not new = not (not old or new)
        names, inverted = union((old[0], not old[1]), new)
        return names, not inverted
    return new


def union(one: Set, other: Set) -> Set:
    """Either of two sets, where a set may be a complement."""
    if one[1] and other[1]:
        return one[0] & other[0], True
    if one[1] or other[1]:
        complement, plain = (one, other) if one[1] else (other, one)
        return complement[0] - plain[0], True
    return one[0] | other[0], False


def handler(world: World, step: Step) -> None:
    """rt_sigaction(2). One that only asks changes nothing: a child of subprocess asks for all, one by one."""
    found = HANDLER.search(step.arg(1))
    if step.failed or found is None:
        asked = world.other(step)
        if step.arg(1) == "NULL":
            world.mark_internal([asked])
        return
    action: Action = {"SIG_DFL": "default", "SIG_IGN": "ignore"}.get(found[1] or "", "handler")  # type: ignore[assignment]
    world.here.process.handlers[step.arg(0)] = action
    own = world.own and strace_signal(step.arg(0)) not in LIBRARYS_SIGNALS
    world.call(SigHandler, step, sig=step.arg(0), action=action, own=own)


def alarm(world: World, step: Step) -> None:
    """alarm(2), setitimer(2): what SIGALRM will come from."""
    world.here.process.alarm = world.other(step)
