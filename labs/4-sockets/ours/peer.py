"""Our servers, as a client meets them: honest, in pieces, late, or gone in the middle of a word.

Usage: peer.py PORT honest|pieces|late|nothing|half|reset|deaf …      each scene at the next port
"""

import select
import socket
import sys
import time

from line import Line, Trouble, patience, play, say

LARGE = 4_000_000
REFUSALS = 2
SMALL_BUFFER = 16384


def answer(request):
    """As the protocol has it; both without newline."""
    command, _, rest = request.decode("utf-8", "replace").partition(" ")
    count, _, text = rest.partition(" ")
    if command == "reverse":
        return rest[::-1].encode()
    if command == "repeat" and count.isdecimal() and len(text.encode()) * int(count) <= LARGE:
        return text.encode() * int(count)
    return b"bye" if command == "quit" else b"error"


def listen(port):
    """A listener of ours; what is sent to us fills our buffer soon."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    listener.bind(("", port))
    listener.listen(8)
    return listener


def take(listener):
    """The client."""
    listener.settimeout(60)
    try:
        return Line(listener.accept()[0])
    except TimeoutError as error:
        raise Trouble("nobody_came") from error


def serve(line, send):
    """Answer until the client takes its leave: by quit, and then by closing."""
    while (request := line.line()) != b"quit":
        if request is None:
            raise Trouble("no_quit")
        send(answer(request) + b"\n")
    send(b"bye\n")
    patience.left(
        line.connection, select.POLLIN, looks=3
    )  # who closes first has the TIME_WAIT: let the client, if it will
    line.connection.close()


def honest(port):
    """A server that does everything right."""
    listener = listen(port)
    say("ready")
    line = take(listener)
    serve(line, line.send)


def pieces(port):
    """Answers byte by byte while they are short, then in odd pieces."""
    listener = listen(port)
    say("ready")
    line = take(listener)
    serve(line, lambda data: line.send(data, size=1 if len(data) < 100 else 7_777))


def refusals():
    """Resets that this host has sent: each try at a port where nobody listens costs one (netstat -s)."""
    with open("/proc/net/snmp") as file:
        names, values = (row.split() for row in file if row.startswith("Tcp:"))
    return int(values[names.index("OutRsts")])


def late(port):
    """Nobody listens until the client has been refused twice."""
    before = refusals()
    say("ready")
    while refusals() < before + REFUSALS:
        time.sleep(0.002)  # the host ends us when the client has gone
    listener = listen(port)
    say("listening")
    line = take(listener)
    serve(line, line.send)


def asked(port, most=10**6):
    """A client that has asked: we have read its request, or as much of it."""
    listener = listen(port)
    say("ready")
    line = take(listener)
    while most > 0 and b"\n" not in (data := line.some(min(most, 65536))):
        if not data:
            raise Trouble("nothing_asked")
        most -= len(data)
    return line


def nothing(port):
    """Closed without a word."""
    asked(port).connection.close()


def half(port):
    """Half an answer, then the end."""
    line = asked(port)
    line.send(b"oll")
    line.connection.close()


def reset(port):
    """Half an answer, then a reset."""
    line = asked(port)
    line.send(b"oll")
    line.vanish()


def deaf(port):
    """A reset while the client is still sending: no buffer holds its request."""
    asked(port, most=1000).vanish()


SCENES = {
    "honest": honest,
    "pieces": pieces,
    "late": late,
    "nothing": nothing,
    "half": half,
    "reset": reset,
    "deaf": deaf,
}

if __name__ == "__main__":
    play(lambda: [SCENES[name](int(sys.argv[1]) + number) for number, name in enumerate(sys.argv[2:])])
