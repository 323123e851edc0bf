"""Signals: sent, delivered, taken, blocked, handled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from proclab.events.header import Call, Event, Task


@dataclass(frozen=True, kw_only=True)
class SigSend(Call):
    """A signal was sent; `target` as in kill(2) (0 or negative: groups), `to` where it names one known task."""

    kind: ClassVar[str] = "sig_send"
    sig: str = ""
    target: int = 0
    to: Task | None = None
    thread: bool = False  # to that thread only (tgkill)


@dataclass(frozen=True, kw_only=True)
class SigDeliver(Event):
    """A signal was delivered; `interrupted` is the system call that it broke into."""

    kind: ClassVar[str] = "sig_deliver"
    sig: str = ""
    code: str = ""  # SI_USER, SI_KERNEL, CLD_EXITED …
    sender: int | None = None
    by: Task | None = None
    action: Literal["default", "handler", "ignore"] = "default"
    interrupted: str = ""


@dataclass(frozen=True, kw_only=True)
class SigTake(Call):
    """A pending signal was taken by sigwait(3) and its kin, without a handler."""

    kind: ClassVar[str] = "sig_take"
    sig: str = ""
    sender: int | None = None


@dataclass(frozen=True, kw_only=True)
class SigMask(Call):
    """A thread's signal mask is now `blocked`."""

    kind: ClassVar[str] = "sig_mask"
    blocked: tuple[str, ...] = ()
    inverted: bool = False  # all but these


@dataclass(frozen=True, kw_only=True)
class SigHandler(Call):
    """A process chose what a signal does to it."""

    kind: ClassVar[str] = "sig_handler"
    sig: str = ""
    action: Literal["default", "handler", "ignore"] = "default"
