"""Descriptors that should have been closed: each with events that show it and a twin that nearly does."""

from __future__ import annotations

import pytest

from proclab import events as ev
from tests.unit.state_script import Script, family, findings, shown


def leaking(*, use=False, cloexec=False, close=False):
    s = family()
    s.open(9, 5, "/secret", "O_RDONLY", line=7)
    if close:
        s.close(9, 5)
    s.exec(9, "/bin/cat", closed=(5,) if cloexec else ())
    if use:
        s.read(9, 5, 10)
    s.block(8, "wait4", target=9)
    s.exit(9)
    s.wait(8, 9)
    return s


def test_fd_leaked_into_an_execd_program():
    assert shown(leaking()) == [{"kind": "fd_leak_exec", "proc": 9, "fd": 5, "thing": "file:/secret", "program": "cat"}]


@pytest.mark.parametrize("how", ["use", "cloexec", "close"])
def test_fd_not_leaked(how):
    assert findings(leaking(**{how: True})) == []


def test_a_descriptor_that_was_there_before_is_no_leak():
    s = Script(8)
    s.inherit(8, 5, "file:/log", "file")
    s.exec(8, "/bin/cat")
    s.exit(8)
    assert findings(s) == []


def opening(times, close):
    s = Script(8)
    for number in range(times):
        s.open(8, 3 if close else 3 + number, "/a", line=5)
        if close:
            s.close(8, 3)
    s.exit(8)
    return s


def test_fd_leak_over_time():
    assert shown(opening(12, close=False)) == [
        {"kind": "fd_leak", "proc": 8, "count": 12, "closed": 0, "call": "openat"}
    ]


@pytest.mark.parametrize(("times", "close"), [(12, True), (5, False)])
def test_no_fd_leak(times, close):
    assert findings(opening(times, close)) == []


def fifo(close):
    s = Script(8)
    s.add(ev.MakeFifo, 8, call="mknodat", path="/tmp/f", obj="fifo:/tmp/f")
    s.open(8, 3, "/tmp/f", "O_RDWR", "fifo")
    if close:
        s.close(8, 3)
    s.exit(8)
    return s


def test_unclosed_fifo():
    assert shown(fifo(close=False)) == [{"kind": "open_fifo", "proc": 8, "fd": 3, "thing": "fifo:/tmp/f"}]
    assert findings(fifo(close=True)) == []


def test_many_open_of_far_more_that_were_closed_is_no_leak():
    s = Script(8)
    for _ in range(30):
        s.open(8, 3, "/a", line=5)
        s.close(8, 3)
    for fd in range(3, 15):
        s.open(8, fd, "/a", line=5)
    s.exit(8)
    assert findings(s) == []
