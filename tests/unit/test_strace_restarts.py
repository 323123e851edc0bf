"""A traced process is interrupted even by signals that it ignores: that is the tracer's doing and no event's."""

import pytest

from proclab.events import Block, Gap, Read, Run, SigDeliver
from proclab.strace import Program, read
from tests.unit.strace_logs import PARENT, events, of

CHLD = "--- {0} {{si_signo={0}, si_code=CLD_EXITED, si_pid=9, si_uid=1, si_status=0}} ---"
AGAIN = "= ? ERESTARTSYS (To be restarted if SA_RESTART is set)"


def broken(first, signal, then, before=""):
    return events(t8=f"{PARENT}\n{before}\n    4 {first}\n    6 {signal}\n    6 {then}\n    9 close(3) = 0 <0.0001>")


@pytest.mark.parametrize(
    ("signal", "action"), [("SIGCHLD", ""), ("SIGWINCH", ""), ("SIGUSR1", "SIG_IGN"), ("SIGCHLD", "SIG_IGN")]
)
def test_a_signal_that_is_ignored_breaks_no_call(signal, action):
    ignored = f"    3 rt_sigaction({signal}, {{sa_handler={action}}}, NULL, 8) = 0" if action else ""
    found = broken(f"read(3, 0x7f, 1) {AGAIN} <0.002>", CHLD.format(signal), 'read(3, "x", 1) = 1 <0.002>', ignored)
    (read,) = of(Read, found)
    assert (read.error, read.n, read.dur) == ("", 1, 4_000_000)
    (block,) = of(Block, found)
    assert read.block == block.seq
    (delivery,) = of(SigDeliver, found)
    assert delivery.interrupted == ""
    assert delivery.own == bool(action)  # without a tracer one of default action isn't even delivered


def test_a_signal_with_a_handler_breaks_the_call_as_ever():
    handler = "    3 rt_sigaction(SIGCHLD, {sa_handler=0x7f}, NULL, 8) = 0"
    found = broken(f"read(3, 0x7f, 1) {AGAIN} <0.002>", CHLD.format("SIGCHLD"), 'read(3, "x", 1) = 1 <0.002>', handler)
    assert [read.error for read in of(Read, found)] == ["ERESTARTSYS", ""]
    assert len(of(Block, found)) == 2
    assert of(SigDeliver, found)[0].interrupted == "read"


def test_a_sleep_that_goes_on_is_one_sleep():
    first = "clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=9}, NULL) = ? ERESTART_RESTARTBLOCK (Interrupted) <0.002>"
    then = "restart_syscall(<... resuming interrupted clock_nanosleep ...>) = 0 <0.002>"
    found = broken(first, CHLD.format("SIGCHLD"), then)
    (run,) = of(Run, found)
    assert (run.call, run.error, run.dur) == ("clock_nanosleep", "", 4_000_000)
    assert run.block == of(Block, found)[0].seq


def test_a_call_that_never_comes_back_after_it_waits_on():
    found = broken(f"read(3, 0x7f, 1) {AGAIN} <0.002>", CHLD.format("SIGCHLD"), "read(3, 0x7f, 1 <unfinished ...>")
    text = [event for event in found if isinstance(event, Block | Read)]
    assert [type(event) for event in text] == [Block]


def test_another_call_after_it_is_another_call():
    then = 'recvfrom(3, "x", 1, 0, NULL, NULL) = 1 <0.002>'
    found = broken(f"read(3, 0x7f, 1) {AGAIN} <0.002>", CHLD.format("SIGCHLD"), then)
    assert [read.error for read in of(Read, found)] == ["ERESTARTSYS", ""]


KILLED = "+++ killed by SIGKILL +++"


@pytest.mark.parametrize("line", ["????( <unfinished ...>", "????( <unavailable>) = ?", "????(", "???()   = ?"])
@pytest.mark.parametrize(("end", "lost"), [(KILLED, 0), ("+++ exited with 0 +++", 0), ("getpid() = 7", 1)])
def test_a_call_at_whose_door_its_thread_was_killed_is_none(line: str, end: str, lost: int) -> None:
    log = f'1.000000001 execve("/bin/x", ["x"], 0x7f /* 3 vars */) = 0\n2.000000001 {line}\n3.000000001 {end}\n'
    found = read([Program(logs={7: log})])
    assert sum(event.lost for event in found if isinstance(event, Gap)) == lost
