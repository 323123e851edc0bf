"""Bytes from a container: whatever comes, nothing is lost silently, nothing grows, nothing raises."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proclab.engine.framing import Capped, Demultiplexer, Lines, Output, Recent
from proclab.errors import ProtocolError

pieces = st.lists(st.binary(max_size=40))


def frame(stream, payload):
    return bytes([stream, 0, 0, 0]) + len(payload).to_bytes(4, "big") + payload


@given(pieces, st.integers(0, 20), st.integers(0, 20))
def test_capped_keeps_the_head_and_the_tail_and_counts_the_rest(chunks, head, tail):
    capped = Capped(head, tail)
    for chunk in chunks:
        capped.feed(chunk)
    whole = b"".join(chunks)
    kept = capped.output
    assert kept.head == whole[:head]
    rest = whole[head:]
    assert kept.tail == rest[max(0, len(rest) - tail) :]
    assert (kept.total, kept.cut) == (len(whole), max(0, len(whole) - head - tail))


@given(pieces)
def test_what_is_not_cut_is_whole(chunks):
    capped = Capped(1000, 1000)
    for chunk in chunks:
        capped.feed(chunk)
    assert capped.output.text == b"".join(chunks).decode("utf-8", "replace")


def test_a_cut_is_told():
    assert Output(b"ab", b"yz", 30).text == "ab\n[… 26 of 30 bytes cut …]\nyz"


def test_bytes_dropped_elsewhere_are_counted_and_end_the_head():
    capped = Capped(100, 100)
    capped.feed(b"head")
    capped.skip(0)
    capped.feed(b"+")
    capped.skip(10)
    capped.feed(b"tail")
    assert capped.output == Output(b"head+", b"tail", 19)


@pytest.mark.parametrize(
    ("data", "lines"), [(b"", []), (b"a", ["a"]), (b"a\n", ["a"]), (b"a\r\nb", ["a", "b"]), (b"\n\n", ["", ""])]
)
def test_output_in_lines(data, lines):
    assert Output(data, b"", len(data)).lines == lines


@given(pieces)
def test_lines_do_not_depend_on_how_the_bytes_came(chunks):
    cutter, whole = Lines(), b"".join(chunks)
    lines = [line for chunk in chunks for line in cutter.feed(chunk)] + list(cutter.end())
    expected = [part.decode("utf-8", "replace").removesuffix("\r") for part in whole.split(b"\n")]
    assert lines == (expected if expected[-1] or whole.endswith(b"\r") else expected[:-1])


def test_a_line_without_end_is_cut_and_says_so():
    cutter = Lines(cap=3)
    assert list(cutter.feed(b"abc" + b"d" * 1000)) == []
    assert list(cutter.feed(b"\nabc\n")) == ["abc[… 1000 bytes cut …]", "abc"]


@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=30))), st.integers(1, 9))
def test_frames_are_taken_apart_however_they_are_torn(frames, step):
    wire = b"".join(frame(stream, payload) for stream, payload in frames)
    demultiplexer, out = Demultiplexer(), {"stdout": b"", "stderr": b""}
    for at in range(0, len(wire), step):
        for stream, piece in demultiplexer.feed(wire[at : at + step]):
            out[stream] += piece
    assert out["stdout"] == b"".join(p for s, p in frames if s == 1)
    assert out["stderr"] == b"".join(p for s, p in frames if s == 2)
    assert not demultiplexer.torn


@given(st.binary(max_size=100))
def test_any_bytes_are_frames_or_a_protocol_error(data):
    with contextlib.suppress(ProtocolError):
        list(Demultiplexer().feed(data))


@pytest.mark.parametrize("header", [b"\x03\0\0\0\0\0\0\1", b"\1\1\0\0\0\0\0\1"])
def test_a_header_that_is_none(header):
    with pytest.raises(ProtocolError, match=header.hex()):
        list(Demultiplexer().feed(header))


def test_an_end_inside_a_frame_is_seen():
    for part in (b"\1\0", frame(1, b"abc")[:-1]):
        demultiplexer = Demultiplexer()
        list(demultiplexer.feed(part))
        assert demultiplexer.torn


def test_recent_forgets_the_oldest_lines():
    recent = Recent(cap=10)
    for word in ("aaaa", "bbbb", "cccc"):
        recent.add(word)
    assert list(recent.since(0)) == [(1, "bbbb"), (2, "cccc")]
    assert list(recent.since(2)) == [(2, "cccc")]
    recent.add("x" * 100)
    assert list(recent.since(0)) == [(3, "x" * 100)]
