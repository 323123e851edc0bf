"""The questions that a check asks of a run, each answered rightly and wrongly."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from proclab.engine import Aftermath, Outcome, Output
from proclab.errors import InfraError
from proclab.events import Doubt, Evidence, Line
from proclab.grading import CheckFailed, Verdict
from proclab.grading.done import Done, Request
from proclab.grading.failure import NoEvidence

END = {"code": 0, "stopped": "", "doubts": [], "guarded": True, "stopped_at": None}
START = {"pid": 8, "ppid": 1, "argv": ["python3", "p.py"], "uid": 7, "through": 0, "fds": []}
LOG = '1700000000.000001 execve("/usr/bin/python3", ["python3", "p.py"], 0x7ffd /* 9 vars */) = 0 <0.000100>\n'
FORKED = LOG + (
    "1700000000.100000 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 9 <0.000100>\n"
    "1700000000.200000 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=9, si_uid=7, si_status=0} ---\n"
)
EXIT = "1700000000.{t} exit_group(0) = ?\n1700000000.{t} +++ exited with 0 +++\n"
CHILD = EXIT.format(t="150000")


def done(out="", err="", logs=None, end=None, request=None, after=None, **outcome):
    """A run that is over, recorded so."""
    recording = {f"1/t.{tid}": text for tid, text in (logs or {8: LOG + EXIT.format(t="900000")}).items()}
    recording |= {"1/start.json": json.dumps(START), "end.json": json.dumps(END | (end or {}))}
    streams = {"stdout": Output(out.encode(), b"", len(out)), "stderr": Output(err.encode(), b"", len(err))}
    made = Aftermath(recording=recording, clean=True, **(after or {}))
    request = request or Request(("p.py",))
    return Done(request, Outcome(**({"exit_code": 0} | outcome), after=made, **streams))


def verdict(question, run):
    with pytest.raises(CheckFailed) as caught:
        question(run)
    return caught.value.verdict, caught.value.seen.code, caught.value.seen.values


def test_a_run_that_did_what_was_asked_for_answers_with_itself():
    run = done("7 0\n8 0\nbye\n")
    assert run.exits(0).prints(r"^\d+ 0$", times=2).prints_in_order("7", "bye").never_prints("no") is run
    assert run.prints_exactly("7 0\n8 0\nbye\n").reaps_all().closes_all().leaves_nobody().no_spin() is run


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ({"exit_code": 3}, (Verdict.FAIL, "exit_status", {"got": 3, "wanted": 0})),
        ({"exit_code": None, "signal": "SIGSEGV"}, (Verdict.CRASH, "killed", {"signal": "SIGSEGV"})),
        ({"exit_code": 1, "err": "Traceback (most recent call last):\n"}, (Verdict.CRASH, "traceback", {"wanted": 0})),
        (
            {"exit_code": 1, "err": '  File "p.py", line 1\n    def f(:\nSyntaxError: invalid syntax\n'},
            (Verdict.CRASH, "traceback", {"wanted": 0}),
        ),
        ({"exit_code": 1, "err": "p.py: SyntaxError: no\n"}, (Verdict.FAIL, "exit_status", {"got": 1, "wanted": 0})),
        ({"timeout": "idle"}, (Verdict.TIMEOUT, "idle", {})),
        ({"timeout": "cpu"}, (Verdict.TIMEOUT, "cpu_time", {})),
        ({"timeout": "recording"}, (Verdict.TIMEOUT, "too_many_calls", {})),
        ({"timeout": "output"}, (Verdict.OUTPUT, "output", {})),
        ({"oom_kills": 1}, (Verdict.MEMORY, "memory", {})),
        ({"oom_kills": 1, "broken": "the container ended"}, (Verdict.MEMORY, "memory", {})),
        ({"pids_hits": 4}, (Verdict.PIDS, "pids", {})),
        ({"timeout": "pids"}, (Verdict.PIDS, "pids", {})),
        ({"timeout": "wall", "pids_hits": 4}, (Verdict.PIDS, "pids", {})),
    ],
    ids=str,
)
def test_each_way_to_end_otherwise_has_its_verdict(outcome, expected):
    assert verdict(lambda run: run.exits(0), done(**outcome)) == expected


def test_forks_that_the_plan_lets_fail_are_no_programs_fault():
    assert done(pids_hits=4, request=Request(("p.py",), plan="fork:EAGAIN@3")).exits(0)


@pytest.mark.parametrize("outcome", [{"broken": "it was lost"}, {"timeout": "wall"}, {"failed": "ENOENT"}], ids=str)
def test_what_is_our_fault_is_no_verdict(outcome):
    with pytest.raises(InfraError):
        done(exit_code=None, **outcome).exits(0)


def test_an_end_by_a_signal_may_be_what_is_asked_for():
    assert done(exit_code=None, signal="SIGTERM").killed_by("SIGTERM")
    assert verdict(lambda run: run.killed_by("SIGTERM"), done(exit_code=3))[1:] == (
        "not_killed",
        {"got": "exit status 3", "wanted": "SIGTERM"},
    )


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (lambda run: run.prints("a", times=3), ("printed_times", {"pattern": "a", "got": 2, "wanted": "3"})),
        (lambda run: run.prints("a", most=1), ("printed_times", {"pattern": "a", "got": 2, "wanted": "1"})),
        (lambda run: run.prints("z"), ("printed_times", {"pattern": "z", "got": 0, "wanted": "1…"})),
        (lambda run: run.prints_in_order("b", "a2"), ("not_in_order", {"pattern": "a2"})),
        (lambda run: run.never_prints("b"), ("printed", {"pattern": "b"})),
        (lambda run: run.prints_exactly("a1\na2\nc\n"), ("output_differs", {"line": 3, "wanted": "c"})),
        (lambda run: run.prints_exactly("a1\n"), ("output_differs", {"line": 2, "wanted": ""})),
        (lambda run: run.must(False, "own", number=4), ("own", {"number": 4})),
        (lambda run: run.forks(1), ("forks", {"got": 0, "wanted": 1})),
        (lambda run: run.threads(1), ("threads", {"got": 0, "wanted": 1})),
    ],
)
def test_a_wrong_answer_says_what_was_seen_and_expected(question, expected):
    assert verdict(question, done("a1\na2\nb\n")) == (Verdict.FAIL, *expected)


def test_a_run_that_was_ended_at_a_limit_is_told_as_that_and_not_by_what_it_did_not_print():
    assert verdict(lambda run: run.prints("a"), done(timeout="idle"))[0] is Verdict.TIMEOUT


def test_a_child_that_nobody_waited_for_is_a_zombie_and_one_that_is_waited_for_none():
    forgotten = done(logs={8: FORKED + EXIT.format(t="900000"), 9: CHILD})
    assert verdict(lambda run: run.reaps_all(), forgotten) == (Verdict.ZOMBIE, "unreaped", {"kinds": "unreaped"})
    assert forgotten.accusing == ("unreaped",)
    waited = "1700000000.300000 wait4(9, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 9 <0.000100>\n"
    assert done(logs={8: FORKED + waited + EXIT.format(t="900000"), 9: CHILD}).reaps_all().forks(1)


@pytest.mark.parametrize("question", [lambda r: r.reaps_all(), lambda r: r.closes_all(), lambda r: r.forks(0)])
def test_a_recording_with_a_hole_proves_nothing_either_way(question):
    for hole in ({"doubts": ["untraced"]}, {"doubts": ["full"]}, {"stopped": "lines"}):
        with pytest.raises(NoEvidence):
            question(done(end=hole))


def test_that_a_clock_of_ours_has_stopped_it_is_no_hole():
    assert done(end={"stopped": "seconds", "stopped_at": 1}).forks(0)


def test_what_runs_on_is_an_orphan():
    assert verdict(lambda run: run.leaves_nobody(), done(after={"leftover_count": 1}))[0] is Verdict.ORPHAN


def test_processor_time_out_of_proportion_is_a_spin():
    assert verdict(lambda run: run.no_spin(), done(user=0.7, system=0.4))[:2] == (Verdict.TIMEOUT, "spins")
    assert done(user=0.7, system=0.4).no_spin(cpu=2)


def asked_in_vain(count):
    begun = '1700000000.100000 openat(AT_FDCWD, "/work/p.py", O_RDONLY|O_CLOEXEC) = 3 <0.000010>\n'
    asked = [f"1700000000.2{n:05} epoll_wait(4, [], 2, 0) = 0 <0.000001>\n" for n in range(count)]
    return done(logs={8: LOG + begun + "".join(asked) + EXIT.format(t="900000")})


def test_more_calls_that_bring_nothing_than_now_and_then_are_a_spin():
    assert asked_in_vain(900).no_spin()
    assert verdict(lambda run: run.no_spin(), asked_in_vain(1100))[:2] == (Verdict.TIMEOUT, "spins")


def test_of_a_run_that_filled_its_recording_no_events_are_read():
    assert done(logs={8: FORKED}).events
    full = done(logs={8: FORKED}, timeout="recording", exit_code=None, signal="SIGKILL")
    assert (full.told, full.accusing) == (None, ())
    for question in (lambda run: run.exits(0), lambda run: run.events):
        assert verdict(question, full)[:2] == (Verdict.TIMEOUT, "too_many_calls")


def test_files_of_its_folder_are_there_or_not():
    run = done(
        request=Request(("p.py",), take=("balance", "fifo")), after={"files": {"balance": "7"}, "names": ("p.py",)}
    )
    assert run.files == {"balance": "7", "fifo": None}
    assert run.leaves_no_file("fifo")
    assert verdict(lambda run: run.leaves_no_file("p.py"), run)[1] == "file_left"


def test_the_line_comes_from_a_second_run_where_the_first_has_none_and_only_of_what_is_accused():
    forgotten = done(logs={8: FORKED + EXIT.format(t="900000"), 9: CHILD})
    assert forgotten.line == ""
    (finding,) = (finding for finding in forgotten.findings if finding.accuses)
    explained = SimpleNamespace(findings=(replace(finding, line=Line("1/p.py", 3)),))
    assert replace(forgotten, again=lambda: explained).line == "p.py:3"
    assert replace(forgotten, again=lambda: SimpleNamespace(findings=())).line == ""
    assert replace(done(), again=lambda: pytest.fail("nothing is to be explained")).line == ""


# ---------------------------------------------------------------- whose doing it is that nothing can be concluded


def doubted(*codes, **outcome):
    """A run whose recording has these holes."""
    run = done(**outcome)
    run.__dict__["worth"] = Evidence(True, tuple(Doubt(code, "run") for code in codes))
    return run


def questions(run):
    return [run.closes_all, run.no_spin, run.reaps_all, run.leaves_nobody, run.no_leak_into_exec, run.no_finding]


def verdicts(run):
    return {verdict(lambda run, ask=ask: ask(), run)[:2] for ask in questions(run)}


def test_what_was_not_recorded_to_the_end_passes_no_question_about_it():
    run = doubted("seconds", timeout="recording", exit_code=None, signal="SIGKILL")
    assert verdicts(run) == {(Verdict.TIMEOUT, "too_many_calls")}


def test_a_limit_explains_a_hole_and_no_program_makes_itself_our_fault_by_one():
    assert verdicts(doubted("incomplete", "untraced", oom_kills=1)) == {(Verdict.MEMORY, "memory")}


def test_whoever_lets_a_thread_exec_so_that_nothing_is_known_is_told_that():
    assert verdicts(doubted("exec")) == {(Verdict.FAIL, "thread_execs")}


@pytest.mark.parametrize("codes", [("untraced",), ("exec", "untraced"), ("incomplete",), ("full",)])
def test_any_other_hole_is_our_fault(codes):
    for ask in questions(doubted(*codes)):
        with pytest.raises(NoEvidence):
            ask()


def test_a_whole_recording_passes_them_all():
    for ask in questions(doubted()):
        ask()


# ---------------------------------------------------------------- more than anybody can read


@pytest.fixture
def too_much(monkeypatch):
    """A run that makes a child, where no child may inherit anything."""
    monkeypatch.setattr("proclab.strace.processes.COPIED", -1)
    return done(logs={8: FORKED + EXIT.format(t="900000"), 9: CHILD})


def test_who_does_more_than_can_be_followed_fails_and_is_not_our_fault(too_much):
    assert verdicts(too_much) == {(Verdict.FAIL, "too_much_to_tell")}
    assert verdict(lambda run: run.events, too_much)[:2] == (Verdict.FAIL, "too_much_to_tell")
    assert too_much.exits(0).findings == too_much.accusing == ()
