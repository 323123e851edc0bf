"""Faults on demand, in a grader's container: each word of a plan arrives, where it should and nowhere else.

Every program runs twice, guarded and recorded: with the plan, and without one as its negative twin.
"""

from __future__ import annotations

from typing import Any

import pytest

from proclab.engine import Session
from proclab.events import Call
from proclab.strace import evidence, read_folder

TRY = """
import errno, os, socket, subprocess, sys, _thread
def tried(call, *arguments):
    try:
        found = call(*arguments)
        return found if isinstance(found, int) else "done"
    except OSError as error:
        return errno.errorcode[error.errno]
    except RuntimeError:
        return "refused"
def fork():
    pid = os.fork()
    if not pid:
        os._exit(0)
    return os.waitpid(pid, 0)[1]
def thread():
    done = _thread.allocate_lock()
    done.acquire()
    _thread.start_new_thread(done.release, ())
    done.acquire()
def child(name):
    return subprocess.run([name, "ended"]).returncode
"""
PORT = 'server = socket.create_server(("localhost", 0)); '

ROWS = {  # what is done, and what a plan and no plan make of it
    "fork:EAGAIN@3": ("print([tried(fork) for _ in range(4)])", "[0, 0, 'EAGAIN', 0]", "[0, 0, 0, 0]"),
    "fork:EAGAIN@2": ("print(tried(thread), tried(fork), tried(thread), tried(fork))",
                      "done 0 done EAGAIN", "done 0 done 0"),
    "fork:EAGAIN@2 ": ("print([tried(child, 'true') for _ in range(3)])", "[0, 'EAGAIN', 0]", "[0, 0, 0]"),
    "thread:EAGAIN@2": ("print(tried(thread), tried(fork), tried(thread), tried(thread))",
                        "done 0 refused done", "done 0 done done"),
    "exec:ENOENT": ("print(tried(child, 'echo'))", "ENOENT", "ended\n0"),
    "exec:ENOENT@1": ("print(tried(child, 'echo'), tried(child, 'echo'))", "ended\nENOENT 0", "ended\nended\n0 0"),
    "exec(true):EACCES": ("print(tried(child, 'echo'), tried(child, 'true'))", "ended\n0 EACCES", "ended\n0 0"),
    "wait:ECHILD@1": ("print(tried(fork), tried(fork))", "ECHILD 0", "0 0"),
    "open(data):EACCES@2": ("print([tried(open, 'data', 'w') for _ in range(3)], tried(open, 'other', 'w'))",
                            "['done', 'EACCES', 'done'] done", "['done', 'done', 'done'] done"),
    "open:EMFILE": ("import json, xml.dom\nprint(tried(open, 'data', 'w'))", "EMFILE", "done"),
    "pipe:EMFILE@2": ("print([tried(os.pipe) for _ in range(3)])", "['done', 'EMFILE', 'done']",
                      "['done', 'done', 'done']"),
    "read:EINTR": ("r, w = os.pipe(); os.write(w, b'abc'); print(len(os.read(r, 2)), len(os.read(r, 9)))",
                   "2 1", "2 1"),
    "read:EIO@2": ("r, w = os.pipe(); os.write(w, b'abc'); print([tried(os.read, r, 1) for _ in range(3)])",
                   "['done', 'EIO', 'done']", "['done', 'done', 'done']"),
    "read(data):EIO": ("open('data', 'w').write('x'); open('other', 'w').write('x')\n"
                       "print([tried(open(name).read) for name in ('data', 'other')])",
                       "['EIO', 'done']", "['done', 'done']"),
    "write:short": ("r, w = os.pipe(); print([os.write(w, b'x' * n) for n in (8000, 4096)], len(os.read(r, 65536)))",
                    "[4000, 4096] 8096", "[8000, 4096] 12096"),
    "write:short*1": ("a, b = socket.socketpair(); print([a.send(b'xyz!') for _ in range(2)], b.recv(99))",
                      "[2, 4] b'xyxyz!'", "[4, 4] b'xyz!xyz!'"),
    "write:short ": ("a, b = socket.socketpair(); a.sendall(b'123456789'); print(b.recv(99), a.sendmsg([b'1', b'2']))",
                     "b'123456789' 1", "b'123456789' 2"),
    "write(data):ENOSPC": ("print(tried(os.write, os.open('data', os.O_CREAT | os.O_WRONLY), b'x'))", "ENOSPC", "1"),
    "accept:ECONNABORTED": (PORT + "clients = [socket.create_connection(server.getsockname()) for _ in range(2)]\n"
                            "print(tried(server.accept), tried(server.accept))",
                            "ECONNABORTED done", "done done"),
    "connect:refused*2": (PORT + "print([tried(socket.create_connection, server.getsockname()) for _ in range(3)])",
                          "['ECONNREFUSED', 'ECONNREFUSED', 'done']", "['done', 'done', 'done']"),
    "signal:USR1@wait": ("import signal; signal.signal(signal.SIGUSR1, lambda *_: print('caught'))\n"
                         "print(tried(fork), tried(fork))", "caught\n0 0", "0 0"),
    "signal:CHLD@wait": ("import signal\nr, w = os.pipe()\n"
                         "signal.signal(signal.SIGCHLD, lambda *_: os.write(w, b'x'))\npid = os.fork()\n"
                         "if not pid:\n    os.read(r, 1)\n    os._exit(0)\n"  # it ends when the signal has come
                         "print(os.waitpid(pid, 0)[1])", "0", None),
}  # fmt: skip


def ran(session: Session, source: str, plan: str, **options: Any) -> Any:
    """The outcome, the events and the worth of a recorded run."""
    outcome = session.run("python3", "-c", TRY + source, record=plan.strip(), **options)
    assert outcome.after is not None
    texts = {f"box/{name}": text for name, text in outcome.after.recording.items()}
    events = read_folder(texts)
    assert evidence(texts, events).whole, evidence(texts, events).doubts
    assert [doubt for doubt in outcome.after.doubts if "TIME_WAIT" not in doubt] == []
    return outcome, events


def struck(events: Any) -> list[str]:
    """What the plan did, by what the events say."""
    return [event.fault for event in events if isinstance(event, Call) and event.fault]


@pytest.mark.parametrize("plan", ROWS)
def test_each_word_of_a_plan_arrives(session: Session, plan: str) -> None:
    source, wanted, _ = ROWS[plan]
    outcome, events = ran(session, source, plan)
    assert outcome.stdout.text.strip() == wanted, outcome.stderr.text
    assert struck(events)


@pytest.mark.parametrize("plan", [plan for plan, row in ROWS.items() if row[2] is not None])
def test_without_the_plan_all_goes_well(session: Session, plan: str) -> None:
    source, _, wanted = ROWS[plan]
    outcome, events = ran(session, source, "")
    assert outcome.stdout.text.strip() == wanted, outcome.stderr.text
    assert not struck(events)


# ---------------------------------------------------------------- a race, wrong every time or right every time

BANK = """
import contextlib, threading, sys
lock = LOCK
def pay():
    with lock:
        with open("balance") as file:
            balance = int(file.read() or 0)
        with open("balance", "w") as file:
            file.write(str(balance + 1))
payments = [threading.Thread(target=pay) for _ in range(2)]
for payment in payments:
    payment.start()
for payment in payments:
    payment.join()
print(open("balance").read())
"""
LOCKS = {"racy": ("contextlib.nullcontext()", "1"), "locked": ("threading.Lock()", "2")}
TIMES = 10


@pytest.mark.parametrize("bank", LOCKS)
def test_a_slow_file_makes_a_race_lose_a_payment_every_time_and_a_lock_never(session: Session, bank: str) -> None:
    lock, wanted = LOCKS[bank]
    runs = [
        ran(session, BANK.replace("LOCK", lock), "open(balance):delay=2ms", files={"balance": "0"})
        for _ in range(TIMES)
    ]
    assert [outcome.stdout.text for outcome, _ in runs] == [f"{wanted}\n"] * TIMES
    assert all(struck(events) == ["delay"] * 5 for _, events in runs)


# ---------------------------------------------------------------- a program that means harm


def test_nothing_of_what_carries_a_plan_out_is_left_with_the_program(session: Session) -> None:
    source = "print(sorted(os.listdir('/proc/self/fd')), sorted(os.environ), os.getuid())"
    planned, _ = ran(session, source, "fork:EAGAIN")
    plain, _ = ran(session, source, "")
    assert planned.stdout.text == plain.stdout.text != ""


def test_pointers_that_lead_nowhere_cost_no_more_than_the_fault(session: Session) -> None:
    source = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for pointer in (0, 1, 2**47, 2**63 + 5, 2**64 - 1):
    wild = ctypes.c_void_p(pointer)
    for call in (lambda: libc.open(wild, 0), lambda: libc.execv(wild, wild), lambda: libc.connect(1, wild, 2**31 - 1),
                 lambda: libc.writev(1, wild, 2**31 - 1), lambda: libc.sendmsg(1, wild, 0)):
        assert call() == -1
print(tried(fork), tried(fork))
"""
    plan = "open(x):EACCES exec(x):EACCES connect:refused write:short fork:EAGAIN@2"
    outcome, events = ran(session, source, plan)
    assert outcome.stdout.text == "0 EAGAIN\n", outcome.stderr.text
    assert struck(events) == ["error"]


def test_a_plan_that_is_none_is_no_fault_of_the_programs(session: Session) -> None:
    outcome = session.run("python3", "-c", "print(1)", record="forks:EAGAIN")
    assert (outcome.failed, outcome.exit_code, outcome.stdout.text) == ("EINVAL", None, "")
