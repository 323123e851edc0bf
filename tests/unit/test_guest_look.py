"""The sampler's parts, on this machine's own /proc and on made-up text."""

import io
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading

import pytest

from tests.unit.guest import FOLDER, module

look = module("look")


@pytest.mark.skipif(sys.byteorder != "little", reason="the kernel writes addresses in the machine's byte order")
@pytest.mark.parametrize(
    ("word", "address"),
    [
        (b"0100007F:1388", "127.0.0.1:5000"),
        (b"00000000:0000", "0.0.0.0:0"),
        (b"00000000000000000000000001000000:1388", "[::1]:5000"),
        (b"0000000000000000FFFF00000100007F:1388", "127.0.0.1:5000"),
    ],
)
def test_addresses(word, address):
    assert look.address(word) == address


def test_descriptors_of_ourselves():
    r, w = os.pipe()
    try:
        found = {fact["fd"]: fact for fact in look.descriptors("/proc/self")}
        assert found[r]["link"] == found[w]["link"] == f"pipe:[{os.fstat(r).st_ino}]"
        assert (found[r]["flags"] & 3, found[w]["flags"] & 3) == (os.O_RDONLY, os.O_WRONLY)
    finally:
        os.close(r)
        os.close(w)


def test_looking_at_a_fifo_does_not_open_it(tmp_path):
    """Opening it would give its reader a writer: then no end of file, then one too early."""
    os.mkfifo(tmp_path / "fifo")
    fd = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    try:
        fact = next(fact for fact in look.descriptors("/proc/self") if fact["fd"] == fd)
        assert fact["ino"] == os.fstat(fd).st_ino
        poll = select.poll()
        poll.register(fd)
        assert poll.poll(0) == [], "no POLLHUP: no writer has come and gone"
    finally:
        os.close(fd)


def test_masks_of_a_thread():
    old = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    try:
        fact = look.thread("/proc/self", str(threading.get_native_id()))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old)
    assert fact["blocked"] >> (signal.SIGUSR2 - 1) & 1
    assert fact["state"] == "R"


def test_a_zombie_has_no_descriptors_and_is_told():
    child = os.fork()
    if child == 0:
        os._exit(3)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    try:
        fact = look.process(child)
        assert (fact["state"], fact["fds"], fact["argv"]) == ("Z", None, [])
        assert os.waitstatus_to_exitcode(fact["exit"]) == 3
    finally:
        os.waitpid(child, 0)
    with pytest.raises(look.GONE):
        look.process(child)


def test_switches_tell_whether_a_thread_has_run_between_two_looks():
    (there, here), (back, answer) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.close(here)
        while byte := os.read(there, 1):
            os.write(answer, byte)
        os._exit(0)

    def at_rest():
        while (fact := look.thread(f"/proc/{child}", str(child)))["state"] != "S":
            pass
        return fact["switches"]

    try:
        os.write(here, b".")
        os.read(back, 1)
        first = at_rest()
        assert at_rest() == first
        os.write(here, b".")
        os.read(back, 1)
        assert at_rest() > first
    finally:
        for fd in (there, here, back, answer):
            os.close(fd)
        os.waitpid(child, 0)


def test_both_ends_of_a_socketpair():
    a, b = socket.socketpair()
    with a, b:
        one, other = (os.fstat(each.fileno()).st_ino for each in (a, b))
        found = {fact["ino"]: fact for fact in look.unix()}
        assert one in found
        peer = found[one].get("peer")
        assert peer in (other, None), "None where the kernel has no sock_diag"


def test_both_ends_of_a_tcp_connection():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        accepted, _ = server.accept()
        with accepted:
            inodes = {os.fstat(each.fileno()).st_ino for each in (client, accepted)}
            ends = [(f["local"], f["remote"]) for f in look.internet(inodes) if f["ino"] in inodes]
    assert len(ends) == 2
    assert ends[0] == ends[1][::-1]


@pytest.mark.parametrize("answer", [b"", b"\0" * 16, b"\xff" * 40, struct.pack("=IHHII", 64, 20, 0, 0, 0) + b"\0" * 48])
def test_answers_of_netlink_that_are_none(answer):
    assert look.peers(answer)[0] in ({}, {0: 0})


def test_tables_are_not_read_at_every_sample(monkeypatch):
    read = []
    monkeypatch.setattr(look, "unix", lambda: read.append("unix") or [])
    monkeypatch.setattr(look, "internet", lambda wanted: read.append(wanted) or [])
    tables = look.Tables()
    procs = [{"fds": [{"link": "socket:[5]"}, {"link": "/dev/null"}]}, {"fds": None}]
    tables.read(procs)
    tables.read(procs)
    assert read == ["unix", {5}]
    tables.read([])
    assert read == ["unix", {5}, set()]


def test_the_program_gives_as_many_samples_as_asked_for():
    done = subprocess.run(
        [sys.executable, FOLDER / "look.py", "--count=2", "--hz=100", "--box=b"],
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    # the closed input ends it: at least the first sample is there
    samples = [json.loads(line) for line in io.StringIO(done.stdout)]
    assert 1 <= len(samples) <= 2
    assert (samples[0]["box"], samples[0]["v"]) == ("b", look.VERSION)
    assert os.getpid() in {fact["pid"] for fact in samples[0]["procs"]}


@pytest.mark.parametrize("hz", ["50", "1e9"])  # a sample takes longer than a period: there is no time to wait
def test_a_closed_input_ends_it(hz):
    process = subprocess.Popen(
        [sys.executable, FOLDER / "look.py", "--count=0", f"--hz={hz}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert json.loads(process.stdout.readline())["sample"] == 0
    assert json.loads(process.stdout.readline())["sample"] == 1
    try:
        rest, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0
    assert rest.endswith(b"\n") or not rest
