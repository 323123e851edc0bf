"""guest/patience.py: which time counts as a program's waiting, on a clock and a /proc of our own."""

import math

import pytest

from tests.unit.guest import module

patience = module("patience")
ASLEEP, BUSY = ["S", "S"], ["S", "R"]


@pytest.fixture
def machine(monkeypatch):
    """The machine that Patience looks at: `look(states, runs)` lets a tick pass and looks."""

    class Machine:
        now, states, runs, pids, cpu, place, tracer_sleeps, refused = 0.0, ASLEEP, 0, (7,), 0.0, "do_wait", False, 0

        def look(self, limits, **changes):
            vars(self).update(changes)
            self.now += 1.5 * patience.TICK_S
            return limits.reached()

    machine = Machine()
    monkeypatch.setattr(patience, "pause", lambda: patience.TICK_S)
    monkeypatch.setattr(patience.time, "monotonic", lambda: machine.now)
    monkeypatch.setattr(patience.proc, "of_user", lambda uid: iter(machine.pids))
    monkeypatch.setattr(patience.proc, "threads", lambda pid: ((state, machine.place) for state in machine.states))
    monkeypatch.setattr(patience.proc, "tracer_sleeps", lambda pid: machine.tracer_sleeps)
    monkeypatch.setattr(patience.proc, "times_run", lambda pid: machine.runs)
    monkeypatch.setattr(patience.cgroup, "cpu_seconds", lambda: machine.cpu)
    monkeypatch.setattr(patience.cgroup, "refused_forks", lambda: machine.refused)
    return machine


def looks(machine, limits, *changes):
    return [machine.look(limits, **change) for change in changes]


def test_sleep_in_all_is_idle_with_or_without_breaks(machine):
    limits = patience.of({"idle": 0.2}, 7)
    found = looks(machine, limits, {"runs": 1}, {"states": BUSY}, {"states": ASLEEP}, {"runs": 2}, {})
    assert found == ["", "", "", "idle", "idle"]


@pytest.mark.parametrize(
    "pause", [{"states": BUSY}, {"states": ["S", "t"]}, {"place": "folio_wait_bit_common"}, {"pids": ()}], ids=str
)
def test_what_a_loaded_machine_keeps_from_running_is_not_idle(machine, pause):
    limits = patience.of({"idle": 0.2, "quiet": 0.2}, 7)
    assert looks(machine, limits, pause, *[{}] * 50) == [""] * 51


def test_what_a_signal_has_stopped_under_its_tracer_is_idle_and_what_runs_beside_it_is_not(machine):
    limits = patience.of({"idle": 0.2}, 7)
    assert looks(machine, limits, {"states": ["t"], "tracer_sleeps": True}, {}, {}, {}) == ["", "", "", "idle"]
    limits = patience.of({"idle": 0.2}, 7)
    calling = [{"runs": number} for number in range(9)]  # it makes call after call, and is stopped at each
    assert looks(machine, limits, {"states": ["t"], "tracer_sleeps": True}, *calling) == [""] * 10
    limits = patience.of({"idle": 0.2}, 7)
    assert looks(machine, limits, {"states": ["t", "R"]}, *[{}] * 9) == [""] * 10


def test_forks_that_are_refused_have_a_limit(machine):
    limits = patience.of({"idle": 9}, 7)
    assert looks(machine, limits, {"refused": patience.REFUSED}, {"refused": patience.REFUSED + 1}) == ["", "pids"]


def test_quiet_is_sleep_without_a_break(machine):
    limits = patience.of({"quiet": 0.2}, 7)
    assert looks(machine, limits, {"runs": 1}, {}, {}, {}, {}) == ["", "", "", "quiet", "quiet"]


@pytest.mark.parametrize("pause", [{"runs": 5}, {"states": BUSY}], ids=str)
def test_after_a_break_the_quiet_begins_anew(machine, pause):
    limits = patience.of({"quiet": 0.2}, 7)
    assert looks(machine, limits, {}, {}, {}, pause, {"states": ASLEEP}, {}) == [""] * 6


def test_a_thread_that_ends_at_the_look_is_a_break(machine, monkeypatch):
    limits = patience.of({"quiet": 0.2}, 7)
    looks(machine, limits, {}, {}, {})
    monkeypatch.setattr(patience.proc, "times_run", lambda pid: (_ for _ in ()).throw(ProcessLookupError))
    assert looks(machine, limits, *[{}] * 20) == [""] * 20


def test_a_late_look_counts_as_two_ticks_at_most(machine):
    limits = patience.of({"idle": 0.2}, 7)
    machine.now += 1000
    assert machine.look(limits) == ""


def test_processor_time_has_a_limit_of_its_own(machine):
    machine.cpu = 3.0
    limits = patience.of({"used": 1.0}, 7)
    assert looks(machine, limits, {"states": BUSY, "cpu": 4.0}, {"cpu": 4.1}) == ["", "cpu"]


def test_without_a_limit_nobody_looks():
    assert patience.of({}, 7).next_look == math.inf


def test_quiet_that_is_awaited_is_told_once_and_ends_nothing(machine):
    limits = patience.of({}, 7)
    limits.await_quiet(0.2)
    found = [(machine.look(limits), limits.has_slept()) for _ in range(8)]
    assert found == [("", number == 3) for number in range(8)]


def test_what_runs_now_and_then_is_never_quiet(machine):
    limits = patience.of({}, 7)
    limits.await_quiet(0.2)
    found = [(machine.look(limits, runs=number // 2), limits.has_slept()) for number in range(40)]
    assert found == [("", False)] * 40


def test_nobody_can_know_when_the_next_look_comes_and_it_comes_soon():
    pauses = [patience.pause() for _ in range(1000)]
    assert len(set(pauses)) > 100
    assert 0 < min(pauses) < 0.5 * patience.TICK_S < 1.5 * patience.TICK_S < max(pauses) < 2 * patience.TICK_S
    assert 0.9 * patience.TICK_S < sum(pauses) / len(pauses) < 1.1 * patience.TICK_S
