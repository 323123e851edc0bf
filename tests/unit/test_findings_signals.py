"""Signals that are lost, and that interrupt a call: each with events that show it and a twin that nearly does."""

from __future__ import annotations

import pytest

from proclab.events import Task
from tests.unit.state_script import Script, findings, shown


def sending(times, between=False):
    s = Script(8, 9)
    s.handler(8, "SIGUSR1")
    s.mask(8, "SIGUSR1")
    for _ in range(times):
        s.kill(9, 8, "SIGUSR1")
        if between:
            s.deliver(8, "SIGUSR1")
    s.mask(8)
    if not between:
        s.deliver(8, "SIGUSR1")
    return s


def test_signal_lost_by_coalescing():
    assert shown(sending(3)) == [
        {"kind": "signal_coalesced", "proc": 8, "sig": "SIGUSR1", "sent": 3, "delivered": True}
    ]
    assert findings(sending(3, between=True)) == findings(sending(1)) == []


def test_real_time_signals_queue():
    s = Script(8, 9)
    for _ in range(2):
        s.kill(9, 8, "SIGRTMIN+1")
    s.deliver(8, "SIGRTMIN+1")
    assert findings(s) == []


def test_pending_at_the_end():
    s = Script(8, 9)
    s.mask(8, "SIGUSR1")
    s.kill(9, 8, "SIGUSR1")
    s.kill(9, 8, "SIGUSR1")
    assert shown(s) == [{"kind": "signal_coalesced", "proc": 8, "sig": "SIGUSR1", "sent": 2, "delivered": False}]


def children(number, deliveries, handler=True):
    s = Script(8)
    if handler:
        s.handler(8, "SIGCHLD")
    for pid in range(9, 9 + number):
        s.fork(8, pid)
    for pid in range(9, 9 + number):
        s.exit(pid)
    for _ in range(deliveries):
        s.deliver(8, "SIGCHLD", "handler" if handler else "ignore")
    return s


def test_children_that_end_together_send_one_sigchld():
    assert shown(children(10, 1), "signal_coalesced") == [
        {"kind": "signal_coalesced", "proc": 8, "sig": "SIGCHLD", "sent": 10, "delivered": True}
    ]


@pytest.mark.parametrize("script", [children(3, 3), children(10, 1, handler=False)], ids=["each told", "no handler"])
def test_no_sigchld_is_lost(script):
    assert findings(script, "signal_coalesced") == []


def test_signal_that_interrupted_a_call():
    s = Script(8, 9)
    s.pipe(8, 3, 4)
    s.block(8, "read", 3)
    s.kill(9, 8, "SIGUSR1")
    s.read(8, 3, error="ERESTARTSYS")
    s.deliver(8, "SIGUSR1", interrupted="read", by=Task(9))
    assert shown(s, "signal_interrupted") == [
        {"kind": "signal_interrupted", "task": 8, "proc": 8, "sig": "SIGUSR1", "call": "read", "by": 9}
    ]


def test_signals_that_interrupt_nothing():
    s = Script(8, 9)
    s.deliver(8, "SIGUSR1")
    s.deliver(8, "SIGCHLD", "ignore", interrupted="wait4")
    s.deliver(8, "SIGUSR1", interrupted="pause")  # that is what it waited for
    assert findings(s) == []
