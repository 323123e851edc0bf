"""The pump and the transcript, on a socket pair instead of a container."""

from __future__ import annotations

import socket

import pytest

from proclab.clock import Deadline
from proclab.engine.stream import Pump, Transcript
from proclab.errors import ProtocolError


def frame(stream, payload):
    return bytes([stream, 0, 0, 0]) + len(payload).to_bytes(4, "big") + payload


def soon():
    return Deadline.after(10)


@pytest.fixture
def wire():
    """(the other side, transcript, pump) of a framed stream."""
    ours, theirs = socket.socketpair()
    theirs.settimeout(10)
    transcript = Transcript()
    pump = Pump(ours, transcript.feed, transcript.close, tty=False)
    yield theirs, transcript, pump
    pump.close()
    theirs.close()


def test_lines_are_waited_for_in_order(wire):
    other, transcript, _ = wire
    other.sendall(frame(1, b"a 1\nb") + frame(2, b"err\n") + frame(1, b" 2\na 3\n"))
    assert transcript.wait_for_line("a (.)", soon())[1] == "1"
    assert transcript.wait_for_line("err", soon())
    assert transcript.wait_for_line("a (.)", soon())[1] == "3"
    assert transcript.wait_for_line("b 2", Deadline.after(0)) is None
    other.close()
    assert transcript.wait_closed(soon())
    assert (transcript.output("stdout").text, transcript.output("stderr").text) == ("a 1\nb 2\na 3\n", "err\n")
    assert transcript.error is None


def test_the_last_line_needs_no_newline(wire):
    other, transcript, _ = wire
    other.sendall(frame(1, b"end"))
    other.shutdown(socket.SHUT_WR)
    assert transcript.wait_for_line("end", soon())
    assert transcript.wait_for_line("more", soon()) is None


def test_a_line_that_never_comes_is_waited_for_no_longer_than_the_deadline(wire):
    _, transcript, _ = wire
    assert transcript.wait_for_line("x", Deadline.after(0.05)) is None
    assert not transcript.wait_closed(Deadline.after(0.05))


def test_input_goes_out_in_order_and_ends(wire):
    other, _, pump = wire
    pump.send(b"a" * 1_000_000)
    pump.send(b"b")
    pump.end()
    got = b""
    while data := other.recv(1 << 16):
        got += data
    assert got == b"a" * 1_000_000 + b"b"
    assert pump.unsent == 0


def test_input_that_nobody_takes_blocks_nobody(wire):
    other, transcript, pump = wire
    pump.send(b"a" * 10_000_000)
    other.sendall(frame(1, b"still heard\n"))
    assert transcript.wait_for_line("still heard", soon())
    assert pump.unsent > 5_000_000


def test_input_after_the_end_is_dropped(wire):
    other, transcript, pump = wire
    other.close()
    assert transcript.wait_closed(soon())
    pump.send(b"late")
    pump.end()


@pytest.mark.parametrize("data", [b"\x09\0\0\0\0\0\0\1", frame(1, b"torn")[:-1]], ids=["no header", "torn"])
def test_a_broken_stream_is_an_error(wire, data):
    other, transcript, _ = wire
    other.sendall(data)
    other.close()
    assert transcript.wait_closed(soon())
    assert isinstance(transcript.error, ProtocolError)


def test_a_terminal_has_one_stream_without_frames():
    ours, theirs = socket.socketpair()
    transcript = Transcript()
    pump = Pump(ours, transcript.feed, transcript.close, tty=True)
    theirs.sendall(b"a\r\n\x01\0")
    theirs.close()
    assert transcript.wait_closed(soon())
    assert transcript.output().lines == ["a", "\x01\0"]
    pump.close()


def test_what_was_cut_elsewhere_is_counted():
    transcript = Transcript()
    transcript.feed("stdout", b"head")
    transcript.skip("stdout", 5)
    transcript.feed("stdout", b"tail")
    assert transcript.output().cut == 5
