"""A fault plan: which system calls of a program fail, come up short, are late, or meet a signal, by the user's wish.

    fork:EAGAIN@3 read:EINTR write:short open(balance):delay=2ms signal:CHLD@wait

A plan is read here and nowhere else; injector.py carries it out, docs/faults.md tells students about it. Pure: no call
of this module's reaches the system.
"""

import errno
import re
import signal
from collections.abc import Iterator
from typing import NamedTuple

# What a user can name, and which of these names take a file's name in brackets.
CALLS = ("fork", "thread", "exec", "wait", "open", "read", "write", "pipe", "accept", "connect")
NAMED = ("exec", "open", "read", "write")
SHORT = ("write",)  # calls that may do a part of what was asked for
ALIASES = {"refused": "ECONNREFUSED", "again": "EAGAIN", "missing": "ENOENT", "reset": "ECONNRESET"}
# The answer to these is to call again. So by default every other call of a thread meets one, and a right program ends.
PASSING = ("EINTR", "ECONNABORTED")
UNITS = {"us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
DELAY_MAX_NS = 10 * UNITS["s"]
COUNT_MAX = 1_000_000
PARTS_MAX = 32
TEXT_MAX = 1_000

PART = re.compile(
    r"(?P<call>[a-z]+)(?:\((?P<name>[^()]*)\))?:(?P<fault>[A-Za-z0-9=.]+?)"
    r"(?:@(?P<at>[a-z]+))?(?:(?P<how>[@*])(?P<count>\d{1,7}))?",
    re.ASCII,
)
DELAY = re.compile(r"delay=(\d{1,9}(?:\.\d{1,3})?)(us|ms|s)", re.ASCII)
SEPARATOR = re.compile(r"[\s,]+")
FOREVER = COUNT_MAX + 1


class WrongPlan(ValueError):
    """A plan that can't be carried out: the key of its sentence in the catalogue, and what is filled in there."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


class Fault(NamedTuple):
    """One part of a plan. It meets the calls `first` … `last` of its kind, or of these every `step`th of a thread."""

    call: str
    name: str  # of the file or program; "": any
    kind: str  # error, delay, short, signal
    what: str  # the error's or the signal's name, for people
    value: int  # the error's or the signal's number; nanoseconds
    first: int = 1
    last: int = FOREVER
    step: int = 1

    def hits(self, count: int) -> bool:
        """Whether it meets the call that is the `count`th of its kind, from 1."""
        return self.first <= count <= self.last and (count - self.first) % self.step == 0


def parse(text: str) -> tuple[Fault, ...]:
    """The faults of a plan; WrongPlan if it makes no sense."""
    if len(text) > TEXT_MAX:
        raise WrongPlan("long", most=TEXT_MAX)
    found = tuple(_fault(part, place) for part, place in _parts(text))
    if not found:
        raise WrongPlan("empty")
    if len(found) > PARTS_MAX:
        raise WrongPlan("many", most=PARTS_MAX)
    return found


def _parts(text: str) -> Iterator[tuple[str, int]]:
    """The plan's parts and where each begins, counted from 1. A separator in brackets belongs to a file's name."""
    for found in re.finditer(r"(?:\([^()]*\)|[^\s,])+", text):
        yield found[0], found.start() + 1


def _fault(part: str, place: int) -> Fault:
    found = PART.fullmatch(part)
    if not found:
        raise WrongPlan("form", part=part, place=place)
    where = {"part": part, "place": place}
    call, name, fault, at = found["call"], found["name"], found["fault"], found["at"]
    if call == "signal":
        if name is not None or at not in CALLS:
            raise WrongPlan("signal_at", **where, calls=" ".join(CALLS))
        number = _signal(fault, where)
        return Fault(at, "", "signal", number.name, int(number), *_count(found, "signal", "", where))
    if call not in CALLS:
        raise WrongPlan("call", **where, call=call, calls=" ".join((*CALLS, "signal")))
    if at is not None:
        raise WrongPlan("count", **where)
    if name is not None and (call not in NAMED or not name.strip() or "\0" in name):
        raise WrongPlan("name", **where, calls=" ".join(NAMED))
    kind, what, value = _what(call, fault, where)
    return Fault(call, name or "", kind, what, value, *_count(found, kind, what, where))


def _signal(name: str, where: dict) -> signal.Signals:
    full = name if name.startswith("SIG") else f"SIG{name}"
    try:
        return signal.Signals[full]
    except KeyError:
        raise WrongPlan("signal", **where, name=name) from None


def _what(call: str, fault: str, where: dict) -> tuple[str, str, int]:
    """Kind, name and number of what stands behind the colon."""
    if fault.startswith("delay"):
        found = DELAY.fullmatch(fault)
        delay = int(float(found[1]) * UNITS[found[2]]) if found else 0
        if not 0 < delay <= DELAY_MAX_NS:
            raise WrongPlan("delay", **where)
        return "delay", fault.partition("=")[2], delay
    if fault == "short":
        if call not in SHORT:
            raise WrongPlan("short", **where, calls=" ".join(SHORT))
        return "short", fault, 0
    name = ALIASES.get(fault, fault)
    number = getattr(errno, name, None) if name.startswith("E") else None
    if not isinstance(number, int):
        raise WrongPlan("fault", **where, fault=fault)
    return "error", errno.errorcode[number], number


def _count(found: re.Match[str], kind: str, what: str, where: dict) -> tuple[int, int, int]:
    """First, last and step: of @3, of *3, and of neither."""
    if found["count"] is None:
        return (1, 1, 1) if kind == "signal" else (1, FOREVER, 2 if what in PASSING else 1)
    count = int(found["count"])
    if not 0 < count <= COUNT_MAX:
        raise WrongPlan("count", **where)
    return (count, count, 1) if found["how"] == "@" else (1, count, 1)
