"""How events change signal masks, handlers and what is pending."""

from __future__ import annotations

from dataclasses import replace

from proclab.events import Event, SigDeliver, SigHandler, SigMask, SigSend, SigTake, Task
from proclab.state.box import Box

IGNORED = ("SIGCHLD", "SIGCONT", "SIGURG", "SIGWINCH")  # what the default action of these is: nothing


def action(box: Box, proc: Task, sig: str) -> str:
    """What a signal does to a process: default, handler, ignore."""
    return box.handlers.get(proc, {}).get(sig, "default")


def ignores(box: Box, proc: Task, sig: str, default: bool = True) -> bool:
    chosen = action(box, proc, sig)
    return chosen == "ignore" or (default and chosen == "default" and sig in IGNORED)


def on_sig_send(box: Box, event: SigSend) -> None:
    if event.to is not None and event.to in box.threads and box.threads[event.to].ended is None and event.sig:
        box.pending[event.to, event.sig] = box.pending.get((event.to, event.sig), 0) + 1
    elif event.to is None and event.sig:
        box.signalled = event.seq


def is_signalled(box: Box, task: Task, since: int) -> bool:
    """Whether a thread that does nothing since then may be about to get a signal that wakes or ends it."""
    thread = box.threads[task]
    sent = {sig for who, sig in box.pending if who in (task, thread.proc)}
    return since < box.signalled or any(not thread.blocks(sig) and not ignores(box, thread.proc, sig) for sig in sent)


def on_sig_deliver(box: Box, event: SigDeliver) -> None:
    _taken(box, event, event.sig)
    process = box.processes[event.proc]
    if event.sig == "SIGCONT" and process.status == "stopped":
        box.processes[event.proc] = replace(process, status="running")


def on_sig_take(box: Box, event: SigTake) -> None:
    _taken(box, event, event.sig)


def _taken(box: Box, event: Event, sig: str) -> None:
    box.pending.pop((event.task, sig), None)
    box.pending.pop((event.proc, sig), None)


def on_sig_mask(box: Box, event: SigMask) -> None:
    box.threads[event.task] = replace(box.threads[event.task], blocked=event.blocked, inverted=event.inverted)


def on_sig_handler(box: Box, event: SigHandler) -> None:
    box.handlers[event.proc] = {**box.handlers.get(event.proc, {}), event.sig: event.action}
