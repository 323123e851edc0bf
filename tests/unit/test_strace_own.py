"""What the program does itself, and what the C library does on its own account: finding addresses, ending threads."""

from __future__ import annotations

import pytest

from proclab.events import Block, Event, Open, Run, SigHandler, SigMask
from tests.unit.strace_logs import events, of

START = '1 execve("/usr/bin/python", ["python", "a.py"], 0x7ffd /* 3 vars */) = 0'
HOSTS = '3 openat(AT_FDCWD, "/etc/hosts", O_RDONLY|O_CLOEXEC) = 3\n4 read(3, "127.0.0.1", 4096) = 9\n5 close(3) = 0'


def mark(doing: str) -> str:
    """The marker of line 7 of a.py, which calls this."""
    text = f"L 7 {doing} a.py"
    return f'2 write(-1, "{text}", {len(text)}) = -1 EBADF (Bad file descriptor)'


def shown(*lines: str) -> list[Event]:
    """The program's own events after its start."""
    return [event for event in events(t8="\n".join([START, *lines])) if event.own and event.line]


@pytest.mark.parametrize(
    "doing", ["create_connection", "_socket.getaddrinfo", "_socket.gethostbynam", "connect", "urlopen", "getfqdn"]
)
def test_etc_hosts_read_for_an_address_is_no_step(doing):
    assert shown(mark(doing), HOSTS) == []
    assert of(Open, events(t8=f"{START}\n{mark(doing)}\n{HOSTS}")), "it stays among the events"


@pytest.mark.parametrize("doing", ["open", "read_text", "os.open", "with"])
def test_etc_hosts_read_by_the_program_is(doing):
    assert [event.kind for event in shown(mark(doing), HOSTS)] == ["open", "read", "close"]


def asked(addr: str) -> str:
    """A datagram socket that waits for an answer and asks how long it is."""
    return f"""
3 socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC|SOCK_NONBLOCK, IPPROTO_IP) = 4
4 connect(4, {{sa_family=AF_INET, {addr}}}, 16) = 0
5 sendto(4, "?", 1, MSG_NOSIGNAL, NULL, 0) = 1
6 poll([{{fd=4, events=POLLIN}}], 1, 1000) = 1 ([{{fd=4, revents=POLLIN}}]) <0.050>
60 ioctl(4, FIONREAD, [24]) = 0
61 close(4) = 0"""


def test_waiting_for_the_name_service_is_no_step():
    name_service = asked('sin_port=htons(53), sin_addr=inet_addr("127.0.0.11")')
    assert shown(mark("create_connection"), name_service) == []
    found = events(t8=f"{START}\n{mark('create_connection')}\n{name_service}")
    assert [event.own for event in found if isinstance(event, (Block, Run))] == [False, False]


def test_waiting_for_another_service_is():
    time_service = asked('sin_port=htons(123), sin_addr=inet_addr("10.0.0.1")')
    kinds = [event.kind for event in shown(mark("connect"), time_service)]
    assert kinds == ["socket", "connect", "write", "block", "run", "other", "close"]


def test_a_poll_that_waits_for_an_own_descriptor_too_is_a_step():
    both = asked('sin_port=htons(53), sin_addr=inet_addr("127.0.0.11")').replace(
        "poll([{fd=4, events=POLLIN}], 1,", "poll([{fd=4, events=POLLIN}, {fd=0, events=POLLIN}], 2,"
    )
    assert [event.kind for event in shown(mark("connect"), both)] == ["block", "run"]


def test_a_wait_without_descriptors_is_a_step():
    found = shown(mark("select.select"), "3 select(0, NULL, NULL, NULL, {tv_sec=1}) = 0 <0.9>")
    assert [event.kind for event in found] == ["block", "run"]


@pytest.mark.parametrize(
    ("sig", "own"), [("SIGRT_1", False), ("SIGRTMIN", False), ("SIGRT_2", True), ("SIGUSR1", True)]
)
def test_the_librarys_own_signals_are_no_steps(sig, own):
    """signal.SIGRTMIN is 34 to a program and SIGRT_2 to strace; the two before it are the C library's, nptl(7)."""
    found = events(
        t8=f"""{START}
{mark("start_new_thread")}
3 rt_sigaction({sig}, {{sa_handler=0x7f0, sa_mask=[], sa_flags=SA_RESTORER, sa_restorer=0x7f1}}, NULL, 8) = 0
4 rt_sigprocmask(SIG_UNBLOCK, [{sig.removeprefix("SIG")}], NULL, 8) = 0"""
    )
    assert [event.own for event in [*of(SigHandler, found), *of(SigMask, found)]] == [own, own]


def test_an_empty_set_unblocked_is_the_programs():
    found = events(t8=f"{START}\n{mark('pthread_sigmask')}\n3 rt_sigprocmask(SIG_UNBLOCK, [], NULL, 8) = 0")
    assert [event.own for event in of(SigMask, found)] == [True]
