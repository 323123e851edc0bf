"""Bytes of an untrusted peer for the tests: real ones, spoiled in every way that we can think of, the same every time.

Each input is made of its number alone, so that one that fails can be made again. `bounded` counts what is done with it.
"""

from __future__ import annotations

import json
import random
import re
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

Change = Callable[[random.Random, bytes], bytes]

TEXTS = [
    "\x1b[2J\x1b]0;mine\x07", "\u202egnp.exe\u2066", "\u2028\u2029", "\r\n", "\t", "\0", "\x9b31m", "\ufeff", "\xad",
    "</script><script>alert(1)</script>", "<!--", "]]>", "&lt;\"'`", "\\", "\\x1b", "${x}", "%s%n{0}", "@@DATA@@", "",
    "a" * 5000, "é" * 700, ";", "#", "Infinity", "NaN", "None", "__proto__", "constructor", "../x", "/", "\ud800",
]  # fmt: skip
NUMBERS = ["Infinity", "-Infinity", "NaN", "1e999", "-1e999", "1e308", "-0", "-1", "0", "1", "2", "7", "255", "65536",
           "0.5", "2147483648", "-2147483649", "4294967295", "9223372036854775807", "9223372036854775808",
           "-9223372036854775809",
           "18446744073709551615", "18446744073709551616", "1" + "0" * 400, "9" * 5000, "0x" + "f" * 5000, "٣",
           "99999999999999999999.5", "253402300800000000000"]  # fmt: skip
VALUES: list[Any] = [None, True, False, [], {}, [[]], [{}], {"a": {}}, "", 0, -1, 1.5, 10**30, 10**400, float("inf"),
                     float("nan"), 1 << 63, *TEXTS]  # fmt: skip
NUMBER = re.compile(rb"[0-9]+(?:\.[0-9]+)?")


def evil(rng: random.Random) -> bytes:
    """A piece that somebody may have put there on purpose."""
    kind = rng.randrange(4)
    if kind == 0:
        return rng.choice(NUMBERS).encode()
    if kind == 1:
        return rng.randbytes(rng.randrange(1, 9))
    if kind == 2:
        return rng.choice(
            [b"[", b"{", b'"', b"(", b"<", b"/*", b'{"a":', b"\\", b" ", b"\n", b",", b"3<"]
        ) * rng.choice([1, 3, 2000])
    return rng.choice(TEXTS).encode("utf-8", "surrogatepass")


def _place(rng: random.Random, data: bytes, longest: int = 80) -> tuple[int, int]:
    begin = rng.randrange(len(data) + 1)
    return begin, min(len(data), begin + rng.randrange(1, longest))


def _flip(rng: random.Random, data: bytes) -> bytes:
    spoiled = bytearray(data)
    for _ in range(rng.randrange(1, 8) if data else 0):
        spoiled[rng.randrange(len(spoiled))] = rng.randrange(256)
    return bytes(spoiled)


def _insert(rng: random.Random, data: bytes) -> bytes:
    begin, _ = _place(rng, data)
    return data[:begin] + evil(rng) + data[begin:]


def _replace(rng: random.Random, data: bytes) -> bytes:
    begin, end = _place(rng, data)
    return data[:begin] + evil(rng) + data[end:]


def _delete(rng: random.Random, data: bytes) -> bytes:
    begin, end = _place(rng, data)
    return data[:begin] + data[end:]


def _cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _twice(rng: random.Random, data: bytes) -> bytes:
    begin, end = _place(rng, data, 400)
    return data[:end] + data[begin:end] * rng.choice([1, 2, 9]) + data[end:]


def _number(rng: random.Random, data: bytes) -> bytes:
    found = list(NUMBER.finditer(data))
    if not found:
        return data + rng.choice(NUMBERS).encode()
    one = rng.choice(found)
    return data[: one.start()] + rng.choice(NUMBERS).encode() + data[one.end() :]


def _lines(rng: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    if rng.random() < 0.5:
        rng.shuffle(lines)
    else:
        one = rng.randrange(len(lines))
        lines[one:one] = [rng.choice(lines)] * rng.choice([1, 2, 30])
    return b"\n".join(lines)


CHANGES: Sequence[Change] = (_flip, _insert, _replace, _delete, _cut, _twice, _number, _number, _lines)


def spoiled(rng: random.Random, data: bytes) -> bytes:
    """Some changes, one after the other."""
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        data = rng.choice(CHANGES)(rng, data)
    return data


def reshaped(rng: random.Random, data: bytes) -> bytes:
    """JSON that is JSON still (or what Python takes for it), with other values, other keys and other shapes."""
    value = json.loads(data)
    for _ in range(rng.choice([1, 1, 2, 5])):
        value = _reshaped(rng, value)
    return json.dumps(value, ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")


def _reshaped(rng: random.Random, value: Any) -> Any:
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(list(value))
        if rng.random() < 0.1:
            return {name: one for name, one in value.items() if name != key}
        if rng.random() < 0.05:
            return {**value, rng.choice(TEXTS): value[key]}
        return {**value, key: _reshaped(rng, value[key])}
    if isinstance(value, list) and value and rng.random() < 0.9:
        place = rng.randrange(len(value))
        if rng.random() < 0.1:
            return value[:place] + [value[place]] * rng.choice([2, 50]) + value[place:]
        return [*value[:place], _reshaped(rng, value[place]), *value[place + 1 :]]
    return rng.choice(VALUES)


def inputs(seeds: Sequence[bytes], count: int, first: int = 0) -> Iterator[tuple[int, bytes]]:
    """`count` inputs with their numbers. Number 0 and so on are the seeds as they are: those must be read."""
    for number in range(first, first + count):
        if number < len(seeds):
            yield number, seeds[number]
            continue
        rng = random.Random(number)
        seed = rng.choice(seeds)
        as_json = seed.lstrip()[:1] == b"{" and b"\n" not in seed.strip() and rng.random() < 0.6
        yield number, reshaped(rng, seed) if as_json else spoiled(rng, seed)


class TooMuch(AssertionError):
    """More was done for an input than its length can be the reason of."""


@contextmanager
def bounded(calls: int, cpu: float = 20.0) -> Iterator[list[int]]:
    """At most so many calls of functions (Python's and C's) happen inside; gives how many did.

    What happens within one call, a regular expression say, isn't counted: there processor time is the bound, a
    thousand times what is needed, so that only an end that never comes is one.
    """
    done = [0]

    def count(frame: object, event: str, arg: object) -> None:
        done[0] += event in ("call", "c_call")
        if done[0] > calls:
            sys.setprofile(None)
            raise TooMuch(f"more than {calls} calls")

    def late(number: int, frame: object) -> None:
        raise TooMuch(f"more than {cpu} seconds of a processor")

    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, cpu)
    sys.setprofile(count)
    try:
        yield done
    finally:
        sys.setprofile(None)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def strings(value: object) -> Iterator[str]:
    """Every string within a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from strings(key)
            yield from strings(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from strings(one)
