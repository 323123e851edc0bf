"""Checks of lab 2. Threads are held where they read standard input, so it isn't luck what the others do meanwhile.

Held for good (HELD): no input comes, so the run is over when all have slept for a moment; what is so then counts.
"""

import re

from proclab.events import Block, Read, Run, ThreadExit
from proclab.grading import CheckFailed, Done, Student, Verdict, act, check

SLOW_FILE, SLOW_PRINTING = "open(balance):delay=10ms read(balance):delay=10ms", "write:delay=5ms"
ITEMS = "abcdefghijklmnop"
HELD = {"live": act(), "quiet": 0.3, "cpu": 1}
ALL_WAIT = [r"^consumer \d: waits$"] * 3
ONE_ITEM = {**HELD, "live": act(*ALL_WAIT, send="a")}
# Whoever can take a first fork has done so before the second ones are taken.
DINNER = {"live": act(quiet=True, end=True), "cpu": 1}


def found(done: Done, pattern: str) -> list:
    return re.findall(pattern, done.out, re.MULTILINE)


def ends_saying(done: Done, line: str) -> Done:
    return done.exits(0).must(done.lines[-1:] == [line], "last_line", wanted=line)


def sleeps(done: Done) -> None:
    naps = [event for event in done.events if isinstance(event, Run) and "nanosleep" in event.call]
    if len(naps) >= 10:
        raise CheckFailed(Verdict.TIMEOUT, "naps")
    done.no_spin(cpu=0.5)


@check("waitall", points=3)
def waits(waitall: Student) -> None:
    done = waitall("3", "end", "read", "end", **HELD).never_prints("^main:")
    done.prints(r"^worker \d: starts$", times=3).prints("^worker [13]: ends$", times=2).threads(3)


@check("waitall", points=2, after="waits")
def finishes(waitall: Student) -> None:
    done = ends_saying(waitall("3", stdin="abc"), "main: all 3 workers are done, 0 failed")
    done.prints(r"^worker \d: ends$", times=3)


@check("waitall", points=2, after="waits")
def failed(waitall: Student) -> None:
    late = act(quiet=True, end=True)  # worker 3 is the last, whoever prints a traceback before
    done = waitall("3", "fail", "fail", "read", live=late, cpu=1)
    ends_saying(done, "main: all 3 workers are done, 2 failed")


@check("waitall", points=2, after="waits")
def waits_asleep(waitall: Student) -> None:
    sleeps(waitall("3", "end", "read", "end", **HELD))


def pay(bank: Student, *amounts: str, balance: int, verdict: str = "FAIL", **more) -> Done:
    done = bank(*amounts, files={"balance": "100\n"}, take=("balance",), **more)
    return done.must((done.files["balance"] or "").strip() == str(balance), "balance", verdict=verdict, wanted=balance)


@check("bank", points=2)
def concurrent(bank: Student) -> None:
    done = pay(bank, "10", "-30", "20", balance=100, **HELD).never_prints("^main:")
    reads = {
        event.task for event in done.events if isinstance(event, Block) and event.call == "read" and 0 in event.fds
    }
    done.prints(r"^payment \d: waits$", times=3).must(len(reads) == 3, "readers", got=len(reads), wanted=3)


@check("bank", after="concurrent")
def pays(bank: Student) -> None:
    ends_saying(pay(bank, "25", balance=125), "main: balance 125").prints("^payment 1: balance 125$")


@check("bank", points=3, after="pays")
def right(bank: Student) -> None:
    together = act(*[r"^payment \d: waits$"] * 6, end=True)
    done = pay(bank, *["1"] * 6, balance=106, verdict="RACE", plan=SLOW_FILE, live=together)
    said = sorted(found(ends_saying(done, "main: balance 106"), r"^payment \d: balance (\d+)$"))
    done.must(said == [str(balance) for balance in range(101, 107)], "balances")


@check("bank", points=2, after="pays")
def refused(bank: Student) -> None:
    done = pay(bank, "-1000", "-1000", balance=100)
    ends_saying(done, "main: balance 100").prints(r"^payment \d: refused$", times=2)


@check("buffer", points=2)
def wakes(buffer: Student) -> None:
    done = buffer("1", "3", "1", **ONE_ITEM).prints(r"^consumer \d: takes b'a'$", times=1).never_prints("ends$")
    done.must(not any(isinstance(event, ThreadExit) and event.called for event in done.events), "gone")


@check("buffer", points=2)
def bounded(buffer: Student) -> None:
    done = buffer("2", "0", "3", **{**HELD, "live": act(send=ITEMS)})
    got = sum(event.n or 0 for event in done.events if isinstance(event, Read) and event.fd == 0)
    done.must(3 <= got <= 5, "read", got=got)


@check("buffer", points=2, after="wakes")
def ends(buffer: Student) -> None:
    done = ends_saying(buffer("1", "3", "2", live=act(*ALL_WAIT, end=True)), "main: 0 items")
    done.prints(r"^consumer \d: ends$", times=3)


@check("buffer", points=3, after="ends")
def nothing_lost(buffer: Student) -> None:
    for sizes in (("1", "1", "4"), ("3", "3", "2")):
        done = buffer(*sizes, stdin=ITEMS, plan=SLOW_PRINTING).ends()
        taken = found(done, r"^consumer \d: takes b'(.)'$")
        done.must(len(taken) == len(set(taken)), "twice", verdict="RACE").must(set(taken) == set(ITEMS), "lost")
        ends_saying(done, f"main: {len(ITEMS)} items").must(sizes[1] != "1" or taken == sorted(taken), "order")


@check("buffer", points=2, after="wakes")
def threads_sleep(buffer: Student) -> None:
    sleeps(buffer("1", "3", "1", **ONE_ITEM))


@check("philosophers", points=2)
def two_at_once(philosophers: Student) -> None:
    done = philosophers("1", **HELD)
    done.must(len(set(found(done, r"^philosopher (\d): has fork"))) > 1, "alone")


@check("philosophers", points=2, after="two_at_once")
def hungry_asleep(philosophers: Student) -> None:
    sleeps(philosophers("1", **HELD))


@check("philosophers", points=4)
def all_eat(philosophers: Student) -> None:
    done = ends_saying(philosophers("2", **DINNER), "main: all have eaten")
    for does, times in (("eats", 2), ("ends", 1)):
        done.must(sorted(found(done, rf"^philosopher (\d): {does}$")) == sorted("12345" * times), does, times=times)


@check("philosophers", points=2, after="all_eat")
def one_hand(philosophers: Student) -> None:
    done, hands = philosophers("2", **DINNER), dict.fromkeys("12345", "nobody")
    for who, does, fork in found(done, r"^philosopher (\d): (has fork|puts down fork|eats) ?(\d?)$"):
        before, after = ("nobody", who) if does == "has fork" else (who, "nobody")
        done.must(does == "eats" or hands.get(fork) == before, "hands", verdict="RACE")
        done.must(does != "eats" or list(hands.values()).count(who) == 2, "bare_hands")
        hands |= {fork: after} if fork else {}
