"""Forged recordings within their limits: what the host does for four times as much is not sixteen times as much."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from proclab import events as e
from proclab.findings import derive
from proclab.state import reduce, waiting
from proclab.strace import read_folder
from proclab.views.changes import Changes
from proclab.views.layout import Lane, Layout, Scene
from proclab.views.perfetto import _ids
from proclab.views.steps import steps
from tests.unit.state_script import Script

LESS_THAN_SQUARE = 9.0  # four times as much: linear is 4, quadratic is 16


def growth(work: Callable[[int], Callable[[], object]], count: int) -> float:
    """How many times as long four times as much takes, of this thread's own processor time."""

    def took(run: Callable[[], object]) -> float:
        before = time.thread_time()
        run()
        return time.thread_time() - before

    small, large = work(count), work(4 * count)
    return min(took(large) for _ in range(3)) / max(min(took(small) for _ in range(3)), 1e-3)


def task(pid: int, again: int = 0) -> e.Task:
    return e.Task(pid, again)


def ends(count: int) -> Callable[[], object]:
    """So many processes that nobody forked, and each ends."""
    log = [e.Exit(seq=n, t=n, box="lab", task=task(n + 1), proc=task(n + 1), code=0) for n in range(count)]
    found = steps(log)
    return lambda: reduce(log, Layout(found))


def owners(count: int) -> Callable[[], object]:
    """A pid that as many processes have had, one after the other, and those numbers that would be free instead."""
    again = [Lane("lab", task(7, n), task(7, n), 0) for n in range(count)]
    taken = [Lane("lab", task(7 + 1000 * n), task(7 + 1000 * n), 0) for n in range(count)]
    return lambda: _ids(Scene([*again, *taken]))


def pipes(count: int) -> Callable[[], object]:
    """A process that makes a pipe at every step, and closes none."""
    one = task(7)
    log = [
        e.Pipe(
            seq=n,
            t=n,
            box="lab",
            task=one,
            proc=one,
            obj=f"pipe{n}",
            read=e.Fd(2 * n, f"r{n}", False),
            write=e.Fd(2 * n + 1, f"w{n}", False),
        )
        for n in range(count)
    ]
    found = steps(log, 10 * count)
    return lambda: reduce(log, Changes(found))


def accepts(count: int) -> Callable[[], object]:
    """So many connections stand in a queue, and then each is accepted."""
    there = '{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}'
    calls = ["socket(AF_INET, SOCK_STREAM, 0) = 3", f"bind(3, {there}, 16) = 0", "listen(3, 9) = 0"]
    for fd in range(4, 4 + count):
        calls += [f"socket(AF_INET, SOCK_STREAM, 0) = {fd}", f"connect({fd}, {there}, 16) = 0"]
    calls += [f"accept4(3, {there.replace('80', '9')}, [16], 0) = {4 + count + n}" for n in range(count)]
    log = "".join(f"1795434{800 + n // 1000}.{n % 1000:03}000000 {call} <0.000001>\n" for n, call in enumerate(calls))
    return lambda: read_folder({"lab/1/t.7": log})


def readers(count: int) -> Callable[[], object]:
    """So many children that read from one pipe, to which their parent may still write."""
    parent, children = task(7), [task(100 + n) for n in range(count)]
    log: list[e.Event] = []

    def add(kind: type[e.Event], who: e.Task, **fields: object) -> None:
        log.append(kind(seq=len(log), t=0, box="lab", task=who, proc=who, **fields))  # type: ignore[arg-type]

    add(e.Pipe, parent, obj="pipe1", read=e.Fd(3, "r"), write=e.Fd(4, "w"))
    for child in children:
        add(e.Fork, parent, child=child)
    for child in children:
        add(e.Block, child, call="read", on="fd", fds=(3,), of="r", obj="pipe1")
    return lambda: derive(log)


def opens(count: int) -> Callable[[], object]:
    """A process that opens one file again and again, and lets go of all of it by its end."""
    one, null = task(7), {"path": "/dev/null", "flags": "O_RDONLY", "obj": "file:/dev/null"}
    log: list[e.Event] = [
        e.Open(seq=n, t=n, box="lab", task=one, proc=one, fd=e.Fd(3 + n, f"n{n}"), **null)  # type: ignore[arg-type]
        for n in range(count)
    ]
    log.append(e.Exit(seq=count, t=count, box="lab", task=one, proc=one, code=0))
    return lambda: derive(log)


def doubles(count: int) -> Callable[[], object]:
    """A process that has so many descriptors of one pipe's end."""
    one, kept = task(7), "r"
    log: list[e.Event] = [
        e.Pipe(seq=0, t=0, box="lab", task=one, proc=one, obj="pipe1", read=e.Fd(3, kept), write=e.Fd(4, "w"))
    ]
    log += [
        e.Dup(seq=n, t=n, box="lab", task=one, proc=one, fd=3, to=e.Fd(4 + n, kept), obj="pipe1")
        for n in range(1, count)
    ]
    log.append(e.Exit(seq=count, t=count, box="lab", task=one, proc=one, code=0))
    return lambda: reduce(log)


def test_readers_of_one_pipe_are_not_each_asked_for_all_others():
    assert growth(readers, 40) < 32, "quadratic is 16, cubic 64"


WORK = [(accepts, 250), (doubles, 3000), (ends, 1500), (opens, 2000), (owners, 2000), (pipes, 400)]


@pytest.mark.slow
@pytest.mark.parametrize(("work", "count"), WORK, ids=[work.__name__ for work, _ in WORK])
def test_a_forged_recording_takes_work_in_proportion(work, count):
    assert growth(work, count) < LESS_THAN_SQUARE


def test_what_is_quadratic_is_found_out():
    def square(count: int) -> Callable[[], object]:
        return lambda: [one for one in range(count) for _ in range(count)]

    assert growth(square, 500) > LESS_THAN_SQUARE


def test_numbers_that_are_free_are_found_one_by_one():
    lanes = [Lane("lab", one, one, 0) for one in (task(7), task(7, 1), task(1007), task(7, 2), task(2007))]
    assert [one["tid"] for one in _ids(Scene(lanes))] == [7, 1007, 2007, 3007, 4007]


def test_who_could_end_a_wait_is_found_out_once_for_each_event(monkeypatch):
    """Processes that all have every pipe, and each of which waits at its own: all of them wait for all others."""
    count, asked = 12, []
    script = Script(1)
    for number in range(count):
        script.pipe(1, 10 + 2 * number, 11 + 2 * number)
    for number in range(count):
        script.fork(1, 100 + number)
    for number in range(count):
        script.block(100 + number, "read", 10 + 2 * number)
    script.block(1, "wait4")
    for number in range(count):
        script.exit(100 + number)
    before = waiting._of_fd
    monkeypatch.setattr(waiting, "_of_fd", lambda box, wait: asked.append(wait.task) or before(box, wait))
    assert [finding.kind for finding in derive(script.events) if finding.accuses] != []
    assert count < len(asked) <= 2 * count * count
