"""A call that was asked not to wait has not waited, however long it was kept from a processor."""

from __future__ import annotations

import pytest

from proclab.events import Accept, Block, Connect, Read, Write
from tests.unit.strace_logs import PARENT, events, of

LONG = "<0.5>"
TIMEVAL, TIMESPEC = "{tv_sec=0, tv_usec=0}", "{tv_sec=0, tv_nsec=0}"
INET = '{sa_family=AF_INET, sin_port=htons(5000), sin_addr=inet_addr("127.0.0.1")}'
AGAIN = "-1 EAGAIN (Resource temporarily unavailable)"
PAIR = "4 socketpair(AF_UNIX, SOCK_STREAM{}, 0, [5, 6]) = 0"
LISTENER = f"4 socket(AF_INET, SOCK_STREAM, 0) = 5\n5 bind(5, {INET}, 16) = 0\n6 listen(5, 5) = 0"
QUICK = LISTENER.replace("SOCK_STREAM", "SOCK_STREAM|SOCK_NONBLOCK")
READ = f"read(3, 0x7f, 9) = {AGAIN} {LONG}"
WRITE = f'write(4, "aaa", 9000) = 4096 {LONG}'

# What comes before, the call that only looks, and its like that waits; each at the descriptors that it needs.
ASKED = {
    "read of a pipe made so": ("4 pipe2([5, 6], O_NONBLOCK) = 0", f"read(5, 0x7f, 9) = {AGAIN} {LONG}", ""),
    "read, by fcntl": ("4 fcntl(3, F_SETFL, O_RDONLY|O_NONBLOCK) = 0", READ, "4 fcntl(3, F_SETFL, O_RDONLY) = 0"),
    "read, by ioctl": ("4 ioctl(3, FIONBIO, [1]) = 0", READ, "4 ioctl(3, FIONBIO, [0]) = 0"),
    "read through a copy": ("4 dup(3) = 9\n5 fcntl(9, F_SETFL, O_NONBLOCK) = 0", READ, "4 dup(3) = 9"),
    "write": ("4 fcntl(4, F_SETFL, O_NONBLOCK) = 0", WRITE, "4 fcntl(4, F_SETFL, 0) = 0"),
    "read of a socket": (PAIR.format("|SOCK_NONBLOCK"), f"read(5, 0x7f, 9) = {AGAIN} {LONG}", PAIR.format("")),
    "recv that was told so": (
        PAIR.format(""), f"recvfrom(5, 0x7f, 9, MSG_DONTWAIT, NULL, NULL) = {AGAIN} {LONG}", ""
    ),
    "accept": (QUICK, f"accept4(5, NULL, NULL, 0) = {AGAIN} {LONG}", LISTENER),
    "eventfd": (
        "4 eventfd2(0, EFD_NONBLOCK) = 5", f"read(5, 0x7f, 8) = {AGAIN} {LONG}", "4 eventfd2(0, 0) = 5"
    ),
    "wait": ("", f"wait4(-1, 0x7f, WNOHANG, NULL) = 0 {LONG}", ""),
    "waitid": ("", f"waitid(P_ALL, 0, {{}}, WNOHANG|WEXITED, NULL) = 0 {LONG}", ""),
    "poll": ("", f"poll([{{fd=3, events=POLLIN}}], 1, 0) = 0 (Timeout) {LONG}", ""),
    "ppoll": ("", f"ppoll([{{fd=3, events=POLLIN}}], 1, {TIMESPEC}, NULL, 8) = 0 (Timeout) {LONG}", ""),
    "select": ("", f"select(4, [3], [], [], {TIMEVAL}) = 0 (Timeout) {LONG}", ""),
    "pselect": ("", f"pselect6(4, [3], [], [], {TIMESPEC}, NULL) = 0 (Timeout) {LONG}", ""),
    "epoll": ("4 epoll_create1(0) = 5", f"epoll_wait(5, [], 2, 0) = 0 {LONG}", ""),
    "flock": (
        '4 openat(AT_FDCWD, "/tmp/a", O_RDWR) = 5', f"flock(5, LOCK_EX|LOCK_NB) = {AGAIN} {LONG}", ""
    ),
    "open of a FIFO": (
        '4 mknodat(AT_FDCWD, "/tmp/f", S_IFIFO|0600) = 0',
        f'openat(AT_FDCWD, "/tmp/f", O_RDONLY|O_NONBLOCK) = 5 {LONG}',
        "",
    ),
}  # fmt: skip
WAITING = {  # the same calls where it isn't the descriptor that says so
    "MSG_DONTWAIT": "0", "|WNOHANG": "", "WNOHANG": "0", "1, 0)": "1, 500)", "2, 0)": "2, 500)", "tv_sec=0": "tv_sec=1",
    "|LOCK_NB": "", "|O_NONBLOCK": "",
}  # fmt: skip


def found(before: str, call: str):
    return events(t8=f"{PARENT}\n{before}\n90 {call}\n900 close(3) = 0".replace("\n\n", "\n"))


def waiting(call: str) -> str:
    for asked, instead in WAITING.items():
        call = call.replace(asked, instead)
    return call


@pytest.mark.parametrize("name", ASKED)
def test_a_call_that_only_looks_has_not_waited(name):
    before, call, _ = ASKED[name]
    assert of(Block, found(before, call)) == []


@pytest.mark.parametrize("name", [name for name in ASKED if name != "read of a pipe made so"])
def test_its_like_that_was_not_asked_so_has(name):
    before, call, otherwise = ASKED[name]
    (block,) = of(Block, found(otherwise or before, waiting(call)))
    assert block.call == call.partition("(")[0]


def test_bytes_come_from_the_write_though_it_seems_to_end_later():
    """The writer lost its processor after the kernel had taken the bytes."""
    written = '6 fcntl(4, F_SETFL, O_NONBLOCK) = 0\n10 write(4, "abc", 3) = 3 <0.5>'
    there = events(
        t8=f"{PARENT}\n3 fork() = 9\n{written}\n700 close(4) = 0",
        t9='20 read(3, "abc", 9) = 3 <0.0001>\n30 close(3) = 0',
    )
    (write,), (read,) = of(Write, there), of(Read, there)
    assert of(Block, there) == []
    assert there[read.cause[0]] is write
    assert write.seq < read.seq


def test_a_connection_comes_from_the_connect_though_it_seems_to_end_later():
    """A connect(2) of a descriptor that doesn't block is under way at once; who waits for it asks poll(2)."""
    server = f"{PARENT}\n3 fork() = 9\n{LISTENER}\n20 accept4(5, NULL, NULL, 0) = 6 <0.001>\n40 close(6) = 0"
    begun = f"9 connect(7, {INET}, 16) = -1 EINPROGRESS (Operation now in progress) {LONG}"
    there = events(t8=server, t9=f"7 socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, 0) = 7\n{begun}\n600 close(3) = 0")
    (connect,), (accept,) = of(Connect, there), of(Accept, there)
    assert [block for block in of(Block, there) if block.call == "connect"] == []
    assert there[accept.cause[0]] is connect
    assert connect.seq < accept.seq
