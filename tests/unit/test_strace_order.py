"""A call that seems to return before its cause: strace measures from when the first half of the line is written.

In the logs here a call is told to be over after 1 ms, its thread goes on at 30, and what it waited for comes at 20.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proclab.events import (
    Accept,
    Block,
    Close,
    Connect,
    Event,
    Inherit,
    Listen,
    LockGot,
    Open,
    Other,
    Read,
    Run,
    SigDeliver,
)
from proclab.strace import Program, read
from proclab.strace.sequence import Hold, sort
from tests.unit import recordings
from tests.unit.strace_logs import PARENT, events, log, of

PORT = '{{sa_family=AF_INET, sin_port=htons({}), sin_addr=inet_addr("{}")}}'
TCP = (PORT.format(5000, "127.0.0.1"), PORT.format(40000, "127.0.0.1"), "AF_INET")
UNIX = ('{sa_family=AF_UNIX, sun_path="/tmp/s"}', "{sa_family=AF_UNIX}", "AF_UNIX")
KINDS = pytest.mark.parametrize("kind", [TCP, UNIX], ids=["TCP", "Unix"])


def listening(kind: tuple[str, str, str], *children: int) -> str:
    """A server with descriptor 5, and its children."""
    forks = "".join(f"\n3 fork() = {child}" for child in children)
    return f"""{PARENT}{forks}
    4 socket({kind[2]}, SOCK_STREAM, 0) = 5
    5 bind(5, {kind[0]}, 16) = 0
    6 listen(5, 5) = 0"""


def client(kind: tuple[str, str, str], at: int, result: str = "0 <0.0001>") -> str:
    return f"""7 socket({kind[2]}, SOCK_STREAM, 0) = 7
    {at} connect(7, {kind[0]}, 16) = {result}"""


def accepting(kind: tuple[str, str, str], at: int = 10, until: int = 30, took: str = "0.001") -> str:
    return f"""
    {at} accept4(5, {kind[1]}, [16], SOCK_CLOEXEC) = 6 <{took}>
    {until} close(6) = 0"""


def clients(found: list[Event]) -> list[int]:
    """Whose connection each accept has got, by pid; 0: nobody's."""
    connects = {event.obj: event.task.pid for event in of(Connect, found)}
    return [connects.get(accept.peer, 0) for accept in of(Accept, found)]


def behind(found: list[Event], one: Event, other: Event) -> bool:
    """Whether an event stands behind its cause, the other one, or the beginning of it."""
    causes = [found[seq] for seq in one.cause]
    return any(cause.seq == other.seq or cause.seq == getattr(other, "block", None) for cause in causes)


# --- accept and connect ---


@KINDS
def test_an_accept_waits_for_the_connect_that_it_took(kind):
    found = events(t8=listening(kind, 9) + accepting(kind), t9=client(kind, 20))
    assert clients(found) == [9]
    assert behind(found, of(Accept, found)[0], of(Connect, found)[0])


@KINDS
def test_an_accept_whose_thread_went_on_before_the_connect_took_another(kind):
    found = events(t8=listening(kind, 9) + accepting(kind, until=15), t9=client(kind, 20))
    assert clients(found) == [0]
    assert of(Accept, found)[0].seq < of(Connect, found)[0].seq


@KINDS
def test_an_accept_that_has_its_connect_waits_for_no_other(kind):
    found = events(t8=listening(kind, 9, 10) + accepting(kind), t9=client(kind, 8), t10=client(kind, 20))
    assert clients(found) == [9]
    assert of(Accept, found)[0].seq < next(event.seq for event in found if event.t % 10**9 == 20_000_000)


@KINDS
def test_two_accepts_that_are_told_too_early_take_two_connects_in_their_order(kind):
    server = listening(kind, 9, 10) + accepting(kind) + accepting(kind, 31, 60)
    found = events(t8=server, t9=client(kind, 50), t10=client(kind, 20))
    assert clients(found) == [10, 9]


def test_an_accept_waits_for_a_connect_in_another_container():
    there, here = PORT.format(5000, "172.18.0.2"), PORT.format(40000, "172.18.0.3")
    server = log(listening((PORT.format(5000, "0.0.0.0"), "", "AF_INET")) + accepting(("", here, "")))
    other = log(client((there, "", "AF_INET"), 20))
    found = read([Program({8: server}, box="server"), Program({8: other}, box="client")])
    accept = of(Accept, found)[0]
    assert [(found[seq].box, found[seq].seq < accept.seq) for seq in accept.cause] == [("client", True)]
    assert (accept.peer, accept.peer_box) == ("sock1", "client")


def test_a_connection_over_loopback_is_none_from_elsewhere():
    """Two clients in one queue: what accept said of the address tells them apart."""
    outside = (PORT.format(5000, "0.0.0.0"), PORT.format(40000, "172.18.0.3"), "AF_INET")
    near, far = (PORT.format(5000, host) for host in ("127.0.0.1", "172.18.0.2"))
    for first, second, who in ((near, far, 10), (far, near, 9)):
        found = events(
            t8=listening(outside, 9, 10) + accepting(outside),
            t9=client((first, "", "AF_INET"), 8),
            t10=client((second, "", "AF_INET"), 9),
        )
        assert clients(found) == [who]


def test_a_client_that_was_bound_is_known_by_its_port():
    binds = f"8 bind(7, {TCP[1]}, 16) = 0\n9 connect(7, {TCP[0]}, 16) = 0 <0.0001>"
    found = events(
        t8=listening(TCP, 9, 10) + accepting(TCP),
        t9=client(TCP, 8),
        t10=f"7 socket(AF_INET, SOCK_STREAM, 0) = 7\n{binds}",
    )
    assert clients(found) == [10]
    elsewhere = binds.replace("40000", "40001")
    found = events(
        t8=listening(TCP, 9, 10) + accepting(TCP),
        t9=client(TCP, 20),
        t10=f"7 socket(AF_INET, SOCK_STREAM, 0) = 7\n{elsewhere}",
    )
    assert clients(found) == [9]


SAYS = '\n{} sendto(7, "{}", 5, 0, NULL, 0) = 5'
HEARS = '\n{} recvfrom({}, "{}", 99, 0, NULL, NULL) = 5'


@pytest.mark.parametrize("threads", [False, True])
def test_what_was_said_tells_apart_who_connected_at_one_moment(threads):
    """Who began first may be queued second."""
    server = listening(TCP, 9, 10) + accepting(TCP, 20, 50)
    one, two_ = client(TCP, 8) + SAYS.format(15, "first"), client(TCP, 9) + SAYS.format(16, "other")
    for heard, who in (("first", 9), ("other", 10), ("oth", 10), ("other and more", 10), ("neither", 9)):
        found = events(t8=server + HEARS.format(30, 6, heard), t9=one, t10=two_)
        assert clients(found) == [who]
    made = "25 clone(child_stack=0x7, flags=CLONE_VM|CLONE_FILES|CLONE_THREAD) = 11"
    handled = server.replace("50 close", f"{made}\n50 close")
    forked = server.replace("50 close(6) = 0", "22 fork() = 11\n23 close(6) = 0")
    found = events(t8=handled if threads else forked, t9=one, t10=two_, t11=HEARS.format(30, 6, "other").strip())
    assert clients(found) == [10]


def test_an_answer_tells_apart_who_connected_at_one_moment():
    server = listening(TCP, 9, 10) + accepting(TCP, 20, 50).replace("50 close", '30 write(6, "other", 5) = 5\n50 close')
    one, two_ = client(TCP, 8) + HEARS.format(35, 7, "first"), client(TCP, 9) + HEARS.format(36, 7, "other")
    assert clients(events(t8=server, t9=one, t10=two_)) == [10]


def test_what_was_said_through_the_number_of_a_closed_descriptor_says_nothing():
    server = listening(TCP, 9, 10) + accepting(TCP, 20, 21) + HEARS.format(30, 6, "other")
    one, two_ = client(TCP, 8) + SAYS.format(15, "first"), client(TCP, 9) + SAYS.format(16, "other")
    assert clients(events(t8=server, t9=one, t10=two_)) == [9]


def test_an_accept_waits_for_the_connect_that_said_what_it_heard():
    server = listening(TCP, 9, 10) + accepting(TCP).rpartition("\n")[0] + HEARS.format(30, 6, "other")
    one, two_ = client(TCP, 8) + SAYS.format(15, "first"), client(TCP, 20) + SAYS.format(25, "other")
    assert clients(events(t8=server, t9=one, t10=two_)) == [10]


def test_a_connect_that_tcp_had_to_repeat_came_into_the_queue_when_it_ended():
    server = listening(TCP, 9, 10) + accepting(TCP, 10, 910, "0.891") + accepting(TCP, 920, 990, "0.041")
    assert clients(events(t8=server, t9=client(TCP, 8, "0 <0.950>"), t10=client(TCP, 900))) == [10, 9]
    assert clients(events(t8=server, t9=client(TCP, 8, "0 <0.850>"), t10=client(TCP, 900))) == [9, 10]


def test_a_connect_under_way_that_is_refused_is_not_in_the_queue():
    """A socket that doesn't wait learns of it later: the address was bound, nobody listened."""
    server = listening(TCP, 9, 10).rpartition("\n")[0]
    waits = "-1 EINPROGRESS (Operation now in progress) <0.0001>"
    for listens, who in ((12, 10), (7, 9)):
        found = events(
            t8=f"{server}\n{listens} listen(5, 5) = 0{accepting(TCP, 15)}",
            t9=f"{client(TCP, 8, waits)}\n9 close(7) = 0",
            t10=client(TCP, 14),
        )
        assert clients(found) == [who]


def test_a_connect_that_succeeds_comes_after_listen_whenever_it_began():
    server = listening(TCP, 9).replace("6 listen", "20 listen")
    for result in ("0 <0.001>", "-1 EINPROGRESS (Operation now in progress) <0.001>"):
        found = events(t8=f"{server}{accepting(TCP, 25)}", t9=f"{client(TCP, 10, result)}\n30 close(7) = 0")
        assert clients(found) == [9]
        assert of(Listen, found)[0].seq < of(Connect, found)[0].seq


def test_a_connect_that_succeeds_comes_after_bind_whenever_it_began():
    """As lab 4 was recorded once: a client tries again, and strace lost its processor for 8 ms meanwhile."""
    server = listening(TCP, 9).replace("5 bind", "20 bind").replace("6 listen", "21 listen")
    found = events(t8=f"{server}{accepting(TCP, 25)}", t9=f"{client(TCP, 10, '0 <0.001>')}\n60 close(7) = 0")
    assert clients(found) == [9]
    found = events(t8=f"{server}{accepting(TCP, 25)}", t9=f"{client(TCP, 10, '0 <0.001>')}\n15 close(7) = 0")
    assert clients(found) == [0]


def test_a_connect_that_a_signal_broke_off_stays_in_the_queue_once():
    broken = "-1 ERESTARTSYS (To be restarted if SA_RESTART is set) <0.0001>"
    again = f"{client(TCP, 8, broken)}\n40 connect(7, {TCP[0]}, 16) = 0 <0.0001>"
    server = listening(TCP, 9, 10) + accepting(TCP) + accepting(TCP, 31, 60)
    assert clients(events(t8=server, t9=again, t10=client(TCP, 20))) == [9, 10]


def test_a_recording_where_strace_took_3_ms_to_write_half_a_line():
    """`refused` with -yy, as it was recorded: accept is told to be over 2.7 ms before the connect begins."""
    found = recordings.events("yy-refused")
    (accept,) = of(Accept, found)
    connect = of(Connect, found)[-1]
    assert accept.peer == connect.obj
    assert accept.t + accept.dur < connect.t
    assert accept.seq > accept.cause[0] >= connect.block


# --- other calls ---


def two(parent: str, child: str) -> list[Event]:
    """A process with a pipe and its child."""
    return events(t8=f"{PARENT}\n3 fork() = 9\n{parent}", t9=child)


def test_bytes_are_read_after_they_were_written():
    found = two('20 write(4, "x", 1) = 1', '10 read(3, "x", 1) = 1 <0.001>\n30 close(3) = 0')
    assert [event.kind for event in found if event.kind in ("read", "write")] == ["write", "read"]
    found = two('20 write(4, "x", 1) = 1', '10 read(3, "x", 1) = 1 <0.001>\n15 close(3) = 0')
    assert [event.kind for event in found if event.kind == "close"] == ["close"]


def test_bytes_that_were_only_looked_at_are_read_again():
    pair = '4 socketpair(AF_UNIX, SOCK_STREAM, 0, [5, 6]) = 0\n5 sendto(5, "x", 1, 0, NULL, 0) = 1'
    found = events(
        t8=f'{PARENT}\n{pair}\n6 recvfrom(6, "x", 1, MSG_PEEK, NULL, NULL) = 1'
        '\n7 recvfrom(6, "x", 1, 0, NULL, NULL) = 1'
    )
    assert [[found[seq].kind for seq in event.cause] for event in of(Read, found)] == [[], ["write"]]


def test_bytes_of_sendfile_are_read_after_it():
    found = two("20 sendfile(4, 9, NULL, 5) = 5", '10 read(3, "hello", 9) = 5 <0.001>\n30 close(3) = 0')
    (received,) = of(Read, found)
    assert [(found[seq].kind, found[seq].call) for seq in received.cause] == [("other", "sendfile")]


def test_end_of_file_is_seen_after_the_last_write_end_was_closed():
    found = two("20 close(4) = 0", '8 close(4) = 0\n10 read(3, "", 1) = 0 <0.001>\n30 close(3) = 0')
    (eof,) = of(Read, found)
    assert [(found[seq].kind, found[seq].task.pid) for seq in eof.cause] == [("close", 8)]


def test_a_reset_comes_after_the_close_that_caused_it():
    pair = "2 socketpair(AF_UNIX, SOCK_STREAM, 0, [5, 6]) = 0\n3 fork() = 9\n4 close(6) = 0\n20 close(5) = 0"
    reset = "-1 ECONNRESET (Connection reset by peer) <0.001>"
    found = events(
        t8=f"{PARENT}\n{pair}", t9=f"5 close(5) = 0\n10 recvfrom(6, 0x7f, 1, 0, NULL, NULL) = {reset}\n30 close(6) = 0"
    )
    (broken,) = of(Read, found)
    assert [(found[seq].kind, found[seq].t % 10**9) for seq in broken.cause] == [("close", 20_000_000)]


RIGHTS = (
    '{{msg_name=NULL, msg_namelen=0, msg_iov=[{{iov_base=".", iov_len=1}}], msg_iovlen=1, msg_control=[{{cmsg_len=20, '
    "cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[{}]}}], msg_controllen=24, msg_flags=0}}"
)


def test_a_descriptor_is_received_after_it_was_sent():
    found = events(
        t8=f"{PARENT}\n2 socketpair(AF_UNIX, SOCK_STREAM, 0, [5, 6]) = 0\n3 fork() = 9"
        f"\n20 sendmsg(5, {RIGHTS.format(3)}, 0) = 1",
        t9=f"10 recvmsg(6, {RIGHTS.format(7)}, 0) = 1 <0.001>\n30 close(7) = 0",
    )
    (received,) = of(Read, found)
    assert of(Close, found)[0].obj == "pipe1"
    assert [found[seq].fds for seq in received.cause] == [(3,)]
    assert not [event for event in of(Inherit, found) if event.fd == 7]


def test_a_descriptor_is_on_its_way_as_soon_as_its_message_is():
    """sendmsg takes long, it waits for room or for a processor; the receiver goes on meanwhile."""
    made = f"{PARENT}\n2 socketpair(AF_UNIX, SOCK_STREAM, 0, [5, 6]) = 0\n3 fork() = 9"
    full = '\n4 write(5, "x", 4096) = 4096'
    for before, room, blocks in (("", "", False), (full, '22 read(6, "x", 4096) = 4096\n', True)):
        sent = f"{made}{before}\n20 sendmsg(5, {RIGHTS.format(3)}, 0) = 1 <0.030>"
        received = f"{room}23 recvmsg(6, {RIGHTS.format(7)}, 0) = 1 <0.001>\n30 close(7) = 0"
        found = events(t8=sent, t9=received)
        assert of(Close, found)[0].obj == "pipe1"
        assert ("sendmsg" in [event.call for event in of(Block, found)]) == blocks


def test_a_datagram_that_took_long_to_send_arrives():
    bound = f"{PARENT}\n2 socket(AF_INET, SOCK_DGRAM, 0) = 5\n3 bind(5, {TCP[0]}, 16) = 0\n3 fork() = 9"
    sends = f'4 socket(AF_INET, SOCK_DGRAM, 0) = 6\n10 sendto(6, "x", 1, 0, {TCP[0]}, 16) = 1 <0.020>'
    found = events(t8=f'{bound}\n20 recvfrom(5, "x", 1, 0, NULL, NULL) = 1\n21 close(5) = 0', t9=sends)
    (received,) = of(Read, found)
    assert [found[seq].task.pid for seq in received.cause] == [9]


def test_a_write_for_which_there_is_room_has_not_waited():
    took = 'write(4, "x", {n}) = {n} <0.040>'
    for n, before, blocks in ((4096, 0, []), (4097, 0, ["write"]), (96, 4000, []), (97, 4000, ["write"])):
        first = f'4 write(4, "x", {before}) = {before}\n' if before else ""
        found = two(f"{first}10 {took.format(n=n)}", "60 close(4) = 0")
        assert [event.call for event in of(Block, found)] == blocks


def test_a_fifo_is_open_after_the_other_end_was_opened():
    made = '2 mknodat(AT_FDCWD, "/f", S_IFIFO|0600) = 0\n3 fork() = 9\n'
    opens = '{} openat(AT_FDCWD, "/f", {}) = 5 <0.001>\n{} close(5) = 0'
    for reads, writes in (("O_RDONLY", "O_WRONLY"), ("O_WRONLY", "O_RDONLY")):
        found = events(t8=f"{PARENT}\n{made}{opens.format(20, writes, 30)}", t9=opens.format(10, reads, 30))
        early, late = sorted(of(Open, found), key=lambda event: event.t)
        assert behind(found, early, late)
        assert behind(found, late, early)
    found = events(
        t8=f"{PARENT}\n{made}{opens.format(20, 'O_WRONLY', 30)}", t9=opens.format(10, "O_RDONLY|O_NONBLOCK", 30)
    )
    early, late = of(Open, found)
    assert (early.task.pid, early.cause) == (9, ())


def test_a_fifo_that_was_opened_before_is_met_by_who_comes_not_by_who_has_gone():
    made = '2 mknodat(AT_FDCWD, "/f", S_IFIFO|0600) = 0\n3 fork() = 9\n'
    opens = '{} openat(AT_FDCWD, "/f", {}) = 5 <0.001>\n{} close(5) = 0\n'
    found = events(
        t8=f"{PARENT}\n{made}{opens.format(5, 'O_WRONLY', 8)}{opens.format(20, 'O_WRONLY', 30)}",
        t9=f"{opens.format(4, 'O_RDONLY', 9)}{opens.format(10, 'O_RDONLY', 30)}",
    )
    reads = [event for event in of(Open, found) if event.task.pid == 9]
    assert [found[event.cause[0]].t % 10**9 for event in reads] == [5_000_000, 20_000_000]


def test_a_fifo_was_met_by_who_came_and_went_while_it_was_being_opened():
    made = '2 mknodat(AT_FDCWD, "/f", S_IFIFO|0600) = 0\n3 fork() = 9\n'
    opens = '{} openat(AT_FDCWD, "/f", {}) = 5 <{}>\n{} close(5) = 0'
    found = events(
        t8=f"{PARENT}\n{made}{opens.format(12, 'O_WRONLY', 0.0001, 13)}", t9=opens.format(10, "O_RDONLY", 0.015, 30)
    )
    writes, reads = of(Open, found)
    assert [found[seq].t for seq in reads.cause] == [writes.t]


FILE = '{} openat(AT_FDCWD, "/f", O_RDWR) = 5\n'


@pytest.mark.parametrize("frees", ["flock(5, LOCK_UN)", "close(5)"])
def test_a_file_is_locked_after_it_was_unlocked(frees):
    found = two(
        f"{FILE.format(4)}5 flock(5, LOCK_EX) = 0\n20 {frees} = 0 <0.005>",
        f"{FILE.format(6)}10 flock(5, LOCK_EX) = 0 <0.001>\n22 close(5) = 0",
    )
    got = of(LockGot, found)[1]
    assert [found[seq].t % 10**9 for seq in got.cause] == [20_000_000]


@pytest.mark.parametrize(("how", "also", "first"), [("SH", "SH", 10), ("EX", "EX|LOCK_NB", 20), ("SH", "EX", 20)])
def test_shared_locks_dont_wait_for_each_other(how, also, first):
    found = two(
        f"{FILE.format(4)}5 flock(5, LOCK_{how}) = 0\n20 flock(5, LOCK_UN) = 0",
        f"{FILE.format(6)}10 flock(5, LOCK_{also}) = 0 <0.001>\n30 close(5) = 0",
    )
    order = [event.t % 10**9 // 10**6 for event in found if event.kind in ("lock_got", "lock_rel")]
    assert order == [5, *sorted((10, 20), key=lambda at: at != first)]


@pytest.mark.parametrize(
    "poll",
    [
        "poll([{fd=3, events=POLLIN}], 1, -1) = 1 ([{fd=3, revents=POLLIN}])",
        "pselect6(4, [3], NULL, NULL, NULL, NULL) = 1 (in [3])",
        "epoll_wait(7, [{events=EPOLLIN, data={u32=3, u64=3}}], 2, -1) = 1",
    ],
)
def test_bytes_are_there_to_be_read_after_they_were_written(poll):
    found = two('20 write(4, "x", 1) = 1', f"10 {poll} <0.001>\n30 close(3) = 0")
    assert [event.kind for event in found if event.kind in ("run", "write")] == ["write", "run"]
    room = poll.replace("IN", "OUT").replace("[3], NULL", "NULL, [3]").replace("in [3]", "out [3]")
    found = two('20 write(4, "x", 1) = 1', f"10 {room} <0.001>\n30 close(3) = 0")
    assert [event.kind for event in found if event.kind in ("run", "write")] == ["run", "write"]
    assert of(Run, found)


def test_a_call_that_takes_long_and_had_all_that_it_needed_has_not_waited():
    """The processor was busy with others."""
    late = '4 write(4, "x", 1) = 1\n{} read(3, "x", 1) = 1 <0.005>\n'
    opened = '20 openat(AT_FDCWD, "/f", O_RDONLY) = 5 <0.005>\n30 read(5, "", 9) = 0 <0.005>'
    waited = "40 wait4(9, NULL, 0, NULL) = 9 <0.005>"
    found = two(late.format(10) + opened + f"\n{waited}", "12 exit_group(0) = ?\n13 +++ exited with 0 +++")
    assert not of(Block, found)
    found = two(late.format(10) + opened + f"\n{waited}", "42 exit_group(0) = ?\n43 +++ exited with 0 +++")
    assert [event.call for event in of(Block, found)] == ["wait4"]
    found = two('10 read(3, "x", 1) = 1 <0.005>\n20 close(3) = 0', '12 write(4, "x", 1) = 1')
    assert [event.call for event in of(Block, found)] == ["read"]


def test_a_read_of_a_write_that_waits_for_room_has_waited():
    """Its bytes go in bit by bit."""
    found = two('10 write(4, "x", 9000) = 9000 <0.040>', '12 read(3, "x", 1) = 1\n20 read(3, "y", 1) = 1 <0.025>')
    assert [event.call for event in of(Block, found)] == ["write", "read"]


def test_the_bytes_of_a_write_that_waited_are_there_once():
    found = two(
        '10 write(4, "x", 9000) = 9000 <0.040>\n60 write(4, "y", 1) = 1',
        '12 read(3, "x", 9000) = 9000\n70 read(3, "y", 1) = 1',
    )
    last = of(Read, found)[-1]
    assert [found[seq].t % 10**9 for seq in last.cause] == [60_000_000]


def test_each_delivery_of_a_signal_has_a_sending_of_its_own():
    """The second one was sent when strace had taken in the first, and not written so yet."""
    sent = f"{PARENT}\n3 kill(8, SIGUSR1) = 0\n4 kill(8, SIGUSR1) = 0\n"
    came = "{} --- SIGUSR1 {{si_signo=SIGUSR1, si_code=SI_USER, si_pid=8, si_uid=1}} ---\n"
    found = events(t8=sent + came.format(5) + came.format(6))
    assert [len(event.cause) for event in of(SigDeliver, found)] == [1, 1]
    found = events(t8=sent + came.format(5))
    assert [len(event.cause) for event in of(SigDeliver, found)] == [2]


def test_what_comes_from_outside_of_the_recording_is_waited_for_by_nobody_for_ever():
    """A pipe that was inherited, a socket nobody here is connected to, a listener with a client from elsewhere."""
    fds = [
        {"fd": 0, "of": 0, "target": "pipe:[1]", "what": "pipe", "flags": "O_RDONLY"},
        {"fd": 5, "of": 5, "target": "socket:[2]", "what": "socket", "flags": "O_RDWR"},
    ]
    start = {"pid": 8, "fds": fds}
    text = log('3 read(0, "x", 1) = 1 <0.001>\n9 recvfrom(5, "y", 1, 0, NULL, NULL) = 1 <0.001>\n30 close(5) = 0')
    other = log("5 close(9) = 0\n11 close(9) = 0")
    found = read([Program({8: text}, start=start), Program({70: other}, box="b")])
    order = [(event.kind, event.task.pid) for event in found if event.kind in ("read", "close")]
    assert order == [("read", 8), ("close", 70), ("read", 8), ("close", 70), ("close", 8)]
    assert not of(Other, found)


# --- the order itself ---


@settings(deadline=None)
@given(st.data())
def test_every_place_comes_once_by_its_edges_and_held_back_no_longer_than_needed(data):
    size = data.draw(st.integers(1, 12))
    times = data.draw(st.lists(st.integers(0, 20), min_size=size, max_size=size))
    keys = [(time, (place, 0)) for place, time in enumerate(times)]
    edge = st.tuples(st.integers(0, size - 1), st.integers(0, size - 1))
    hard = [(a, b) for a, b in data.draw(st.lists(edge, max_size=12)) if a < b]
    soft = data.draw(st.lists(edge, max_size=6))
    needs = data.draw(st.lists(st.none() | st.integers(0, size - 1), min_size=size, max_size=size))
    until = [None if need is None else times[place] + 5 for place, need in enumerate(needs)]
    came: list[int] = []
    for place in sort(keys, hard, soft, Hold(until, lambda place: needs[place] in came)):
        came.append(place)
    assert sorted(came) == list(range(size))
    at = {place: number for number, place in enumerate(came)}
    assert all(at[a] < at[b] for a, b in hard)
    for place, need in enumerate(needs) if not hard and not soft else ():
        free = [other for other in came if until[other] is None]
        assert all(times[other] <= times[place] + 5 for other in free if at[other] < at[place])
        over = all(times[other] >= times[place] + 5 for other in free if at[other] > at[place])
        assert need is None or at[need] < at[place] or over
