"""Bytes of an untrusted peer: every reader ends soon, raises nothing but its own error, shows nothing that acts."""

from __future__ import annotations

import pytest

from proclab.errors import ProtocolError
from proclab.strace import address, terminal, tokens
from proclab.strace.lines import parse
from tests.unit.fuzzing import TooMuch, bounded, inputs
from tests.unit.readers import READERS, Reader

FIXED = 100
SOAKED = 1000


def check(reader: Reader, count: int, first: int = 0) -> None:
    """Feed a reader; the seeds themselves have to be read."""
    seeds = reader.seeds()
    for number, data in inputs(seeds, count, first):
        what = f"{reader.name}, input {number}: {data[:2000]!r}"
        try:
            with bounded(reader.calls + reader.each * len(data)):
                shown = list(reader.read(data))
        except ProtocolError as error:
            shown = [str(error), *(["a real one is refused\n"] if number < len(seeds) else [])]
        except Exception as error:
            raise AssertionError(what) from error
        assert [line for line in shown if not line.isprintable()] == [], what


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_reader_of_a_containers_bytes_bears_whatever_comes(reader):
    check(reader, FIXED)


@pytest.mark.soak
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_reader_bears_a_thousand_others(reader):
    check(reader, SOAKED, first=FIXED)


def test_the_inputs_are_the_same_every_time_and_all_different():
    seeds = READERS[1].seeds()
    first = list(inputs(seeds, FIXED))
    assert first == list(inputs(seeds, FIXED))
    assert len({data for _, data in first}) > FIXED * 0.9


def raising(error: Exception) -> Reader:
    def read(data: bytes):
        raise error

    return Reader("bad", lambda: [b"{}"], read)


def endless(data: bytes):
    while True:
        len(data)


@pytest.mark.parametrize(
    "bad",
    [
        raising(KeyError("pid")),
        raising(ProtocolError("it refuses a real one")),
        raising(ProtocolError("it shows \x1b")),
        Reader("bad", lambda: [b"{}"], lambda data: iter(["a\u202eb"])),
        Reader("bad", lambda: [b"{}"], endless, calls=1000),
    ],
)
def test_a_reader_that_does_not_bear_it_is_found_out(bad):
    with pytest.raises(AssertionError):
        check(bad, 3)


def test_what_takes_too_long_within_one_call_is_ended():
    import re

    with pytest.raises(TooMuch), bounded(1000, cpu=0.05):
        re.fullmatch("(a|a)*b", "a" * 40)


# --- work in proportion to length ---

PIECES = ['"', "\\", '\\"', "<", "3<", "3<a", ">", "->", "3<-", "/*", "(", "{", ",", " ", "\t", "9 ", "= ", "= 0 ",
          "<1", "} ---", "--- ", " <unfinished", " <unfinished ...>", "3<a<b", "3<a<b>", "3<a->", "> (", "1<>", "(+1",
          "[a] ", "3<a->x", "3<a>->", "<... ", ") = 0 (", "strace: Process 1 attached ", "htons(", "E"]  # fmt: skip
HEADS = [
    "",
    "read(",
    'read("',
    "read(3<",
    "read(1) = 3<a",
    "read(1) = 0 (",
    "read(1) = -1 E",
    "[pid ",
    "1<",
    "+++ ",
    "--- SIGCHLD {",
    "<... ",
    "connect(3, {sa_family=AF_INET, ",
]
ENDS = ["", " = ?", ">", "...>"]


def check_line(line: str, cpu: float) -> None:
    """What is quadratic takes seconds for tens of thousands of characters, what is linear some milliseconds."""
    with bounded(20 * len(line), cpu):
        record = parse(line)
        address.address("{" + line)
        tokens.plain(record.text)


@pytest.mark.slow
@pytest.mark.parametrize("piece", PIECES)
def test_a_long_line_of_any_kind_takes_work_in_proportion(piece):
    for number, head in enumerate(HEADS):
        check_line(head + piece * (60_000 // len(piece)) + ENDS[number % len(ENDS)], cpu=0.5)


@pytest.mark.soak
@pytest.mark.parametrize("piece", PIECES)
def test_a_longer_line_of_any_kind_takes_work_in_proportion(piece):
    for end in ENDS:
        for head in HEADS:
            check_line(head + piece * (200_000 // len(piece)) + end, cpu=5)


@pytest.mark.parametrize("torn", ["strace: Process 1 attached\n", "x\nstrace: Process 1 attached\n", "x", "\n", "1 = "])
def test_a_long_log_of_any_kind_takes_work_in_proportion(torn):
    with bounded(2_000_000, cpu=5):
        list(terminal.lines(torn * (60_000 // len(torn)), None))
